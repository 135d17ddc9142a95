/// The messages of one SIP call (RFC 3261) with G.711 offered and taken.
public struct SIPDialog: Sendable {
  /// Caller's signalling address.
  public var caller: SocketAddress
  /// Server's signalling address.
  public var server: SocketAddress
  /// Caller's media port.
  public var callerMedia: UInt16
  /// Server's media port.
  public var serverMedia: UInt16
  private let callID: String
  private let callerTag: String
  private let serverTag: String

  /// A dialog between two ends.
  public init(
    caller: SocketAddress, server: SocketAddress, callerMedia: UInt16, serverMedia: UInt16,
    generator: inout SeededGenerator
  ) {
    self.caller = caller
    self.server = server
    self.callerMedia = callerMedia
    self.serverMedia = serverMedia
    callID = String(decoding: generator.hexadecimalDigits(16), as: UTF8.self)
    callerTag = String(decoding: generator.hexadecimalDigits(8), as: UTF8.self)
    serverTag = String(decoding: generator.hexadecimalDigits(8), as: UTF8.self)
  }

  /// The INVITE with its offer.
  public func invite() -> [UInt8] {
    request("INVITE", sequence: 1, toTag: false, body: description(of: caller.address, port: callerMedia))
  }

  /// A REGISTER; its copies are the same bytes. `nonce`: of the challenge that it answers (RFC 3261 section 22.2).
  public func register(nonce: String? = nil) -> [UInt8] {
    let credentials = nonce.map { ["Authorization: Digest username=\"alice\", realm=\"example.org\", nonce=\"\($0)\""] }
    return request("REGISTER", sequence: nonce == nil ? 1 : 2, toTag: false, body: "", also: credentials ?? [])
  }

  /// An OPTIONS, as it keeps mappings open.
  public func options() -> [UInt8] { request("OPTIONS", sequence: 1, toTag: false, body: "") }

  /// A CANCEL of the INVITE.
  public func cancel() -> [UInt8] { request("CANCEL", sequence: 1, toTag: false, body: "") }

  /// The ACK.
  public func acknowledge() -> [UInt8] { request("ACK", sequence: 1, toTag: true, body: "") }

  /// The BYE.
  public func bye() -> [UInt8] { request("BYE", sequence: 2, toTag: true, body: "") }

  /// A response to INVITE (with the answer in a 200) or BYE.
  public func response(_ status: Int, _ reason: String, to method: String) -> [UInt8] {
    let accepts = status == 200 && method == "INVITE"
    var lines = ["SIP/2.0 \(status) \(reason)"]
    lines += common(method, sequence: method == "BYE" ? 2 : 1, toTag: status > 100)
    lines.append("Contact: <sip:bob@\(text(server))>")
    return message(lines, accepts ? description(of: server.address, port: serverMedia) : "")
  }

  private func request(
    _ method: String, sequence: Int, toTag: Bool, body: String, also fields: [String] = []
  ) -> [UInt8] {
    var lines = ["\(method) sip:bob@\(text(server)) SIP/2.0"]
    lines += common(method, sequence: sequence, toTag: toTag) + fields
    lines += ["Contact: <sip:alice@\(text(caller))>", "Max-Forwards: 70", "User-Agent: Softphone"]
    return message(lines, body)
  }

  private func common(_ method: String, sequence: Int, toTag: Bool) -> [String] {
    [
      "Via: SIP/2.0/UDP \(text(caller));rport;branch=z9hG4bK\(callID)\(sequence)\(method)",
      "From: <sip:alice@example.org>;tag=\(callerTag)",
      "To: <sip:bob@example.org>" + (toTag ? ";tag=\(serverTag)" : ""),
      "Call-ID: \(callID)",
      "CSeq: \(sequence) \(method)",
    ]
  }

  private func message(_ lines: [String], _ body: String) -> [UInt8] {
    var lines = lines
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
    lines.append("Content-Length: \(body.utf8.count)")
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
  }

  private func description(of address: HostAddress, port: UInt16) -> String {
    let host = text(address)
    return [
      "v=0", "o=- 1 1 IN IP4 \(host)", "s=-", "c=IN IP4 \(host)", "t=0 0", "m=audio \(port) RTP/AVP 8 101",
      "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendrecv", "",
    ].joined(separator: "\r\n")
  }

  private func text(_ end: SocketAddress) -> String { "\(text(end.address)):\(end.port)" }

  private func text(_ address: HostAddress) -> String {
    address.bytes.map { String($0) }.joined(separator: ".")
  }
}
