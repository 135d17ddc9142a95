internal import Verdict

extension NDJSONWriter {
  /// Writes the fields of a verdict without its braces: a call adds two of its own. Runs of fields that are usually empty
  /// together are one literal.
  mutating func verdict(_ verdict: Judgment) {
    line.literal("\"outcome\":\"")
    line.literal(verdict.outcome.rawValue)
    line.literal(verdict.isFinding ? "\",\"finding\":true" : "\",\"finding\":false")
    if verdict.mechanism == nil, verdict.direction == nil, verdict.attribution == nil {
      line.literal(",\"mechanism\":null,\"direction\":null,\"attribution\":null,\"grade\":\"")
    } else {
      line.literal(",\"mechanism\":")
      word(verdict.mechanism)
      line.literal(",\"direction\":")
      word(verdict.direction)
      line.literal(",\"attribution\":")
      word(verdict.attribution)
      line.literal(",\"grade\":\"")
    }
    line.literal(verdict.grade.rawValue)
    line.literal("\",\"score\":")
    decimal(verdict.score, 4)
    line.literal(",\"cap_bps\":")
    integer(verdict.capRate)
    line.literal(",\"window\":")
    window(verdict.window)
    line.literal(",\"loss\":{\"up\":")
    decimal(verdict.lossUp, 4)
    line.literal(",\"down\":")
    decimal(verdict.lossDown, 4)
    line.literal("},\"reason\":")
    sentence(verdict.reason)
    line.literal(",\"evidence\":[")
    for index in verdict.evidence.indices {
      if index > 0 { line.byte(0x2C) }
      evidence(verdict.evidence[index])
    }
    line.literal("],\"gap\":")
    gap(verdict.gap)
    line.literal(",\"power\":")
    power(verdict.power)
    if verdict.tests.isEmpty, verdict.excluders.isEmpty, verdict.cap == nil, verdict.scope == nil {
      line.literal(",\"tests\":[],\"excluders\":[],\"cap\":null,\"scope\":null,\"also\":[")
    } else {
      support(verdict)
    }
    for index in verdict.also.indices {
      if index > 0 { line.byte(0x2C) }
      secondary(verdict.also[index])
    }
    line.literal("],\"alternatives\":")
    list(verdict.alternatives) { $0.quoted($1) }
  }

  private mutating func support(_ verdict: Judgment) {
    line.literal(",\"tests\":")
    list(verdict.tests) { line, test in
      line.literal("{\"name\":")
      line.quoted(test.name)
      line.literal(",\"trials\":")
      line.integer(Int64(test.trials))
      line.literal(",\"p\":")
      line.probability(test.p)
      line.literal(",\"examined\":")
      line.integer(Int64(test.examined))
      line.byte(0x7D)
    }
    line.literal(",\"excluders\":")
    list(verdict.excluders) { line, excluder in
      line.literal("{\"name\":")
      line.quoted(excluder.name)
      line.literal(",\"result\":\"")
      line.literal(excluder.result.rawValue)
      line.literal("\"}")
    }
    line.literal(",\"cap\":")
    if let cap = verdict.cap {
      line.literal("{\"low_bps\":")
      line.integer(cap.low)
      line.literal(",\"high_bps\":")
      line.integer(cap.high)
      line.literal(",\"bucket_bytes\":")
      integer(cap.bucket.map(Int64.init))
      line.byte(0x7D)
    } else {
      line.literal("null")
    }
    line.literal(",\"scope\":")
    word(verdict.scope)
    line.literal(",\"also\":[")
  }

  private mutating func sentence(_ phrase: Phrase) {
    line.byte(0x22)
    let start = line.count
    line.phrase(phrase)
    line.escape(from: start)
    line.byte(0x22)
  }

  private mutating func evidence(_ evidence: Evidence) {
    line.literal("{\"code\":")
    line.quoted(evidence.code)
    line.literal(",\"detail\":")
    sentence(evidence.detail)
    line.literal(",\"packets\":")
    list(evidence.frames) { $0.unsigned($1) }
    line.byte(0x7D)
  }

  private mutating func gap(_ gap: Gap?) {
    guard let gap else { return line.literal("null") }
    line.literal("{\"code\":")
    line.quoted(gap.code)
    line.literal(",\"seen\":")
    line.decimal(gap.seen, 4)
    line.literal(",\"needed\":")
    line.decimal(gap.needed, 4)
    line.byte(0x7D)
  }

  private mutating func power(_ power: Power?) {
    guard let power else { return line.literal("null") }
    line.literal("{\"effect\":")
    line.quoted(power.effect)
    line.literal(",\"value\":")
    line.decimal(power.value, 4)
    line.byte(0x7D)
  }

  private mutating func secondary(_ secondary: Secondary) {
    line.literal("{\"outcome\":\"")
    line.literal(secondary.outcome.rawValue)
    line.literal("\",\"mechanism\":")
    word(secondary.mechanism)
    line.literal(",\"direction\":")
    word(secondary.direction)
    line.literal(",\"window\":")
    window(secondary.window)
    line.byte(0x7D)
  }

  private mutating func window(_ window: TimeWindow?) {
    guard let window else { return line.literal("null") }
    line.literal("{\"first_ns\":")
    line.integer(window.first)
    line.literal(",\"last_ns\":")
    line.integer(window.last)
    line.byte(0x7D)
  }
}
