public import Verdict

/// A comparison for people: the answer first, then both flows, the tests, and what they do not say.
public enum ComparisonText {
  /// The text, wrapped to `width` columns.
  public static func text(_ comparison: ComparisonRecord, width: Int = 80, color: Bool = false) -> [UInt8] {
    var out = TextLayout(width: width, color: color)
    let style: TextLayout.Style =
      switch comparison.decision {
      case .different: .red
      case .same: .green
      case .inconclusive, .tooFew: .yellow
      }
    out.paragraph(headline(comparison), style, "", hanging: 2)
    out.blank()
    out.paragraph("A", .bold, flow(comparison.a), indent: 1, hanging: 4)
    out.paragraph("B", .bold, flow(comparison.b), indent: 1, hanging: 4)
    out.blank()
    let direction = comparison.direction == .up ? "from the clients" : "to the clients"
    let steps = comparison.step > 1 ? "in steps of \(number(comparison.step)) s" : "second by second"
    out.paragraph(
      "", .plain,
      "Rates \(direction) where they were captured, \(steps): means differ by \(share(abs(comparison.area))) of the larger (a difference from \(share(comparison.leastArea)) on); Kolmogorov-Smirnov D = \(number(comparison.distance)), p \(probability(comparison.p)) (a difference below \(number(comparison.leastP))).",
      indent: 1, hanging: 1)
    if let shift = comparison.shift {
      out.paragraph(
        "", .plain,
        "B less A: \(rate(shift.estimate)), between \(rate(shift.low)) and \(rate(shift.high)) at 95 % (Hodges-Lehmann).",
        indent: 1, hanging: 1)
    }
    out.paragraph("", .plain, caution(comparison), indent: 1, hanging: 1)
    return out.bytes
  }

  private static func headline(_ comparison: ComparisonRecord) -> String {
    let (slow, fast) = comparison.area >= 0 ? (comparison.a, comparison.b) : (comparison.b, comparison.a)
    let names = comparison.area >= 0 ? ("A", "B") : ("B", "A")
    switch comparison.decision {
    case .different:
      return "\(names.0) went slower than \(names.1): \(rate(slow.mean)) against \(rate(fast.mean))"
    case .same: return "A and B went alike: \(rate(comparison.a.mean)) and \(rate(comparison.b.mean))"
    case .inconclusive:
      if let shift = comparison.shift, shift.low > 0 || shift.high < 0, comparison.p < comparison.leastP {
        return
          "no answer: \(rate(comparison.a.mean)) (A) and \(rate(comparison.b.mean)) (B) surely differ, but by \(share(abs(comparison.area))) only"
      }
      return
        "no answer: \(rate(comparison.a.mean)) (A) and \(rate(comparison.b.mean)) (B) differ, but not surely enough"
    case .tooFew:
      return
        "too short to test: A went at \(rate(comparison.a.mean)), B at \(rate(comparison.b.mean))"
    }
  }

  private static func flow(_ side: RateSummary) -> String {
    var line = LineBuffer()
    line.readable(side.capture)
    line.text(side.transport == .udp ? ": UDP " : ": TCP ")
    line.endpoint(side.client.address, port: side.client.port)
    line.text(" > ")
    line.endpoint(side.server.address, port: side.server.port)
    if let application = side.application { line.text(" " + Wording.name(application)) }
    line.text(", \(side.seconds) s, median \(rate(side.median))")
    if let loss = side.loss { line.text(", \(share(loss)) \(side.transport == .tcp ? "sent again" : "lost")") }
    if let finding = side.finding {
      line.text("; found: \(finding.outcome.rawValue)")
      if let mechanism = finding.mechanism { line.text(" by \(mechanism.rawValue)") }
      line.text(" (\(finding.grade.rawValue))")
    }
    if side.hasTwins { line.text("; its capture holds packets twice, and counts them so") }
    return String(decoding: line.bytes, as: UTF8.self)
  }

  private static func caution(_ comparison: ComparisonRecord) -> String {
    switch comparison.decision {
    case .tooFew:
      return
        "Fewer than eight seconds of one of them: only the order is known, and it may be chance."
    case .different, .inconclusive, .same:
      let repeated = [comparison.a, comparison.b].contains {
        $0.transport == .tcp && $0.loss ?? 0 >= Self.repeatedShare
      }
      return "Seconds of one flow are not independent: p is too small rather than too large. "
        + (repeated
          ? "What TCP sent again is in the rates; a difference is one with and without it. " : "")
        + "Two flows differ in more than the network: what was sent, by which server, at what time. Repeat it, the other way round too, before you conclude anything."
    }
  }

  /// From so much on what was sent again is worth a word.
  private static var repeatedShare: Double { 0.02 }

  private static func rate(_ value: Double) -> String {
    value <= -1 ? "-" + Sentence.text(.rate(Int64(-value))) : Sentence.text(.rate(Int64(max(0, value))))
  }

  private static func share(_ value: Double) -> String { Sentence.text(.share(value)) }

  private static func number(_ value: Double) -> String {
    var line = LineBuffer()
    line.decimal(value, 2)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  private static func probability(_ p: Double) -> String { p < 0.001 ? "< 0.001" : "= " + number(p) }
}
