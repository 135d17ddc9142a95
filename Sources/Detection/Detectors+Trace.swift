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
  @inline(always)
  mutating func heard(_ detector: Detector, _ answer: Judgment) -> Judgment {
    _ = heard(detector, .some(answer))
    return answer
  }
}

/// Hears nothing: for verdicts alone, at no cost.
struct NoHearing: Hearing {
  @inline(always)
  mutating func heard(_ detector: Detector, _ answer: Judgment?) -> Judgment? { answer }

  @inline(always)
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
      guard let judgment = answer.judgment else { return answer }
      var names = RuleNames.names(of: answer.detector, judgment, transport)
      let readings = RuleNumbers.readings(answer.detector, judgment)
      let short = RuleNumbers.rule(ofGap: judgment, answer.detector)
      if let short, !names.contains(short) { names.insert(short, at: 0) }
      answer.rules = names.compactMap { name in
        guard let threshold = listing[name] else { return nil }
        var rule = RuleRecord(name, threshold)
        if name == short, let gap = judgment.gap {
          rule.seen = threshold.text(threshold.unit == .nanoseconds ? gap.seen * 1e9 : gap.seen)
        } else if let reading = readings[name], let number = threshold.number(reading.quantity) {
          rule.seen = threshold.text(number)
          rule.asks = reading.relation.rawValue
        }
        return rule
      }
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
    self.init(name: name, value: threshold.text(threshold.value), source: "\(threshold.source)")
  }
}
