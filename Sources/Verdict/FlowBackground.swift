/// The detectors by name, in the order in which they are asked.
public enum Detector: String, Sendable, CaseIterable {
  /// UDP: never answered, cut off, one direction, missing layers.
  case silence
  /// UDP: policers, shapers, random discard.
  case mediaCaps = "media-caps"
  /// DNS answers and pages from nearer than the server they name.
  case foreignAnswer = "foreign-answer"
  /// UDP: silence that ended.
  case endedSilence = "ended-silence"
  /// TCP: resets.
  case resets
  /// TCP: connections that are not answered or fall silent.
  case connectionSilence = "connection-silence"
  /// TCP: policers and shapers.
  case connectionCaps = "connection-caps"
  /// What is left where nothing was found.
  case soundness

  /// It is asked about flows of this transport.
  public func judges(_ transport: Transport) -> Bool {
    switch self {
    case .silence, .mediaCaps, .endedSilence: transport == .udp
    case .resets, .connectionSilence, .connectionCaps: transport == .tcp
    case .foreignAnswer, .soundness: true
    }
  }
}

/// A threshold as it is in force.
public struct RuleRecord: Sendable, Equatable {
  /// `group.field`.
  public let name: String
  /// The number with its unit.
  public let value: String
  /// Where it comes from.
  public let source: String
  /// The number that was held against it, with its unit; nil where the answer tells none.
  public var seen: String?
  /// What is asked of that number: `at least` or `at most`; nil where nothing is, or the answer says that it did not hold.
  public var asks: String?

  /// A threshold.
  public init(name: String, value: String, source: String) {
    self.name = name
    self.value = value
    self.source = source
  }
}

/// What one detector said of a flow.
public struct DetectorAnswer: Sendable {
  /// Kinds of answers.
  public enum Kind: String, Sendable {
    /// It says what happened.
    case claimed
    /// It names what it lacks.
    case refused
    /// It has nothing to say of such a flow.
    case nothing
    /// Another one had decided before.
    case notAsked = "not-asked"
  }

  /// Who said it.
  public let detector: Detector
  /// What kind of answer it is.
  public let kind: Kind
  /// What it said, before a grade was settled; nil for nothing.
  public let judgment: Judgment?
  /// The thresholds that it goes by in such a case.
  public var rules: [RuleRecord] = []

  /// An answer, if the detector was asked.
  public init(_ detector: Detector, asked judgment: Judgment?) {
    self.detector = detector
    self.judgment = judgment
    kind = judgment.map { $0.outcome == .inconclusive ? .refused : .claimed } ?? .nothing
  }

  /// No answer: it was not asked.
  public init(notAsked detector: Detector) {
    self.detector = detector
    judgment = nil
    kind = .notAsked
  }
}

/// A clue by which a flow's application was recognized.
public struct ClueRecord: Sendable, Equatable {
  /// What was seen.
  public let what: String
  /// How loudly it speaks.
  public let weight: ApplicationGrade
  /// Where the clue comes from; nil where no signature made it.
  public let source: String?
  /// When it was last seen, as 2025-10-31.
  public let seen: String?

  /// A clue.
  public init(what: String, weight: ApplicationGrade, source: String?, seen: String?) {
    self.what = what
    self.weight = weight
    self.source = source
    self.seen = seen
  }
}

/// What a finding lacks for the next grade.
public struct Shortfall: Sendable {
  /// Stable code, snake case.
  public let code: StaticString
  /// How much was there.
  public let seen: Double
  /// How much is needed.
  public let needed: Double
  /// Name of the threshold that asks for it.
  public let rule: String?

  /// Something that lacks.
  public init(_ code: StaticString, seen: Double, needed: Double, rule: String? = nil) {
    self.code = code
    self.seen = seen
    self.needed = needed
    self.rule = rule
  }
}

/// What lies behind a flow's record: how it was recognized, what every detector said, why its grade is no higher.
public struct FlowBackground: Sendable {
  /// Clues that hold, strongest first.
  public var clues: [ClueRecord] = []
  /// Detectors in the order of asking, those that were not asked last.
  public var answers: [DetectorAnswer] = []
  /// What the next grade asks for.
  public var shortfalls: [Shortfall] = []
  /// Thresholds of grades.
  public var gradeRules: [RuleRecord] = []

  /// Nothing known.
  public init() {}
}
