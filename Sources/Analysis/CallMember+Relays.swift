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

  /// How many relays these are: several sockets may ask one.
  static func count(_ relays: [CallMember]) -> Int {
    Set(relays.map { Socket($0.server, $0.serverPort) }).count
  }
}
