import Synth
import Testing
import Verdict

/// A registrar that does not answer (METHOD.md M2.2, U16).
@Suite struct SIPRegistrationTests {
  private static let phone = SocketAddress("192.168.1.20", 5_060)
  private static let registrar = SocketAddress("203.0.113.30", 5_060)
  private static let other = SocketAddress("198.51.100.40", 5_060)
  /// Sends of a REGISTER that nobody answers, s behind the first (RFC 3261 section 17.1.2.2).
  private static let ladder = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]

  private func dialog(_ script: inout CallScript, _ server: SocketAddress) -> SIPDialog {
    SIPDialog(
      caller: Self.phone, server: server, callerMedia: 16_384, serverMedia: 14_010, generator: &script.generator)
  }

  /// A registrar that answers every few seconds.
  private func control(_ script: inout CallScript, _ times: ClosedRange<Int>) {
    let dialog = dialog(&script, Self.other)
    for second in times where second % 3 == 0 {
      script.send(dialog.register(), Self.phone, Self.other, at: Double(second))
      script.send(dialog.response(200, "OK", to: "REGISTER"), Self.other, Self.phone, at: Double(second) + 0.04)
    }
  }

  /// The phone registers at once, and is answered.
  private func register(_ script: inout CallScript, _ dialog: SIPDialog) {
    script.ask(
      dialog.register(), dialog.response(200, "OK", to: "REGISTER"), Self.phone, Self.registrar, at: 0)
  }

  private func verdict(_ result: Analyzed, _ server: String = "203.0.113.30") throws -> Judgment {
    try #require(result.flows.first { "\($0.server.address)" == server }).verdict
  }

  @Test func registersThatMeetSilenceAreABlackhole() throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    for start in [2.0, 36.0] {
      for delay in Self.ladder where start + delay < 60 {
        script.send(dialog.register(), Self.phone, Self.registrar, at: start + delay)
      }
    }
    let result = script.result
    let verdict = try verdict(result)
    #expect(verdict.mechanism == .blackhole && verdict.grade == .consistent && verdict.direction == .down)
    #expect(verdict.alternatives.contains { "\($0)" == "server-down" })
    #expect(verdict.evidence.contains { "\($0.code)" == "u16_registration_unanswered" })
    #expect(verdict.evidence.contains { "\($0.code)" == "u15_control_answered" })
    #expect(try self.verdict(result, "198.51.100.40").outcome == .ok)
  }

  /// Two registrars share nothing that could be filtered for.
  @Test func twoSilentRegistrarsRaiseNoGrade() throws {
    var script = CallScript()
    control(&script, 0...60)
    for server in [Self.registrar, SocketAddress("192.0.2.77", 5_060)] {
      let dialog = dialog(&script, server)
      for delay in Self.ladder { script.send(dialog.register(), Self.phone, server, at: 2 + delay) }
    }
    let findings = script.result.flows.filter(\.verdict.isFinding)
    #expect(findings.count == 2 && findings.allSatisfy { $0.verdict.grade == .consistent })
  }

  @Test func aRegistrarThatAnsweredAndFellSilentIsACutoff() throws {
    var script = CallScript()
    control(&script, 0...130)
    let dialog = dialog(&script, Self.registrar)
    for second in stride(from: 0.0, to: 40, by: 10) {
      script.send(dialog.register(), Self.phone, Self.registrar, at: second)
      script.send(dialog.response(200, "OK", to: "REGISTER"), Self.registrar, Self.phone, at: second + 0.05)
    }
    for delay in Self.ladder { script.send(dialog.register(), Self.phone, Self.registrar, at: 50 + delay) }
    let verdict = try verdict(script.result)
    #expect(verdict.mechanism == .cutoff && verdict.grade == .consistent, "\(verdict.reason.template)")
    #expect(verdict.evidence.contains { "\($0.code)" == "ladder_sip" })
  }

  /// Credentials behind a REGISTER without them follow a challenge that the capture lacks; known from before they follow none.
  @Test(arguments: [true, false]) func credentialsFollowAnAnswer(isChallenged: Bool) throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    if isChallenged { script.send(dialog.register(), Self.phone, Self.registrar, at: 1.9) }
    for delay in Self.ladder { script.send(dialog.register(nonce: "5d8f"), Self.phone, Self.registrar, at: 2 + delay) }
    let verdict = try verdict(script.result)
    #expect(verdict.isFinding == !isChallenged)
    #expect(verdict.gap.map { "\($0.code)" } == (isChallenged ? "one_direction" : nil))
  }

  /// A registration is asked for anew after an hour: the binding in a NAT is long gone.
  @Test func silenceAfterAnIdleTimeIsNoFinding() throws {
    var script = CallScript()
    control(&script, 0...140)
    let dialog = dialog(&script, Self.registrar)
    script.send(dialog.register(), Self.phone, Self.registrar, at: 1)
    script.send(dialog.response(200, "OK", to: "REGISTER"), Self.registrar, Self.phone, at: 1.05)
    for delay in Self.ladder { script.send(dialog.register(), Self.phone, Self.registrar, at: 100 + delay) }
    let verdict = try verdict(script.result)
    #expect(verdict.outcome == .inconclusive && verdict.gap.map { "\($0.code)" } == "idle_before_silence")
  }

  /// A challenge, a refusal or a 100 are answers.
  @Test(arguments: [100, 401, 403, 503]) func anyResponseIsAnAnswer(_ status: Int) throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    for second in stride(from: 0.0, to: 60, by: 4) {
      script.send(dialog.register(), Self.phone, Self.registrar, at: second)
      script.send(dialog.response(status, "Said", to: "REGISTER"), Self.registrar, Self.phone, at: second + 0.05)
    }
    #expect(try verdict(script.result).outcome == .ok)
  }

  /// A switchboard asks phones that are switched off whether they live, and scanners ask everybody.
  @Test func whatIsNoRegistrarOwesNothing() throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    for delay in Self.ladder { script.send(dialog.invite(), Self.phone, Self.registrar, at: 2 + delay) }
    let verdict = try verdict(script.result)
    #expect(!verdict.isFinding && verdict.gap.map { "\($0.code)" } == "one_direction")
  }

  /// What a registrar asks its phone is not held against the phone.
  @Test func requestsOfTheRegistrarAreNoTrials() throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    register(&script, dialog)
    for delay in Self.ladder { script.send(dialog.invite(), Self.registrar, Self.phone, at: 2 + delay) }
    #expect(try !verdict(script.result).isFinding)
  }

  /// Registered, the phone keeps its mapping open with what the provider ignores; where such a request had been answered, or what
  /// is asked for is a call, silence counts.
  @Test(arguments: [("OPTIONS", false, false), ("OPTIONS", true, true), ("INVITE", false, true)])
  func whatProvidersIgnoreIsNoTrial(method: String, wasAnswered: Bool, isFound: Bool) throws {
    var script = CallScript()
    control(&script, 0...60)
    let dialog = dialog(&script, Self.registrar)
    register(&script, dialog)
    let request = method == "INVITE" ? dialog.invite() : dialog.options()
    if wasAnswered {
      script.send(request, Self.phone, Self.registrar, at: 1)
      script.send(dialog.response(200, "OK", to: method), Self.registrar, Self.phone, at: 1.05)
    }
    for delay in Self.ladder { script.send(request, Self.phone, Self.registrar, at: 2 + delay) }
    let verdict = try verdict(script.result)
    #expect(verdict.isFinding == isFound && verdict.outcome != .ok, "\(verdict.reason.template)")
  }

  /// The registrar falls silent, and a call is asked for in vain later: what is said of the call is of its own time. One that was
  /// refused had its answer.
  @Test(arguments: [false, true]) func aCallIsToldOfItsOwnTime(isRefused: Bool) throws {
    var script = CallScript()
    control(&script, 0...130)
    let (registration, call) = (dialog(&script, Self.registrar), dialog(&script, Self.registrar))
    register(&script, registration)
    if isRefused {
      script.send(call.invite(), Self.phone, Self.registrar, at: 1)
      script.send(call.response(486, "Busy Here", to: "INVITE"), Self.registrar, Self.phone, at: 1.3)
    }
    for delay in Self.ladder { script.send(registration.register(), Self.phone, Self.registrar, at: 10 + delay) }
    for delay in Self.ladder where !isRefused { script.send(call.invite(), Self.phone, Self.registrar, at: 60 + delay) }
    let result = script.result
    #expect(try verdict(result).mechanism == .cutoff)
    let told = try #require(result.calls.first)
    #expect(result.calls.count == 1 && told.verdict.isFinding != isRefused)
    guard !isRefused else { return }
    #expect(told.verdict.window?.first == told.first && "\(told.verdict.reason.template)".contains("asked for"))
  }

  /// A call that ended says nothing of what its phone asks for later.
  @Test func aRegistrarThatIsSilentBehindACallIsNotSound() throws {
    var script = CallScript()
    control(&script, 0...90)
    let dialog = dialog(&script, Self.registrar)
    register(&script, dialog)
    script.send(dialog.invite(), Self.phone, Self.registrar, at: 1)
    script.send(dialog.response(200, "OK", to: "INVITE"), Self.registrar, Self.phone, at: 1.2)
    script.send(dialog.acknowledge(), Self.phone, Self.registrar, at: 1.3)
    script.send(dialog.bye(), Self.phone, Self.registrar, at: 20)
    script.send(dialog.response(200, "OK", to: "BYE"), Self.registrar, Self.phone, at: 20.1)
    for start in [30.0, 64, 98] {
      for delay in Self.ladder { script.send(dialog.register(), Self.phone, Self.registrar, at: start + delay) }
    }
    let verdict = try verdict(script.result)
    #expect(verdict.mechanism == .cutoff && verdict.grade == .consistent)
  }

  /// The phone's last packet came behind the registrar's, and then it slept: whatever kept its mapping may have forgotten it.
  @Test(arguments: [(10.0, true), (110, false)]) func sleepBehindAnAnswerOfOnesOwnIsIdleTime(
    until: Double, isFound: Bool
  )
    throws
  {
    var script = CallScript()
    control(&script, 0...160)
    let dialog = dialog(&script, Self.registrar)
    register(&script, dialog)
    script.send(dialog.options(), Self.registrar, Self.phone, at: 3)
    script.send(dialog.response(200, "OK", to: "OPTIONS"), Self.phone, Self.registrar, at: 3.01)
    for delay in Self.ladder { script.send(dialog.register(), Self.phone, Self.registrar, at: until + delay) }
    let verdict = try verdict(script.result)
    #expect(verdict.isFinding == isFound)
    if !isFound { #expect(verdict.gap.map { "\($0.code)" } == "idle_before_silence") }
  }
}
