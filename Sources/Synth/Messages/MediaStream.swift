/// One sender's RTP stream with SRTP-looking payloads and its RTCP.
public struct MediaStream: Sendable {
  /// How the media are protected, which decides trailers.
  public enum Protection: Sendable {
    /// Plain RTP: payload as it is, RTCP readable.
    case none
    /// SRTP in counter mode: so many bytes of tag on RTP; SRTCP ends with E, the index and the tag (RFC 3711 §3.4).
    case counterMode(mediaTag: Int, controlTag: Int)
    /// SRTP with AES-GCM: 16 bytes of tag; SRTCP ends with the tag and then E and the index (RFC 7714 §9).
    case galoisCounterMode
  }

  /// RTP payload type.
  public var payloadType: UInt8
  /// Synchronization source.
  public var source: UInt32
  /// RTP clock steps for each packet.
  public var timestampStep: UInt32
  /// Range of payload lengths, bytes.
  public var payloadLengths: ClosedRange<Int>
  /// Header extension: profile and body, a whole number of words.
  public var headerExtension: (profile: UInt16, body: [UInt8])?
  /// Protection.
  public var protection: Protection
  private var sequence: UInt16
  private var timestamp: UInt32
  private var packetsSent: UInt32 = 0
  private var bytesSent: UInt32 = 0
  private var controlIndex: UInt32 = 0
  private var generator: SeededGenerator

  /// A stream that starts at a random sequence number and timestamp (RFC 3550 §5.1).
  public init(
    payloadType: UInt8, timestampStep: UInt32, payloadLengths: ClosedRange<Int>,
    headerExtension: (profile: UInt16, body: [UInt8])? = nil, protection: Protection, generator: SeededGenerator
  ) {
    var generator = generator
    self.payloadType = payloadType
    self.timestampStep = timestampStep
    self.payloadLengths = payloadLengths
    self.headerExtension = headerExtension
    self.protection = protection
    source = UInt32(truncatingIfNeeded: generator.next())
    sequence = UInt16(generator.number(in: 1...20_000))
    timestamp = UInt32(truncatingIfNeeded: generator.next())
    self.generator = generator
  }

  /// True before the first packet.
  public var isUnused: Bool { packetsSent == 0 }

  /// The next RTP packet. `marker`: nil for one on the first packet, as voice has it.
  public mutating func nextPacket(marker: Bool? = nil) -> [UInt8] {
    let isMarked = marker ?? (packetsSent == 0)
    var packet: [UInt8] = [headerExtension == nil ? 0x80 : 0x90, isMarked ? payloadType | 0x80 : payloadType]
    packet.append16(Int(sequence))
    packet.append32(timestamp)
    packet.append32(source)
    if let headerExtension {
      packet.append16(Int(headerExtension.profile))
      packet.append16(headerExtension.body.count / 4)
      packet += headerExtension.body
    }
    let length = generator.number(in: payloadLengths)
    packet += generator.bytes(length)
    switch protection {
    case .none: break
    case .counterMode(let tag, _): packet += generator.bytes(tag)
    case .galoisCounterMode: packet += generator.bytes(16)
    }
    sequence &+= 1
    timestamp &+= timestampStep
    packetsSent += 1
    bytesSent += UInt32(length)
    return packet
  }

  /// A sender report about this stream with one report block about the other's (RFC 3550 §6.4.1).
  public mutating func senderReport(about other: UInt32, at time: Nanoseconds) -> [UInt8] {
    var body: [UInt8] = []
    body.append64(
      UInt64(time / 1_000_000_000 + 2_208_988_800) << 32 | UInt64(time % 1_000_000_000) << 32 / 1_000_000_000)
    body.append32(timestamp)
    body.append32(packetsSent)
    body.append32(bytesSent)
    body.append32(other)
    body += [UInt8](repeating: 0, count: 20)
    return control(type: 200, count: 1, body)
  }

  /// A receiver report about the other's stream (RFC 3550 §6.4.2).
  public mutating func receiverReport(about other: UInt32) -> [UInt8] {
    var body: [UInt8] = []
    body.append32(other)
    body += [UInt8](repeating: 0, count: 20)
    return control(type: 201, count: 1, body)
  }

  private mutating func control(type: UInt8, count: UInt8, _ body: [UInt8]) -> [UInt8] {
    var packet: [UInt8] = [0x80 | count, type]
    packet.append16((body.count + 8) / 4 - 1)
    packet.append32(source)
    controlIndex += 1
    var trailer: [UInt8] = []
    trailer.append32(0x8000_0000 | controlIndex)
    switch protection {
    case .none: return packet + body
    case .counterMode(_, let tag): return packet + generator.bytes(body.count) + trailer + generator.bytes(tag)
    case .galoisCounterMode: return packet + generator.bytes(body.count + 16) + trailer
    }
  }
}
