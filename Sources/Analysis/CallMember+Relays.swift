internal import Detection
internal import Flow
internal import Settings
internal import Verdict

/// What is said of a call by its relays.
extension CallMember {
  /// The reason of a call whose relays all failed and which seems to have gone on over TCP; nil if media ran over UDP, or a relay did
  /// not fail.
  static func carriedOn(_ members: [CallMember]) -> Phrase? {
    let relays = members.filter(\.isRelay)
    guard !members.contains(where: \.isMediaPath), relayFailure(relays) != nil else { return nil }
    return wentOnOverTCP(relays, isSeen: false)
  }

  /// `isSeen`: its media were; else TCP carried as much as media do.
  static func wentOnOverTCP(_ relays: [CallMember], isSeen: Bool = true) -> Phrase {
    let number = count(relays)
    guard number > 1 else {
      return Phrase(
        isSeen
          ? "The one relay that was asked failed; the call went on over TCP."
          : "The one relay that was asked failed; the call seems to have gone on over TCP.")
    }
    let template: StaticString =
      switch (relays.contains(where: \.hasAnswers), isSeen) {
      case (true, true): "All of {} relays ({} addresses) failed; the call went on over TCP."
      case (false, true): "None of {} relays ({} addresses) answered; the call went on over TCP."
      case (true, false): "All of {} relays ({} addresses) failed; the call seems to have gone on over TCP."
      case (false, false): "None of {} relays ({} addresses) answered; the call seems to have gone on over TCP."
      }
    return Phrase(template, .count(number), .count(Set(relays.map(\.server)).count))
  }

  /// What is said where every relay failed; nil if one did not, or there was none.
  static func relayFailure(_ relays: [CallMember]) -> Judgment? {
    // What a layer above lacks on a path that answers, a peer's or through a relay, is no relay's failure.
    let failed = relays.filter { $0.verdict.isFinding && $0.verdict.scope == nil }
    guard let surest = failed.max(by: { $0.verdict.grade.rank < $1.verdict.grade.rank }), failed.count == relays.count
    else { return nil }
    // Had those of which most can be said answered, the call would have had a relay. What explains one of them may be why it had none.
    let equals = failed.filter { $0.verdict.grade == surest.verdict.grade }
    let leader = equals.first ?? surest
    var verdict = leader.verdict
    for other in equals.dropFirst() {
      for name in other.verdict.alternatives where !verdict.hasAlternative(name) { verdict.alternatives.append(name) }
      for excluder in other.verdict.excluders where excluder.result != .excluded && verdict.hasExcluded(excluder.name) {
        verdict.reopen(excluder.name)
      }
    }
    let servers = Set(failed.map { $0.server }).count
    verdict.reason =
      count(failed) == 1
      ? Phrase(
        failed.contains(where: \.hasAnswers)
          ? "The one relay that was asked failed; the call was not seen to get beyond it."
          : "The one relay that was asked did not answer; the call was not seen to get beyond it.")
      : !failed.contains(where: \.hasAnswers)
        ? Phrase(
          "None of {} relays ({} addresses) answered; the call was not seen to get beyond them.", .count(count(failed)),
          .count(servers))
        : Phrase(
          "All of {} relays ({} addresses) failed, {} of them from the start; the call was not seen to get beyond them.",
          .count(count(failed)), .count(servers), .count(count(failed.filter { !$0.hasAnswers })))
    // A control is said once for the whole call.
    // What cites no frames of its flow reads the same for each.
    var told: Set<String> = []
    verdict.evidence =
      failed.flatMap { $0.verdict.evidence.filter { !$0.isControl } }.filter {
        !$0.frames.isEmpty || told.insert($0.code.description).inserted
      }
      + leader.verdict.evidence.filter { $0.isControl }
    verdict.window = TimeWindow(
      first: failed.reduce(Int64.max) { min($0, $1.verdict.window?.first ?? .max) },
      last: failed.reduce(Int64.min) { max($0, $1.verdict.window?.last ?? .min) })
    return verdict
  }

  /// When a relay was silent at the end for too short a time to count by itself: two requests and more, and media for `span` ns, were
  /// not answered, nothing was taken leave of, and all was well before.
  static func silenceAtEnd(_ observation: FlowObservation) -> (window: TimeWindow, bins: Int)? {
    guard let dialogue = observation.dialogue, dialogue.server.answered > 0, dialogue.server.run >= 2,
      observation.unheard.since != .max, dialogue.hangUp == .max
    else { return nil }
    let window = TimeWindow(first: observation.unheard.since, last: observation.latest.client)
    let media = max(observation.media.client.last, observation.opaque.client.last)
    guard media &- window.first >= shortest, dialogue.server.last > window.first,
      observation.lastMediaHeard >= window.first &- shortest
    else { return nil }
    return (window, Int(observation.unheard.bins))
  }

  /// As `silence.span`: less is a moment's.
  private static let shortest: Int64 = 3_000_000_000

  /// The verdict of a call each of whose relays fell silent after a while, until it asked another one: three and more, one after the
  /// other, while the client's line was up. Each of these silences is too short to say anything; so many of one kind are not. Nil
  /// if there were fewer.
  ///
  /// Cannot tell apart: a filter, relays that end each session, a NAT that forgets mappings in use.
  static func cutAgainAndAgain(_ members: [CallMember], _ known: Circumstances) -> Judgment? {
    let margin = known.thresholds.silence.bin.integer
    var cut: [(member: CallMember, window: TimeWindow, bins: Int)] = []
    for member in members.sorted(by: { ($0.first, $0.candidate) < ($1.first, $1.candidate) }) {
      guard let (window, bins) = member.cutShort, window.first > cut.last?.window.last ?? .min,
        known.around.isReached(member.client, during: window, margin: margin),
        !known.around.othersAreUnheard(member.client, besides: member.server, during: window, margin: margin)
      else { continue }
      cut.append((member, window, bins))
    }
    guard cut.count >= leastCuts, Set(cut.map { Socket($0.member.server, $0.member.serverPort) }).count >= leastCuts,
      let first = cut.first, let last = cut.last, Silence.lossyCapture(known) == nil, !known.around.isOverheard
    else { return nil }
    var verdict = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(
        "{} relays answered and carried media, one after the other, and each fell silent while the client went on asking, {} seconds in all; something else reached the client meanwhile.",
        .count(cut.count), .count(cut.reduce(0) { $0 + $1.bins })))
    verdict.window = TimeWindow(first: first.window.first, last: last.window.last)
    verdict.evidence = [
      Evidence(
        "cut_again_and_again",
        Phrase(
          "The shortest lived for {}, the longest for {}.",
          .duration(cut.reduce(Int64.max) { min($0, $1.window.first &- $1.member.first) }),
          .duration(cut.reduce(Int64.min) { max($0, $1.window.first &- $1.member.first) })))
    ]
    verdict.excluders = [
      Excluder("local-link-down", .excluded), Excluder("access-line-down", .excluded),
      Excluder("hang-up", .excluded), CaptureLoss.excluder(known),
    ]
    verdict.alternatives = ["server-policy", "server-down", "routing", "nat-expiry"]
    return verdict
  }

  /// Fewer may have been restarted or drained, one after the other.
  private static let leastCuts = 3

  /// How many relays these are: several sockets may ask one.
  static func count(_ relays: [CallMember]) -> Int {
    Set(relays.map { Socket($0.server, $0.serverPort) }).count
  }
}
