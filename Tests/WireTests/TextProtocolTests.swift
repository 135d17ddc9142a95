import Testing
import Wire

@Suite struct SIPTests {
  @Test func request() throws {
    let bytes = PayloadVector.sipInvite
    let message = try #require(SIPMessage(bytes))
    #expect(message.method == .invite)
    #expect(message.statusCode == nil)
    #expect(message.callID.map { Array(bytes[$0]) } == text("a84b4c76e66710@192.0.2.1"))
  }

  @Test func response() throws {
    let bytes = text("SIP/2.0 486 Busy Here\r\nVia: x\r\ni : short@form \r\nCall-ID: later\r\n\r\n")
    let message = try #require(SIPMessage(bytes))
    #expect(message.method == nil)
    #expect(message.statusCode == 486)
    #expect(message.callID.map { Array(bytes[$0]) } == text("short@form"))
  }

  @Test(arguments: [
    ("INVITE", SIPMethod.invite), ("ACK", .ack), ("BYE", .bye), ("CANCEL", .cancel), ("OPTIONS", .options),
    ("REGISTER", .register), ("PRACK", .prack), ("SUBSCRIBE", .subscribe), ("NOTIFY", .notify),
    ("PUBLISH", .publish), ("INFO", .info), ("REFER", .refer), ("MESSAGE", .message), ("UPDATE", .update),
  ]) func methods(name: String, method: SIPMethod) {
    #expect(SIPMessage(text("\(name) sip:a@b SIP/2.0\r\n"))?.method == method)
    #expect(SIPMessage(text("\(name) tel:+1 SIP/2.0\r\n"))?.method == method)
    #expect(SIPMessage(text("\(name)X sip:a@b SIP/2.0\r\n")) == nil)
    // Cut by the capture: only a telling address counts.
    #expect(SIPMessage(text("\(name) sip:someone@exa"))?.method == method)
    #expect(SIPMessage(text("\(name) /path/to/some/th")) == nil)
    // Whatever a response answers.
    for line in ["CSeq: 4711 \(name)\r\n", "cseq:1\t\(name) \r\n", "CSeq : 1 \(name)\n"] {
      #expect(SIPMessage(text("SIP/2.0 200 OK\r\nVia: x\r\n\(line)To: x\r\n\r\n"))?.answers == method, "\(line)")
    }
    #expect(SIPMessage(text("SIP/2.0 200 OK\r\nCSeq: 1 \(name)"))?.answers == nil, "cut")
    #expect(SIPMessage(text("SIP/2.0 200 OK\r\nCSeq: 1 \(name)X\r\n\r\n"))?.answers == nil)
    #expect(SIPMessage(text("SIP/2.0 200 OK\r\nVia: x\r\n\r\nCSeq: 1 \(name)\r\n"))?.answers == nil, "its body")
  }

  @Test(arguments: [
    "OPTIONS / HTTP/1.1\r\n", "OPTIONS rtsp://a RTSP/1.0\r\n", "SIP/2.0 099 x\r\n", "SIP/2.0 700 x\r\n",
    "SIP/1.0 200 x\r\n", "HTTP/1.1 200 OK\r\n", "invite sip:a@b SIP/2.0\r\n",
  ]) func refused(line: String) {
    #expect(SIPMessage(text(line)) == nil)
  }

  @Test func callIDOfTheHeaderOnly() {
    #expect(SIPMessage(text("BYE sip:a@b SIP/2.0\r\nVia: x\r\n\r\nCall-ID: body\r\n"))?.callID == nil)
  }
}

@Suite struct HTTPTests {
  @Test func theLengthOfAnAnswerIsInItsHeader() {
    func length(_ lines: String...) -> UInt32? {
      HTTPOpening.answerLength(text((["HTTP/1.1 200 OK"] + lines).joined(separator: "\r\n")))
    }
    #expect(length("Server: x", "content-LENGTH: \t420 ", "", "body") == 473)
    #expect(length("Content-Length:0", "", "") == 37)
    #expect(length("Server: x", "", "Content-Length: 5") == nil, "of its body")
    #expect(length("Content-Length: 420", "Server: x") == nil, "it goes on")
    #expect(length("Content-Length: 4294967295", "", "") == nil)
    #expect(length("Content-Length: 12, 12", "", "") == nil)
    #expect(length("Content-Length: ", "", "") == nil)
    #expect(length("Content-Lengths: 12", "", "") == nil)
    #expect(HTTPOpening.answerLength(text("GET / HTTP/1.1\r\nContent-Length: 12\r\n\r\n")) == nil)
    let whole = text("HTTP/1.1 200 OK\r\nContent-Length: 420\r\n\r\n")
    for count in whole.indices { #expect(HTTPOpening.answerLength(Array(whole[..<count])) == nil) }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\n", "POST /x HTTP/1.1", "HEAD / HTTP/1.0", "PUT /a HTTP/1.1", "DELETE /a HTTP/1.1",
    "OPTIONS * HTTP/1.1", "OPTIONS / HTTP/1.1", "CONNECT example.org:443 HTTP/1.1", "PATCH /x HTTP/1.1",
    "TRACE / HTTP/1.1", "GET http://example.org/ HTTP/1.1", "PRI * HTTP/2.0\r\n",
  ]) func requests(line: String) {
    #expect(HTTPOpening.isRequest(text(line)))
    #expect(!HTTPOpening.isResponse(text(line)))
  }

  @Test(arguments: ["GETX / HTTP/1.1", "OPTIONS sip:a@b SIP/2.0", "GET \u{1}\u{2}\u{3}\u{4}\u{5}", "get / HTTP/1.1"])
  func others(line: String) {
    #expect(!HTTPOpening.isRequest(text(line)))
  }

  @Test func responses() {
    #expect(HTTPOpening.statusCode(text("HTTP/1.1 302 Found\r\n")) == 302)
    #expect(HTTPOpening.statusCode(text("HTTP/1.0 200 OK\r\n")) == 200)
    #expect(HTTPOpening.statusCode(text("HTTP/2.0 200 OK\r\n")) == nil)
    #expect(HTTPOpening.statusCode(text("HTTP/1.1 2x0 OK\r\n")) == nil)
    #expect(HTTPOpening.statusCode(text("HTTP/1.1 999 No\r\n")) == nil)
  }
}
