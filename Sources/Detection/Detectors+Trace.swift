public import Flow
internal import Settings
public import Verdict

/// Hears what each detector answers while a flow is judged; what it hears changes nothing.
protocol Hearing {
  /// Takes in an answer and gives it back.
  mutating func heard(_ detector: Detector, _ answer: Judgment?) -> Judgment?
}

extension Hearing {
  /// Takes in the answer of a detector that always has one.
  @inline(__always)
  mutating func heard(_ detector: Detector, _ answer: Judgment) -> Judgment {
    _ = heard(detector, .some(answer))
    return answer
  }
}

/// Hears nothing: for verdicts alone, at no cost.
struct NoHearing: Hearing {
  @inline(__always)
  mutating func heard(_ detector: Detector, _ answer: Judgment?) -> Judgment? { answer }

  @inline(__always)
  mutating func heard(_ detector: Detector, _ answer: Judgment) -> Judgment { answer }
}

/// Keeps every answer.
private struct Witness: Hearing {
  private var answers: [DetectorAnswer] = []

  mutating func heard(_ detector: Detector, _ answer: Judgment?) -> Judgment? {
    answers.append(DetectorAnswer(detector, asked: answer))
    return answer
  }

  /// What was heard, then who was not asked.
  func all(_ transport: Transport, _ known: Circumstances) -> [DetectorAnswer] {
    let silent = Detector.allCases.filter { detector in
      detector.judges(transport) && !answers.contains { $0.detector == detector }
    }
    let listing = Dictionary(known.thresholds.listing.map { ($0.name, $0.threshold) }) { first, _ in first }
    return answers.map { answer in
      var answer = answer
      let names = RuleNames.names(of: answer.detector, answer.judgment, transport)
      answer.rules = names.compactMap { name in listing[name].map { RuleRecord(name, $0) } }
      return answer
    } + silent.map(DetectorAnswer.init(notAsked:))
  }
}

extension Detectors {
  /// What each detector says of a UDP flow: the very judgment of ``judge(_:_:_:)``, overheard.
  public static func trace(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> [DetectorAnswer] {
    var witness = Witness()
    _ = judge(flow, state, known, &witness)
    return witness.all(.udp, known)
  }

  /// What each detector says of a TCP flow.
  public static func trace(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> [DetectorAnswer] {
    var witness = Witness()
    _ = judge(flow, state, trace, known, &witness)
    return witness.all(.tcp, known)
  }

  /// What a settled finding lacks for the next grade, and the thresholds of grades.
  public static func shortfalls(
    _ judgment: Judgment, _ flow: FlowObservation, _ transport: Transport, _ known: Circumstances
  ) -> (shortfalls: [Shortfall], rules: [RuleRecord]) {
    let shortfalls = Grading.shortfalls(judgment, flow, transport, known)
    let rules = known.thresholds.listing.filter { row in shortfalls.contains { $0.rule == row.name } }
    return (shortfalls, rules.map { RuleRecord($0.name, $0.threshold) })
  }
}

extension RuleRecord {
  /// A threshold in force.
  init(_ name: String, _ threshold: Threshold) {
    // Nanoseconds are for machines.
    let isTime = threshold.unit == .nanoseconds
    let value = isTime ? threshold.value / 1e9 : threshold.value
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    let unit = isTime ? " s" : threshold.unit == .count || threshold.unit == .ratio ? "" : " " + threshold.unit.rawValue
    self.init(name: name, value: number + unit, source: "\(threshold.source)")
  }
}
