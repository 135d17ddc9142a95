public import Verdict
public import Wire

/// Describes chosen frames of a capture as it is read: for people who follow a verdict back to its packets.
public struct PacketDetails: Sendable {
  private let wanted: [UInt64]
  private var next = 0
  /// The frames found, ascending.
  public private(set) var records: [PacketRecord] = []

  /// Looks for frames of these numbers.
  public init(frames: [UInt64]) { wanted = Set(frames).sorted() }

  /// No frame is left to look for.
  public var isComplete: Bool { next >= wanted.count }

  /// Takes in the frames of one block, in order.
  public mutating func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    for index in frames.indices {
      while next < wanted.count, wanted[next] < frames[index].number { next += 1 }
      guard next < wanted.count else { return }
      guard wanted[next] == frames[index].number else { continue }
      records.append(Self.describe(frames[index], block))
      next += 1
    }
  }

  private static func describe(_ frame: FrameInfo, _ block: Span<UInt8>) -> PacketRecord {
    var record = PacketRecord(frame: frame.number, time: frame.time, length: Int(frame.wireLength))
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(block, frame)
    } catch {
      var parts = AggregatedFrames(packet, frame)
      // Of packets that share a frame the first speaks.
      guard error == .aggregate, let part = parts.next(in: block) else {
        record.undecoded = error.code
        if error == .notIP, ARPReply.isOne(block, frame) { record.what = "ARP reply" }
        return record
      }
      var inner = describe(part, block)
      inner.what = (inner.what.map { $0 + ", " } ?? "") + "first of several in one frame"
      return inner
    }
    record.payload = Int(packet.payloadWireLength)
    switch packet.transport {
    case .udp:
      record.ends = PacketRecord.Ends(packet, .udp)
      let bytes = block.extracting(packet.payloadStart..<(packet.payloadStart + Int(packet.payloadLength)))
      record.what = datagram(bytes, wireLength: record.payload)
    case .tcp:
      record.ends = PacketRecord.Ends(packet, .tcp)
      record.what = flags(packet.tcpFlags)
    case .icmp, .icmpv6:
      record.what = "ICMP type \(packet.sourcePort), code \(packet.destinationPort)"
      if let quoted = QuotedPacket(packet, in: block) {
        record.quoted = PacketRecord.Ends(quoted.packet, quoted.packet.transport == .tcp ? .tcp : .udp)
      }
    }
    if packet.traits.contains(.firstFragment) {
      record.what = (record.what.map { $0 + ", " } ?? "") + "first fragment"
    }
    return record
  }

  /// What a datagram is by itself; nil where only the flow tells.
  private static func datagram(_ bytes: Span<UInt8>, wireLength: Int) -> String? {
    if let message = STUNMessage(bytes, wireLength: wireLength), message.header.hasCookie {
      return stun(message.header)
    }
    if let control = TelegramReflector(bytes, wireLength: wireLength) {
      switch control.kind {
      case .hello: return "reflector hello"
      case .ping: return "reflector ping"
      case .peerInfoRequest: return "reflector peer-info request"
      case .peerInfo: return "reflector peer info"
      case .pong: return "reflector pong"
      }
    }
    if let record = DTLSRecord(bytes, wireLength: wireLength) {
      switch record.contentType {
      case .handshake: return "DTLS handshake"
      case .alert: return "DTLS alert"
      case .applicationData: return "DTLS data"
      default: return "DTLS"
      }
    }
    return nil
  }

  private static func stun(_ header: STUNHeader) -> String {
    if header.isWhatsApp { return "STUN of WhatsApp's own type \(header.type - 0x0800)" }
    let kind =
      switch header.messageClass {
      case .request: "request"
      case .indication: "indication"
      case .success: "response"
      case .error: "error response"
      }
    let method: String =
      switch header.method {
      case .binding: "Binding"
      case .allocate: "Allocate"
      case .refresh: "Refresh"
      case .send: "Send"
      case .data: "Data"
      case .createPermission: "CreatePermission"
      case .channelBind: "ChannelBind"
      case .googPing: "ping"
      default: "method \(header.method.rawValue)"
      }
    return "STUN \(method) \(kind)"
  }

  private static func flags(_ flags: TCPFlags) -> String {
    let names: [(TCPFlags, String)] = [
      (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.urg, "URG"), (.ack, "ACK"),
    ]
    return names.filter { flags.contains($0.0) }.map(\.1).joined(separator: " ")
  }
}

extension PacketRecord.Ends {
  /// The ends of a decoded packet.
  init(_ packet: Packet, _ transport: Transport) {
    let isV6 = packet.family == 6
    self.init(
      transport, from: IPAddress(packet.source, isV6: isV6), packet.sourcePort,
      to: IPAddress(packet.destination, isV6: isV6), packet.destinationPort)
  }
}
