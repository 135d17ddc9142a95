internal import Verdict

/// Packets in a line each.
enum PacketWords {
  /// `7: +0.599984 s up UDP reflector hello 82 bytes (payload 40)`.
  static func line(_ packet: PacketRecord, _ flow: FlowRecord?, since start: Int64?) -> String {
    var parts = ["\(packet.frame):", time(packet.time &- (start ?? packet.time))]
    if let ends = packet.ends {
      if let flow, let direction = direction(packet, flow) {
        parts.append(direction.rawValue)
      } else {
        parts.append("\(end(ends.source, ends.sourcePort)) > \(end(ends.destination, ends.destinationPort))")
      }
      parts.append(ends.transport == .tcp ? "TCP" : "UDP")
    }
    parts.append(packet.what ?? flow.map { $0.wireProtocol.rawValue } ?? "")
    parts.append("\(packet.length) bytes")
    if packet.ends != nil { parts.append("(payload \(packet.payload))") }
    return parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Seconds since the capture's first packet, to the microsecond, as Wireshark shows them.
  private static func time(_ nanoseconds: Int64) -> String {
    let micro = (nanoseconds.magnitude + 500) / 1_000
    let fraction = "\(micro % 1_000_000)"
    return (nanoseconds < 0 ? "-" : "+") + "\(micro / 1_000_000)."
      + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction + " s"
  }

  /// Which way a packet of the flow went; nil if it is none of it.
  static func direction(_ packet: PacketRecord, _ flow: FlowRecord) -> Direction? {
    guard let ends = packet.ends, ends.transport == flow.transport else { return nil }
    if (ends.source, ends.sourcePort) == (flow.client.address, flow.client.port),
      (ends.destination, ends.destinationPort) == (flow.server.address, flow.server.port)
    {
      return .up
    }
    return (ends.source, ends.sourcePort) == (flow.server.address, flow.server.port)
      && (ends.destination, ends.destinationPort) == (flow.client.address, flow.client.port) ? .down : nil
  }

  /// Why a packet is part of no flow.
  static func whyInNoFlow(_ packet: PacketRecord) -> String {
    guard let reason = packet.undecoded else {
      if packet.ends != nil { return "no flow of the report has its ends; there were more flows than are kept" }
      return "\(packet.what ?? "it") is neither UDP nor TCP and quotes no packet of a flow"
    }
    let words =
      switch "\(reason)" {
      case "truncated": "it ends inside a header"
      case "not_ip": packet.what ?? "it is not IP (ARP, LLDP, spanning tree and the like)"
      case "bad_length": "a length contradicts its own header"
      case "bad_version": "its IP version does not exist"
      case "later_fragment":
        "it is a later fragment and has no ports; the packet it is part of counts as soon as it is whole"
      case "unsupported_link": "no decoder takes this link type"
      case "unsupported_transport": "it is IP, but neither TCP, UDP nor ICMP"
      case "header_chain": "too many headers, tags or tunnels to follow"
      case "encrypted": "it is enciphered on the link"
      default: Wording.words(reason)
      }
    return "\(words) [\(reason)]"
  }

  /// `Telegram (certain)`.
  static func application(_ application: Application?, _ grade: ApplicationGrade?) -> String {
    guard let application else { return "unknown" }
    return Wording.name(application) + (grade.map { " (\($0.rawValue))" } ?? "")
  }

  private static func end(_ address: IPAddress, _ port: UInt16) -> String {
    var line = LineBuffer()
    line.endpoint(address, port: port)
    return String(decoding: line.bytes, as: UTF8.self)
  }
}
