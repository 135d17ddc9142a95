internal import Flow
internal import Verdict
public import Wire

/// What one of two capture points saw, packet by packet: enough to know each packet again at the other point, whatever a NAT
/// between them did to addresses and ports (METHOD.md M6.4).
public struct PointTrace: Sendable {
  /// A packet.
  struct Mark: BitwiseCopyable, Sendable {
    /// ns since the epoch, by this point's clock.
    var time: Int64
    /// Frame number in this point's capture.
    var frame: UInt64
    /// Digest of what stays the same between two points: TCP's numbers, flags and length; UDP's first bytes and length,
    /// which hold STUN's transaction id and RTP's SSRC, number and time stamp.
    var content: UInt64
    /// Of a datagram the same of fewer bytes, for captures of short snapshot lengths; of a segment `content`.
    var brief: UInt64
    /// TCP sequence number.
    var sequence: UInt32
    /// TCP acknowledgment number.
    var acknowledgment: UInt32
    /// Payload bytes on the wire.
    var length: UInt32
    /// Digest of a TCP segment's first bytes, or of a STUN message's transaction id; 0 if they were not captured.
    var prefix: UInt32
    /// Flow and sender: twice the flow's index, and 1 for its higher endpoint.
    var half: UInt32
    /// IPv4 identification; 0 for IPv6.
    var identification: UInt16
    var timeToLive: UInt8
    var flags: TCPFlags
    /// It carries enough to be told from others.
    var isDistinct: Bool
    /// The same of its `brief` part.
    var isBrieflyDistinct: Bool
    var isTCP: Bool
    var kind: PacketKind
  }

  /// Two endpoints, the lower one first.
  struct Tuple: Hashable, Sendable {
    let transport: Transport
    let low: IPAddress
    let lowPort: UInt16
    let high: IPAddress
    let highPort: UInt16

    /// Of two endpoints in any order.
    init(_ transport: Transport, _ one: (IPAddress, UInt16), _ other: (IPAddress, UInt16)) {
      self.transport = transport
      let isLow = one.0 < other.0 || one.0 == other.0 && one.1 <= other.1
      (low, lowPort) = isLow ? one : other
      (high, highPort) = isLow ? other : one
    }

    /// An end: 0 the lower, 1 the higher.
    func end(_ side: Int) -> End {
      End(transport: transport, address: side == 0 ? low : high, port: side == 0 ? lowPort : highPort)
    }

    /// The address of an end: 0 the lower, 1 the higher.
    func address(_ side: Int) -> IPAddress { side == 0 ? low : high }
  }

  /// One end of a flow.
  struct End: Hashable, Sendable {
    let transport: Transport
    let address: IPAddress
    let port: UInt16
  }

  var marks: [Mark] = []
  private(set) var flows: [Tuple] = []
  private(set) var places: [Tuple: UInt32] = [:]
  /// More packets than are kept came.
  public private(set) var isFull = false
  /// Where datagrams were cut within what is compared of them: bit n for n captured bytes.
  private(set) var cuts: UInt64 = 0
  /// Packets that the capturing kernel dropped; nil if unknown.
  public var drops: UInt64?
  /// Most packets kept: 64 bytes each.
  private static let limit = 16_000_000
  /// Payload bytes that are compared: a relay's framing and the RTP header behind it.
  private static let compared = 40
  /// The same where a snapshot length, 64 bytes of IPv4 or 96 of IPv6, hides more: a STUN header, a channel's and RTP's.
  private static let leastCompared = 20

  /// Nothing seen.
  public init() {}

  /// Takes in the frames of one block, in order.
  public mutating func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    var packet = Packet()
    for index in 0..<frames.count {
      guard (try? packet.decode(block, frames[index])) != nil else { continue }
      guard packet.transport == .tcp || packet.transport == .udp else { continue }
      if packet.traits.contains(.firstFragment) {
        // It has the first bytes of its datagram, and the length of all of it.
        guard packet.transport == .udp, !packet.traits.contains(.tunnel), packet.payloadStart >= 4 else { continue }
        let claimed = Int32(block.uint16(at: packet.payloadStart - 4)) - 8
        guard claimed > packet.payloadWireLength else { continue }
        packet.payloadWireLength = claimed
      }
      guard marks.count < Self.limit else {
        isFull = true
        return
      }
      take(packet, block, frames[index])
    }
  }

  private mutating func take(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let isV6 = packet.family == 6
    let source = (IPAddress(packet.source, isV6: isV6), packet.sourcePort)
    let destination = (IPAddress(packet.destination, isV6: isV6), packet.destinationPort)
    let isTCP = packet.transport == .tcp
    let tuple = Tuple(isTCP ? .tcp : .udp, source, destination)
    let isLow = tuple.low == source.0 && tuple.lowPort == source.1
    let flow = place(of: tuple)
    var content = isTCP ? Digest(1) : Digest(2)
    content.add(UInt64(UInt32(bitPattern: packet.payloadWireLength)))
    var isDistinct = true
    var isBrieflyDistinct = true
    var brief = content
    var prefix: UInt32 = 0
    var kind = PacketKind.other
    if isTCP {
      if Int(packet.payloadLength) >= Self.compared {
        var digest = Digest(3)
        for index in 0..<Self.compared { digest.add(UInt64(block[packet.payloadStart + index])) }
        prefix = UInt32(truncatingIfNeeded: digest.value)
      }
      content.add(UInt64(packet.sequence.rawValue) << 32 | UInt64(packet.acknowledgment.rawValue))
      // Congestion marks may change on the way.
      content.add(UInt64(packet.tcpFlags.subtracting([.ece, .cwr]).rawValue))
      brief = content
    } else {
      let count = max(0, min(Self.compared, Int(packet.payloadLength)))
      if count > 0 {
        (kind, prefix) = PacketKind.tell(block.extracting(packet.payloadStart..<packet.payloadStart + count))
      }
      for index in 0..<count {
        let byte = UInt64(block[packet.payloadStart + index])
        content.add(byte)
        if index < Self.leastCompared { brief.add(byte) }
      }
      // A snapshot length may hide what tells two datagrams apart.
      let wire = Int(packet.payloadWireLength)
      isDistinct = count >= 12 && count == min(Self.compared, wire)
      isBrieflyDistinct = count >= 12 && count >= min(Self.leastCompared, wire)
      if count < min(Self.compared, wire) { cuts |= 1 << UInt64(count) }
    }
    marks.append(
      Mark(
        time: frame.time, frame: frame.number, content: content.value, brief: brief.value,
        sequence: packet.sequence.rawValue, acknowledgment: packet.acknowledgment.rawValue,
        length: UInt32(clamping: packet.payloadWireLength), prefix: prefix, half: flow << 1 | (isLow ? 0 : 1),
        identification: packet.identification, timeToLive: packet.timeToLive,
        flags: isTCP ? packet.tcpFlags : [], isDistinct: isDistinct,
        isBrieflyDistinct: isBrieflyDistinct, isTCP: isTCP, kind: kind))
  }

  /// Cuts within the part that is compared at least.
  var shortCuts: UInt64 { cuts & (1 << UInt64(Self.leastCompared) - 1) }

  /// The same, with datagrams known by their first bytes alone: for a capture beside one of a shorter snapshot length.
  func shortened() -> PointTrace {
    var short = self
    for place in short.marks.indices {
      short.marks[place].content = marks[place].brief
      short.marks[place].isDistinct = marks[place].isBrieflyDistinct
    }
    return short
  }

  private mutating func place(of tuple: Tuple) -> UInt32 {
    if let known = places[tuple] { return known }
    let new = UInt32(flows.count)
    places[tuple] = new
    flows.append(tuple)
    return new
  }
}

/// Words mixed into 64 bits (FNV-1a, 64 bits at a time, with a final fold).
struct Digest {
  private var state: UInt64

  init(_ kind: UInt64) { state = 0xCBF2_9CE4_8422_2325 ^ kind }

  mutating func add(_ word: UInt64) {
    state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
    state ^= state >> 29
  }

  var value: UInt64 { (state ^ state >> 32) &* 0xBF58_476D_1CE4_E5B9 }
}
