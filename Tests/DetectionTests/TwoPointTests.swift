import Settings
import TestSupport
import Testing
import Verdict

@testable import Detection

/// What a second capture point proves or takes back (METHOD.md M6.4).
@Suite struct TwoPointTests {
  private func silence(_ mechanism: Mechanism = .blackhole, scope: Scope? = nil) -> Judgment {
    var judgment = Judgment(.dropped, mechanism, grade: .consistent, reason: Phrase("Silent."))
    judgment.direction = .down
    judgment.scope = scope
    judgment.window = TimeWindow(first: start, last: start + 30 * second)
    judgment.excluders = [Excluder("server-down", .unknown), Excluder("path-mtu", .unknown)]
    judgment.alternatives = ["server-down", "routing"]
    judgment.evidence = [Evidence("u1_allocate_unanswered", Phrase("Nine."))]
    return judgment
  }

  private func reset(_ mechanism: Mechanism = .resetInjected, finding: Bool = true) -> Judgment {
    if !finding { return Claim.inconclusive("reset_origin", seen: 1, needed: 2, Phrase("Reset.")) }
    var judgment = Judgment(.reset, mechanism, grade: .consistent, reason: Phrase("Reset."))
    judgment.evidence = [Evidence("reset", Phrase("Reset."), frames: [9])]
    return judgment
  }

  private func way(_ sent: Int, _ arrived: Int, bins: Int? = nil) -> TwoPointFacts.Way {
    var way = TwoPointFacts.Way()
    way.sent = sent
    way.arrived = arrived
    way.lostBins = bins ?? min(30, sent - arrived)
    return way
  }

  private func facts(
    up: TwoPointFacts.Way, down: TwoPointFacts.Way = TwoPointFacts.Way(), others: Int = 100, arrived: Int = 100
  ) -> TwoPointFacts {
    var facts = TwoPointFacts()
    facts.up = up
    facts.down = down
    facts.others = (way(others, arrived), way(others, arrived))
    facts.isCovered = true
    facts.isComplete = true
    return facts
  }

  private func settled(_ judgment: Judgment, _ facts: TwoPointFacts) -> Judgment {
    var judgment = judgment
    TwoPoints.settle(&judgment, facts, thresholds)
    return judgment
  }

  @Test func whatLeftAndDidNotArriveIsConfirmed() {
    let up = settled(silence(), facts(up: way(9, 0)))
    #expect(up.grade == .confirmed && up.direction == .up && up.isFinding)
    #expect(!up.alternatives.contains { $0.isSame(as: "server-down") })
    #expect(up.alternatives.contains { $0.isSame(as: "enterprise-firewall") }, "who did it is not shown")
    #expect(up.attribution != .network)
    #expect(settled(silence(), facts(up: way(9, 9), down: way(9, 0))).direction == .down)
    #expect(settled(silence(.cutoff), facts(up: way(9, 0), down: way(9, 0))).direction == .both)
  }

  /// What passed as the silence began was sent before it.
  @Test func whatPassedAsItBeganDidNotPassInIt() {
    var up = way(1_519, 1)
    #expect(settled(silence(.cutoff), facts(up: up, down: way(9, 0))).direction == .down)
    up.arrivedFirst = 1
    let both = settled(silence(.cutoff), facts(up: up, down: way(9, 0)))
    #expect(both.direction == .both && both.grade == .confirmed)
  }

  /// Of a layer its own packets count: a few of the flow's others are lost as others are.
  @Test func ofALayerItsOwnPacketsCount() {
    let stray = facts(up: way(1_800, 1_800), down: way(28, 23))
    for scope in [Scope.media, .dtls] {
      var other = stray
      other.layer = (way(1_700, 1_700), way(0, 0))
      let verdict = settled(silence(scope: scope), other)
      #expect(verdict.grade == .consistent && verdict.direction == .down)
      #expect(verdict.hasAlternative("server-down"), "what was open stays open")
      #expect(verdict.evidence.map { "\($0.code)" }.last == "passed_far_point")
      #expect(settled(silence(scope: scope), stray).evidence.count == 1, "which are the layer's is not known")
      other.layer = (way(1_700, 1_700), way(300, 10))
      #expect(settled(silence(scope: scope), other).grade == .consistent, "some came")
      other.layer = (way(1_700, 1_700), way(300, 0))
      let lost = settled(silence(scope: scope), other)
      #expect(lost.grade == .confirmed && lost.direction == .down)
      other.layer = (way(1_700, 1_700), way(0, 0))
      other.isAtServer = true
      #expect(settled(silence(scope: scope), other).gapCode == "server_silent")
    }
  }

  // MARK: Discarding

  private func discard(_ direction: Direction = .down) -> Judgment {
    var judgment = Judgment(.dropped, .randomDiscard, grade: .consistent, reason: Phrase("Lost."))
    judgment.direction = direction
    judgment.excluders = [Excluder("capture-loss", .unknown)]
    judgment.alternatives = ["faulty-link", "aqm", "sender-thinning"]
    return judgment
  }

  private func discarded(_ lost: Int, seen: Double?, isUp: Bool = false) -> TwoPointFacts {
    let lossy = way(1_800, 1_800 - lost)
    var facts = facts(up: isUp ? lossy : way(1_800, 1_800), down: isUp ? way(1_800, 1_800) : lossy)
    facts.seenLoss = (seen, seen)
    facts.lossBetween = (Double(facts.up.lost) / 1_800, Double(facts.down.lost) / 1_800)
    return facts
  }

  @Test func whatIsDiscardedBetweenThePointsIsConfirmed() {
    let verdict = settled(discard(), discarded(110, seen: 0.065))
    #expect(verdict.grade == .confirmed && verdict.direction == .down)
    #expect(verdict.hasAlternative("faulty-link") && verdict.hasAlternative("aqm"), "a link between the two may do it")
    #expect(!verdict.hasAlternative("sender-thinning"), "it left")
    #expect(settled(discard(.up), discarded(110, seen: 0.065, isUp: true)).direction == .up)
    var both = discarded(110, seen: 0.065)
    both.up = way(1_800, 1_700)
    both.lossBetween.up = 100.0 / 1_800
    #expect(settled(discard(), both).direction == .both, "of which one point sees nothing")
    both.lossBetween.up = 20.0 / 1_800
    #expect(settled(discard(), both).direction == .down)
  }

  /// A few that are lost between the points say nothing of the others.
  @Test func whatWasMissingBeforeIsNotDiscardedBetween() {
    for few in [0, 5, 40] {
      let verdict = settled(discard(), discarded(few, seen: 0.065))
      #expect(verdict.grade == .consistent && verdict.isFinding)
      #expect(verdict.evidence.map { "\($0.code)" } == ["missing_at_first_point"])
      var server = discarded(few, seen: 0.065)
      server.isAtServer = true
      let refused = settled(discard(), server)
      #expect(!refused.isFinding && refused.gapCode == "missing_at_sender")
    }
    let other = settled(discard(), discarded(110, seen: 0.065, isUp: true))
    #expect(other.grade == .consistent && other.direction == .down, "they went the other way")
    #expect(settled(discard(), discarded(110, seen: nil)).grade == .consistent, "of how many is not known")
    var missed = discarded(110, seen: 0.065)
    missed.missedShare.down = 0.06
    #expect(settled(discard(), missed).grade == .consistent, "the recorder misses as many")
    var all = discarded(110, seen: 0.065)
    all.others = (way(1_000, 940), way(1_000, 940))
    #expect(settled(discard(), all).grade == .consistent, "everybody's are lost")
  }

  @Test func aSilenceInWhichAllArrivedIsTheSilentEndsOwn() {
    var passed = facts(up: way(9, 9))
    // Behind a point on the way there is more of it.
    let behind = settled(silence(), passed)
    #expect(behind.isFinding && behind.grade == .consistent)
    #expect(behind.evidence.map { "\($0.code)" } == ["u1_allocate_unanswered", "passed_far_point"])
    passed.isAtServer = true
    let verdict = settled(silence(), passed)
    #expect(!verdict.isFinding && verdict.gapCode == "server_silent")
    #expect(verdict.evidence.map { "\($0.code)" } == ["u1_allocate_unanswered"])
  }

  /// What is written anew between the points comes as another packet: it is neither lost nor known to have come.
  @Test func whatIsWrittenAnewBetweenThePointsIsNotLost() {
    var unseen = facts(up: way(9, 0))
    unseen.isCovered = false
    unseen.isRewritten = true
    let flow = settled(silence(), unseen)
    #expect(flow.grade == .consistent && flow.evidence.map { "\($0.code)" }.contains("rewritten_between"))
    var some = facts(up: way(9, 0))
    some.up.changed = 8
    some.isDatagrams = true
    #expect(settled(silence(), some).grade == .consistent)
    some.isDatagrams = false
    #expect(settled(silence(), some).grade == .confirmed, "TCP's numbers tell its data again")
    func lossy(_ changed: Int) -> Outcome {
      var part = facts(up: way(1_000, 900))
      part.isDatagrams = true
      part.up.changed = changed
      return settled(Judgment(.ok, nil, grade: .none, reason: Phrase("Sound.")), part).outcome
    }
    #expect(lossy(0) == .degraded && lossy(98) == .ok)
  }

  @Test func nothingIsConfirmedByPointsThatMissPackets() {
    #expect(settled(silence(), facts(up: way(9, 0), others: 5, arrived: 5)).grade == .consistent, "too few others")
    #expect(settled(silence(), facts(up: way(9, 0), arrived: 80)).grade == .consistent, "all lose")
    var lossy = facts(up: way(9, 0))
    lossy.isComplete = false
    #expect(settled(silence(), lossy).grade == .consistent)
    var elsewhere = facts(up: way(9, 0))
    elsewhere.isCovered = false
    let verdict = settled(silence(), elsewhere)
    #expect(verdict.grade == .consistent && verdict.evidence.count == 1, "the far point is on another way")
    #expect(settled(silence(), facts(up: way(9, 0, bins: 2))).grade == .consistent, "two trials")
    #expect(settled(silence(), facts(up: way(9, 4))).grade == .consistent, "some arrived")
  }

  // MARK: Resets

  private func stranger(
    _ frame: UInt64, original: UInt64? = nil, goesOn: Bool = false, lacksCause: Bool = false
  ) -> TwoPointFacts.Stranger {
    TwoPointFacts.Stranger(frame: frame, original: original, time: start, goesOn: goesOn, lacksCause: lacksCause)
  }

  @Test func aResetThatNeverLeftItsSenderWasMadeBetween() {
    var made = facts(up: way(5, 5), down: way(5, 5))
    made.resetsDown = [stranger(9, goesOn: true)]
    made.companions = 1
    let one = settled(reset(finding: false), made)
    #expect(one.words == "reset rst-injected" && one.grade == .probable && one.direction == .down)
    made.resetsUp = [stranger(7)]
    made.companions = 3
    let both = settled(reset(), made)
    #expect(both.grade == .confirmed && both.direction == .both)
    #expect(both.evidence.map { "\($0.code)" } == ["reset", "reset_never_sent_down", "reset_never_sent_up"])
    var changed = facts(up: way(5, 5), down: way(5, 4))
    changed.resetsDown = [stranger(9, original: 4)]
    #expect(settled(reset(), changed).words == "reset rst-rewritten")
    // What lies between may speak for a server behind it.
    #expect(both.alternatives.contains { $0.isSame(as: "load-balancer") })
  }

  /// A recorder misses a reset as it misses other packets.
  @Test func aResetThatAFileDoesNotHoldMayBeItsEndsOwn() {
    var missing = facts(up: way(5, 5), down: way(5, 5))
    missing.resetsDown = [stranger(9)]
    missing.companions = 5
    let open = settled(reset(finding: false), missing)
    #expect(open.gapCode == "reset_origin" && !open.isFinding)
    #expect(open.evidence.map { "\($0.code)" } == ["reset_never_sent_down"])
    #expect(settled(reset(), missing).grade == .consistent, "what signs show stays as it is")
    missing.resetsDown = [stranger(9, lacksCause: true)]
    #expect(settled(reset(finding: false), missing).grade == .confirmed, "it answers what never came")
    missing.companions = 1
    #expect(!settled(reset(finding: false), missing).isFinding, "one gap of a file that some hundred packets bound")
    missing.mostMissed.down = 0.0005
    let one = settled(reset(finding: false), missing)
    #expect(one.grade == .probable && one.hasAlternative("capture-loss"))
    missing.companions = 5
    missing.mostMissed.down = 1
    missing.missedSegments.down = 0.02
    let incomplete = settled(reset(finding: false), missing)
    #expect(!incomplete.isFinding && incomplete.evidence.map { "\($0.code)" } == ["far_incomplete"])
    missing.missedSegments.down = 0
    missing.down = way(0, 0)
    #expect(!settled(reset(finding: false), missing).isFinding, "nothing of the server was recorded there")
    missing.down = way(5, 5)
    missing.isComplete = false
    #expect(!settled(reset(finding: false), missing).isFinding, "packets were dropped")
    missing.resetsDown = [stranger(9, goesOn: true)]
    #expect(settled(reset(finding: false), missing).grade == .probable, "who goes on has not reset it")
    missing.resetsDown = [stranger(9)]
    missing.isResetSent = true
    missing.isAtServer = true
    #expect(settled(reset(), missing).words == "reset rst-endpoint", "another copy of it was recorded")
  }

  @Test func aResetThatItsEndSentAccusesNobody() {
    var sent = facts(up: way(5, 5), down: way(5, 5))
    sent.isResetSent = true
    // A point on the way shows only that it was not made between the two.
    let passed = settled(reset(), sent)
    #expect(passed.words == "reset rst-injected" && passed.isFinding && passed.grade == .consistent)
    #expect(passed.evidence.map { "\($0.code)" } == ["reset", "reset_passed_far_point"])
    sent.isAtServer = true
    let verdict = settled(reset(), sent)
    #expect(verdict.words == "reset rst-endpoint" && !verdict.isFinding && verdict.attribution == .endpoint)
  }

  /// What a stray reset did not end stays sound, and what a NAT between the points may have forgotten stays open.
  @Test func strayAndIdleResetsAreEvidenceOnly() {
    var made = facts(up: way(5, 5), down: way(5, 5))
    made.resetsDown = [stranger(9)]
    made.companions = 5
    let sound = Claim.ok(Power("reset_effective", 1), Circumstances(Made.surroundings(), thresholds), Phrase("Ok."))
    #expect(settled(sound, made).outcome == .ok)
    #expect(settled(sound, made).evidence.map { "\($0.code)" } == ["reset_never_sent_down"])
    let idle = Claim.inconclusive("idle_before_reset", seen: 60, needed: 5, Phrase("Idle."))
    #expect(settled(idle, made).gapCode == "idle_before_reset")
  }

  @Test func lossBehindOnePointIsSeenByTwo() {
    let sound = Claim.ok(Power("media_loss_down", 0.01), Circumstances(Made.surroundings(), thresholds), Phrase("Ok."))
    let verdict = settled(sound, facts(up: way(1_000, 800), down: way(1_000, 1_000)))
    #expect(verdict.outcome == .degraded && verdict.direction == .up && !verdict.isFinding)
    #expect(settled(sound, facts(up: way(1_000, 995), down: way(1_000, 1_000))).outcome == .ok)
    var missed = facts(up: way(1_000, 950), down: way(1_000, 1_000))
    missed.missedShare.up = 0.05
    #expect(settled(sound, missed).outcome == .ok, "the far recorder misses as much")
    missed.missedShare.up = 0.02
    #expect(settled(sound, missed).outcome == .degraded, "it misses less than half of that")
    // What one point saw of it came in; both show that it went out as well, and more.
    let half = Claim.lossy(.down, thresholds, Phrase("Half of it."))
    let whole = settled(half, facts(up: way(1_000, 800), down: way(1_000, 700)))
    #expect(whole.outcome == .degraded && whole.direction == .both)
    #expect(settled(half, facts(up: way(1_000, 1_000), down: way(1_000, 1_000))).direction == .down)
  }

  @Test func anAnswerThatNoServerGaveIsTold() {
    let sound = Claim.ok(Power("silence_s", 3), Circumstances(Made.surroundings(), thresholds), Phrase("Ok."))
    var page = facts(up: way(5, 2), down: way(1, 1))
    page.strangersDown = (1, [17])
    #expect(settled(sound, page).evidence.map { "\($0.code)" } == ["answer_never_sent"])
    page.missedSegments.down = 0.01
    #expect(settled(sound, page).evidence.isEmpty, "its file misses others too")
    page.missedSegments.down = 0
    page.isComplete = false
    #expect(settled(sound, page).evidence.isEmpty)
  }
}
