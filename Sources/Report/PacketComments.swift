public import Verdict

/// The comments that a capture's packets and its first section get, for a copy that Wireshark shows.
///
/// A packet has one comment for each piece of evidence that names it: `ringback: OUTCOME/MECHANISM: what it shows
/// (flow ID)`. The section's comment is the report's first line, with the program's version and the rules in force.
public struct PacketComments: Sendable {
  private let version: String
  private var rules = ""
  private var answer = Answer()
  private var leads = false
  /// The texts that `places` name.
  public private(set) var texts: [String] = []
  /// Frames and the text that each gets, in the order of the records.
  public private(set) var places: [(frame: UInt64, text: Int)] = []

  /// No comments yet, of this version of the program.
  public init(version: String) { self.version = version }

  /// Starts a capture.
  public mutating func begin(_ capture: CaptureRecord) { rules = capture.rules }

  /// Counts a call. Its evidence is that of its flows.
  public mutating func count(_ call: CallRecord) { answer.count(call) }

  /// Counts a flow's verdict; true if its record is to be added.
  public mutating func count(_ verdict: Judgment) -> Bool {
    leads = answer.count(verdict)
    return leads || verdict.evidence.contains { !$0.frames.isEmpty }
  }

  /// Adds the flow whose verdict was counted last.
  public mutating func add(_ flow: FlowRecord) {
    if leads { answer.name(flow) }
    for evidence in flow.verdict.evidence where !evidence.frames.isEmpty {
      for frame in evidence.frames { places.append((frame, texts.count)) }
      texts.append(Self.text(evidence, flow))
    }
  }

  /// The section's comment.
  public var section: String { "ringback \(version): \(answer.sentence) (rules \(rules))" }

  /// The report's answer.
  public var sentence: String { answer.sentence }

  private static func text(_ evidence: Evidence, _ flow: FlowRecord) -> String {
    var detail = Sentence.text(evidence.detail)
    if detail.utf8.last == 0x2E { detail.removeLast() }
    let mechanism = flow.verdict.mechanism.map { "/\($0.rawValue)" } ?? ""
    return "ringback: \(flow.verdict.outcome.rawValue)\(mechanism): \(detail) (flow \(FlowName.digits(flow.id)))"
  }
}
