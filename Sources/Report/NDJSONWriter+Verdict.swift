internal import Verdict

extension NDJSONWriter {
  /// Writes the fields of a verdict without its braces: a call adds two of its own. Runs of fields that are usually empty
  /// together are one literal.
  mutating func verdict(_ verdict: Judgment) {
    summary(verdict)
    let isPlain = verdict.isPlain
    if isPlain, verdict.lossUp == nil, verdict.lossDown == nil {
      line.literal(Piece.noLossThenReason)
    } else {
      line.literal(Piece.capRate)
      integer(verdict.capRate)
      line.literal(Piece.window)
      window(verdict.window)
      line.literal(Piece.lossUp)
      decimal(verdict.lossUp, 4)
      line.literal(Piece.lossDown)
      decimal(verdict.lossDown, 4)
      line.literal(Piece.reason)
    }
    line.phrase(verdict.reason, escaping: true)
    if isPlain {
      line.literal(Piece.noEvidenceThenGap)
    } else {
      line.literal(Piece.evidence)
      let evidence = verdict.evidence
      for index in evidence.indices {
        if index > 0 { line.byte(0x2C) }
        self.evidence(evidence[index])
      }
      line.literal(Piece.gap)
    }
    gap(verdict.gap)
    line.literal(Piece.power)
    power(verdict.power)
    if isPlain, verdict.scope == nil { line.literal(Piece.noDetails) } else { details(verdict) }
  }

  /// Outcome to score.
  private mutating func summary(_ verdict: Judgment) {
    if verdict.outcome == .inconclusive, verdict.grade == .inconclusive, Self.isUnattributed(verdict) {
      line.literal(Piece.inconclusiveThenScore)
    } else if verdict.outcome == .ok, verdict.grade == .none, Self.isUnattributed(verdict) {
      line.literal(Piece.okThenScore)
    } else {
      line.literal(Piece.outcome)
      line.text(verdict.outcome.rawValue)
      line.literal(verdict.isFinding ? Piece.finding : Piece.noFinding)
      line.literal(Piece.mechanism)
      word(verdict.mechanism)
      line.literal(Piece.verdictDirection)
      word(verdict.direction)
      line.literal(Piece.attribution)
      word(verdict.attribution)
      line.literal(Piece.verdictGrade)
      line.text(verdict.grade.rawValue)
      line.literal(Piece.score)
    }
    score(verdict.score)
  }

  /// Writes a score: detectors give a few, each made text once.
  private mutating func score(_ value: Double?) {
    guard let value else { return line.literal(Piece.null) }
    var place = 0
    while place < scores.count, scores[place].value != value { place += 1 }
    if place < scores.count {
      line.again(scores[place].text)
    } else {
      line.decimal(value, 4)
      guard scores.count < 16 else { return }
      var text = LineBuffer()
      text.decimal(value, 4)
      scores.append((value, line.keep(text.bytes)))
    }
  }

  private static func isUnattributed(_ verdict: Judgment) -> Bool {
    verdict.mechanism == nil && verdict.direction == nil && verdict.attribution == nil
  }

  /// Tests to alternatives.
  private mutating func details(_ verdict: Judgment) {
    line.literal(Piece.tests)
    list(verdict.tests) { line, test in
      line.literal(Piece.testName)
      line.quoted(test.name)
      line.literal(Piece.trials)
      line.integer(Int64(test.trials))
      line.literal(Piece.probability)
      line.probability(test.p)
      line.literal(Piece.examined)
      line.integer(Int64(test.examined))
      line.byte(0x7D)
    }
    line.literal(Piece.excluders)
    list(verdict.excluders) { line, excluder in
      line.literal(Piece.testName)
      line.quoted(excluder.name)
      line.literal(Piece.result)
      line.text(excluder.result.rawValue)
      line.literal(Piece.endOfWord)
    }
    line.literal(Piece.cap)
    if let cap = verdict.cap {
      line.literal(Piece.low)
      line.integer(cap.low)
      line.literal(Piece.high)
      line.integer(cap.high)
      line.literal(Piece.bucket)
      integer(cap.bucket.map(Int64.init))
      line.byte(0x7D)
    } else {
      line.literal(Piece.null)
    }
    line.literal(Piece.scope)
    word(verdict.scope)
    line.literal(Piece.also)
    let also = verdict.also
    for index in also.indices {
      if index > 0 { line.byte(0x2C) }
      secondary(also[index])
    }
    line.literal(Piece.alternatives)
    list(verdict.alternatives) { $0.quoted($1) }
  }

  private mutating func sentence(_ phrase: Phrase) {
    line.byte(0x22)
    line.phrase(phrase, escaping: true)
    line.byte(0x22)
  }

  private mutating func evidence(_ evidence: Evidence) {
    line.literal(Piece.code)
    line.quoted(evidence.code)
    line.literal(Piece.detail)
    sentence(evidence.detail)
    line.literal(Piece.packets)
    list(evidence.frames) { $0.unsigned($1) }
    if let file = evidence.file {
      line.text(",\"file\":")
      line.quoted(file)
    }
    line.byte(0x7D)
  }

  private mutating func gap(_ gap: Gap?) {
    guard let gap else { return line.literal(Piece.null) }
    line.literal(Piece.code)
    line.quoted(gap.code)
    line.literal(Piece.seen)
    line.decimal(gap.seen, 4)
    line.literal(Piece.needed)
    line.decimal(gap.needed, 4)
    line.byte(0x7D)
  }

  private mutating func power(_ power: Power?) {
    guard let power else { return line.literal(Piece.null) }
    line.literal(Piece.effect)
    line.quoted(power.effect)
    line.literal(Piece.value)
    line.decimal(power.value, 4)
    line.byte(0x7D)
  }

  private mutating func secondary(_ secondary: Secondary) {
    line.literal(Piece.secondaryOutcome)
    line.text(secondary.outcome.rawValue)
    line.literal(Piece.secondaryMechanism)
    word(secondary.mechanism)
    line.literal(Piece.verdictDirection)
    word(secondary.direction)
    line.literal(Piece.window)
    window(secondary.window)
    line.byte(0x7D)
  }

  private mutating func window(_ window: TimeWindow?) {
    guard let window else { return line.literal(Piece.null) }
    line.literal(Piece.windowFirst)
    line.integer(window.first)
    line.literal(Piece.last)
    line.integer(window.last)
    line.byte(0x7D)
  }
}
