import Synth
import Testing
import Verdict

/// Calls by Call-ID: one connection carries many, and one call changes its media.
@Suite struct SIPCallTests {
  private static let phone = SocketAddress("192.168.1.20", 5_060)
  private static let server = SocketAddress("203.0.113.30", 5_060)

  private func dialog(_ script: inout CallScript, _ client: UInt16, _ remote: UInt16) -> SIPDialog {
    SIPDialog(
      caller: Self.phone, server: Self.server, callerMedia: client, serverMedia: remote, generator: &script.generator)
  }

  private func signal(_ script: inout CallScript, _ dialog: SIPDialog, start: Double, end: Double) {
    script.send(dialog.invite(), Self.phone, Self.server, at: start)
    script.send(dialog.response(180, "Ringing", to: "INVITE"), Self.server, Self.phone, at: start + 0.1)
    script.send(dialog.response(200, "OK", to: "INVITE"), Self.server, Self.phone, at: start + 0.9)
    script.send(dialog.acknowledge(), Self.phone, Self.server, at: start + 0.95)
    script.send(dialog.bye(), Self.phone, Self.server, at: end)
    script.send(dialog.response(200, "OK", to: "BYE"), Self.server, Self.phone, at: end + 0.05)
  }

  private func talk(_ script: inout CallScript, _ client: UInt16, _ remote: UInt16, _ times: ClosedRange<Double>) {
    var streams = script.streams(8)
    script.talk(
      &streams, SocketAddress(Self.phone.address, client), SocketAddress(Self.server.address, remote), times)
  }

  /// A phone uses its ports again for every call.
  @Test func callsAfterEachOtherOnTheSamePortsAreTwo() throws {
    var script = CallScript()
    for start in [0.0, 14.0] {
      let dialog = dialog(&script, 16_384, 14_010)
      signal(&script, dialog, start: start, end: start + 9)
      talk(&script, 16_384, 14_010, (start + 1)...(start + 9))
    }
    let result = script.result
    try #require(result.calls.count == 2)
    #expect(result.flows.count == 2)
    for call in result.calls {
      #expect(call.stage == .media && call.ended && call.endedBy == .local && call.flows.count == 2)
      #expect(abs((call.media ?? 0) - 8) < 0.1 && abs((call.setup ?? 0) - 1_000) < 20)
    }
  }

  /// Invitations that all name one socket and never end would each have every flow of it: work and memory by the product.
  @Test func callsThatNeverEndShareABoundedNumberOfFlows() {
    var script = CallScript()
    for number in 0..<60 {
      let dialog = dialog(&script, 40_000, 14_010)
      let time = 1 + Double(number) * 0.001
      script.ask(dialog.invite(), dialog.response(180, "Ringing", to: "INVITE"), Self.phone, Self.server, at: time)
    }
    for number in 0..<100 {
      let check = STUNMessage.iceCheck(
        remoteName: Array("peer".utf8), localName: Array("self".utf8), controlling: true, generator: &script.generator)
      script.send(
        check, SocketAddress(Self.phone.address, 40_000), SocketAddress("203.0.113.40", UInt16(20_000 + number)),
        at: 3 + Double(number) * 0.01)
    }
    let calls = script.result.calls
    #expect(calls.count == 60 && calls[0].flows.count >= 100, "\(calls.count), \(calls.first?.flows.count ?? 0)")
    #expect(calls.reduce(0) { $0 + $1.flows.count } <= 4 * 160 + 100 + 60)
  }

  /// In the first of two calls on the same ports nothing came back: that is not sound, and its id is its own.
  @Test func aDeafCallOnThePortsOfASoundOneIsNotSound() throws {
    var script = CallScript()
    for start in [0.0, 20.0] {
      let dialog = dialog(&script, 16_384, 14_010)
      signal(&script, dialog, start: start, end: start + 12)
      var streams = script.streams(8)
      let (phone, server) = (SocketAddress(Self.phone.address, 16_384), SocketAddress(Self.server.address, 14_010))
      script.play(&streams.up, phone, server, (start + 1)...(start + 12))
      if start > 0 { script.play(&streams.down, server, phone, (start + 1.007)...(start + 12)) }
    }
    let calls = script.result.calls
    try #require(calls.count == 2)
    #expect(calls[0].verdict.outcome == .inconclusive && calls[1].verdict.outcome == .ok)
    #expect(calls[0].id != calls[1].id)
  }

  /// A picture goes on, whose voice, on ports of its own, ended a minute before.
  @Test(arguments: [(20.0, Outcome.inconclusive), (80, .ok)])
  func aVoiceThatEndsBesideAPictureIsNotSound(end: Double, outcome: Outcome) throws {
    var script = CallScript()
    let dialog = dialog(&script, 16_384, 14_010)
    signal(&script, dialog, start: 0, end: 81)
    var (voice, picture) = (script.streams(8), script.streams(96))
    let (phone, server) = (SocketAddress(Self.phone.address, 16_384), SocketAddress(Self.server.address, 14_010))
    script.play(&voice.up, phone, server, 1...80)
    script.play(&voice.down, server, phone, 1.007...end)
    for _ in 0..<3 {
      script.talk(
        &picture, SocketAddress(Self.phone.address, 16_386), SocketAddress(Self.server.address, 14_012), 1...80)
      picture = script.streams(96)
    }
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.outcome == outcome, "\(calls[0].verdict.reason)")
  }

  @Test func callsAtTheSameTimeAreTwo() {
    var script = CallScript()
    for (number, client) in [UInt16(16_384), 16_390].enumerated() {
      let dialog = dialog(&script, client, 14_010 + 2 * UInt16(number))
      signal(&script, dialog, start: Double(number), end: 12)
      talk(&script, client, 14_010 + 2 * UInt16(number), 2...12)
    }
    let calls = script.result.calls
    #expect(calls.count == 2 && calls.allSatisfy { $0.stage == .media && $0.flows.count == 2 })
  }

  /// An INVITE within a dialog moves its media.
  @Test func anotherInviteWithTheSameCallIDIsTheSameCall() {
    var script = CallScript()
    var dialog = dialog(&script, 16_384, 14_010)
    signal(&script, dialog, start: 0, end: 20)
    talk(&script, 16_384, 14_010, 1...9)
    dialog.callerMedia = 16_400
    dialog.serverMedia = 14_030
    script.send(dialog.invite(), Self.phone, Self.server, at: 10)
    script.send(dialog.response(200, "OK", to: "INVITE"), Self.server, Self.phone, at: 10.2)
    talk(&script, 16_400, 14_030, 13...20)
    let calls = script.result.calls
    #expect(calls.count == 1 && calls[0].flows.count == 3)
  }

  /// Refused, it is a call that got no further; a single request that nobody answers is a scan.
  @Test func aRefusalIsACallAndAScanIsNone() throws {
    var refused = CallScript()
    let dialog = dialog(&refused, 16_384, 14_010)
    refused.send(dialog.invite(), Self.phone, Self.server, at: 0)
    refused.send(dialog.response(486, "Busy Here", to: "INVITE"), Self.server, Self.phone, at: 0.3)
    let call = try #require(refused.result.calls.first)
    #expect(call.stage == .signalling && call.ended && call.endedBy == .remote)

    var scan = CallScript()
    scan.send(self.dialog(&scan, 1, 2).invite(), Self.phone, Self.server, at: 0)
    #expect(scan.result.calls.isEmpty)
  }

  /// Asked for again and again while the registrar answers what else it is asked: that is more than a call without media.
  @Test func anInviteThatNobodyAnswersIsTold() throws {
    var script = CallScript()
    let dialog = dialog(&script, 16_384, 14_010)
    for time in [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5] { script.send(dialog.invite(), Self.phone, Self.server, at: time) }
    let call = try #require(script.result.calls.first)
    #expect(!call.verdict.isFinding || call.verdict.mechanism == .blackhole)
    #expect("\(call.verdict.reason)".contains("never answered"), "\(call.verdict.reason)")
  }

  /// The next call on the same ports is asked for .5 s behind the end of the first, in which nothing came: the next one's media are
  /// not the first one's.
  @Test func whatComesInTheNextCallWasNotHeardInTheFirst() throws {
    var script = CallScript()
    let (phone, server) = (SocketAddress(Self.phone.address, 16_384), SocketAddress(Self.server.address, 14_010))
    for (start, end) in [(0.0, 40.0), (40.5, 60.0)] {
      let dialog = dialog(&script, 16_384, 14_010)
      signal(&script, dialog, start: start, end: end)
      var streams = script.streams(8)
      script.play(&streams.up, phone, server, (start + 1)...end)
      if start > 0 { script.play(&streams.down, server, phone, (start + 1)...end) }
    }
    let calls = script.result.calls
    try #require(calls.count == 2)
    #expect(calls[0].verdict.gap.map { "\($0.code)" } == "no_media_back" && calls[0].ended)
    #expect(calls[1].verdict.outcome == .ok && calls[1].ended)
  }

  /// An INVITE within the call moves its media, to where nothing comes back; or something does, or it was soon over.
  @Test(arguments: [(60.0, false, Outcome.inconclusive), (60, true, .ok), (14, false, .ok)])
  func aCallThatMovesToWhereNothingComesBackIsNotSound(end: Double, isHeard: Bool, outcome: Outcome) throws {
    var script = CallScript()
    var dialog = dialog(&script, 16_384, 14_010)
    signal(&script, dialog, start: 0, end: end)
    talk(&script, 16_384, 14_010, 1...9)
    dialog.serverMedia = 14_030
    script.send(dialog.invite(), Self.server, Self.phone, at: 9)
    script.send(dialog.response(200, "OK", to: "INVITE"), Self.server, Self.phone, at: 9.1)
    let (phone, server) = (SocketAddress(Self.phone.address, 16_384), SocketAddress(Self.server.address, 14_030))
    var streams = script.streams(8)
    script.play(&streams.up, phone, server, 9.1...end)
    if isHeard { script.play(&streams.down, server, phone, 9.2...end) }
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.outcome == outcome, "\(calls[0].verdict.reason)")
    if outcome == .inconclusive { #expect(calls[0].verdict.gap.map { "\($0.code)" } == "no_media_back") }
  }

  /// Rung in two places, one refuses and the other answers, or one is cancelled when the other has answered: the call goes on.
  @Test(arguments: [true, false]) func whatOneBranchSaysEndsNoCall(isRefused: Bool) throws {
    var script = CallScript()
    let dialog = dialog(&script, 16_384, 14_010)
    if isRefused { script.send(dialog.response(486, "Busy Here", to: "INVITE"), Self.server, Self.phone, at: 0.5) }
    signal(&script, dialog, start: 0, end: 40)
    if !isRefused {
      script.send(dialog.cancel(), Self.phone, Self.server, at: 1)
      script.send(dialog.response(200, "OK", to: "CANCEL"), Self.server, Self.phone, at: 1.05)
    }
    talk(&script, 16_384, 14_010, 1...40)
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].ended && abs((calls[0].media ?? 0) - 39) < 0.1)
  }

  /// A CANCEL that was heard ends a call that nobody answered; that the CANCEL was answered is no answer to the call.
  @Test(arguments: [nil, 96]) func aCancelledCallIsOver(snaplen: Int?) throws {
    var script = CallScript()
    script.snaplen = snaplen
    let dialog = dialog(&script, 16_384, 14_010)
    script.send(dialog.invite(), Self.phone, Self.server, at: 0)
    script.send(dialog.response(180, "Ringing", to: "INVITE"), Self.server, Self.phone, at: 0.1)
    script.send(dialog.cancel(), Self.phone, Self.server, at: 5)
    script.send(dialog.response(200, "OK", to: "CANCEL"), Self.server, Self.phone, at: 5.05)
    script.send(dialog.response(487, "Request Terminated", to: "INVITE"), Self.server, Self.phone, at: 5.06)
    let call = try #require(script.result.calls.first)
    #expect(call.ended && call.endedBy == .local)
    #expect(!"\(call.verdict.reason)".contains("relay"), "a registrar is none")
  }

  /// A proxy rings two phones, one after the other, under one Call-ID: its messages lie on flows that threads share out. The second
  /// answers; the first is cancelled.
  @Test(arguments: [1, 2, 3, 8]) func theLegsOfACallMayLieInSeveralShards(shards: Int) throws {
    var script = CallScript()
    var legs: [SIPDialog] = []
    let dialog = dialog(&script, 16_384, 14_010)
    let phones = [SocketAddress("198.51.100.20", 5_060), SocketAddress("198.51.100.21", 5_060)]
    for phone in phones {
      var leg = dialog
      (leg.caller, leg.server) = (Self.server, phone)
      legs.append(leg)
    }
    script.send(dialog.invite(), Self.phone, Self.server, at: 0)
    script.send(legs[0].invite(), Self.server, phones[0], at: 0)
    script.send(legs[0].response(180, "Ringing", to: "INVITE"), phones[0], Self.server, at: 0.1)
    script.send(legs[0].cancel(), Self.server, phones[0], at: 10)
    script.send(legs[0].response(487, "Request Terminated", to: "INVITE"), phones[0], Self.server, at: 10.1)
    script.send(legs[1].invite(), Self.server, phones[1], at: 10)
    script.send(legs[1].response(200, "OK", to: "INVITE"), phones[1], Self.server, at: 12)
    script.send(dialog.response(200, "OK", to: "INVITE"), Self.server, Self.phone, at: 12)
    talk(&script, 16_384, 14_010, 12...30)
    script.send(dialog.bye(), Self.phone, Self.server, at: 30)
    script.send(legs[1].bye(), Self.server, phones[1], at: 30)
    for seed in [UInt64(1), 2, 3, 4, 5] {
      let result = analyze(script.captured, shards: shards, seed: seed)
      #expect(result.bytes == script.result.bytes, "seed \(seed)")
      let call = try #require(result.calls.first { $0.stage == .media })
      #expect(call.ended && call.endedBy == .local && abs((call.media ?? 0) - 18) < 0.1)
    }
  }
}
