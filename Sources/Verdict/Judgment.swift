/// One observation behind a verdict, with the frames that show it.
public struct Evidence: Sendable {
  /// Most frames an item may cite (the record format's limit).
  public static let frameLimit = 50

  /// Stable code, snake case.
  public let code: StaticString
  /// What was seen, with its numbers.
  public let detail: Phrase
  /// 1-based frame numbers, ascending, at most `frameLimit`.
  public let frames: [UInt64]
  /// Joined captures: the piece that the frame numbers belong to.
  public let file: String?
  /// It tells of a control, which is the same for every flow of a call.
  public let isControl: Bool

  /// An item; frames beyond the limit are cut.
  public init(
    _ code: StaticString, _ detail: Phrase, frames: [UInt64] = [], file: String? = nil, isControl: Bool = false
  ) {
    self.code = code
    self.detail = detail
    self.file = file
    self.isControl = isControl
    self.frames = frames.count > Self.frameLimit ? Array(frames.prefix(Self.frameLimit)) : frames
  }

  /// The same in a capture that holds some of the packets, under other numbers.
  public func renumbered(_ number: (UInt64) -> UInt64?) -> Evidence {
    Evidence(
      code, detail.renumbered(number), frames: frames.compactMap(number).sorted(), file: file, isControl: isControl)
  }
}

/// What was missing for a verdict.
public struct Gap: Sendable {
  /// Stable code, snake case.
  public let code: StaticString
  /// How much was there.
  public let seen: Double
  /// How much is needed.
  public let needed: Double

  /// A named refusal.
  public init(_ code: StaticString, seen: Double, needed: Double) {
    self.code = code
    self.seen = seen
    self.needed = needed
  }

  /// Its code is one of these.
  public func isOne(of codes: StaticString...) -> Bool { isOne(of: codes) }

  /// The same of a list.
  public func isOne(of codes: [StaticString]) -> Bool { codes.contains { code.isSame(as: $0) } }
}

/// For `ok`: the smallest effect that would have been seen.
public struct Power: Sendable {
  /// Kind of effect, snake case, with its unit.
  public let effect: StaticString
  /// Its size.
  public let value: Double

  /// A power statement.
  public init(_ effect: StaticString, _ value: Double) {
    self.effect = effect
    self.value = value
  }
}

/// A statistical test that was made.
public struct StatisticalTest: Sendable {
  /// Name of the test.
  public let name: StaticString
  /// Independent trials in the test group.
  public let trials: Int
  /// p-value, one-sided.
  public let p: Double
  /// How many flows were examined with this test in this report.
  public let examined: Int

  /// A test result.
  public init(_ name: StaticString, trials: Int, p: Double, examined: Int) {
    self.name = name
    self.trials = trials
    self.p = p
    self.examined = examined
  }
}

/// An innocent cause that was looked for, and what was found.
public struct Excluder: Sendable {
  /// Result of looking for an innocent cause.
  public enum Result: String, Sendable {
    /// Looked for and not found: the cause is excluded.
    case excluded
    /// Found: the cause explains or may explain what was seen.
    case present
    /// This capture cannot tell.
    case unknown
  }

  /// Name of the cause.
  public let name: StaticString
  /// What was found.
  public let result: Result

  /// An excluder with its result.
  public init(_ name: StaticString, _ result: Result) {
    self.name = name
    self.result = result
  }
}

/// A span of capture time, nanoseconds since the epoch.
public struct TimeWindow: Sendable, Equatable, BitwiseCopyable {
  /// First moment.
  public let first: Int64
  /// Last moment.
  public let last: Int64

  /// A window.
  public init(first: Int64, last: Int64) {
    self.first = first
    self.last = last
  }
}

/// Estimated bandwidth cap with its uncertainty.
public struct CapEstimate: Sendable {
  /// Lower end of the interval, bit/s.
  public let low: Int64
  /// Upper end of the interval, bit/s.
  public let high: Int64
  /// Token bucket size, bytes; nil if unknown.
  public let bucket: Int?

  /// An interval.
  public init(low: Int64, high: Int64, bucket: Int?) {
    self.low = low
    self.high = high
    self.bucket = bucket
  }
}

/// A second phenomenon on the same flow.
public struct Secondary: Sendable {
  /// What happened.
  public let outcome: Outcome
  /// How.
  public let mechanism: Mechanism?
  /// Which direction.
  public let direction: Direction?
  /// When.
  public let window: TimeWindow?

  /// A second phenomenon.
  public init(outcome: Outcome, mechanism: Mechanism?, direction: Direction?, window: TimeWindow?) {
    self.outcome = outcome
    self.mechanism = mechanism
    self.direction = direction
    self.window = window
  }
}

/// What is said of a flow or a call. Made by `Detection` and `Analysis` only; written by `Report`.
///
/// Most flows are `ok` or `inconclusive`: for them this is a plain value. What only findings have lies aside, in a place of
/// its own that is made with the first of it.
public struct Judgment: Sendable {
  /// What happened.
  public var outcome: Outcome
  /// How, if known.
  public var mechanism: Mechanism?
  /// Which direction suffered.
  public var direction: Direction?
  /// Who did it; nil for ok and inconclusive.
  public var attribution: Attribution?
  /// How sure.
  public var grade: Grade
  /// Layer that was hit while lower ones went on.
  public var scope: Scope?
  /// 0...1, nil for inconclusive.
  public var score: Double?
  /// Share lost towards the server; nil where the capture point cannot see it.
  public var lossUp: Double?
  /// Share lost towards the client; nil where the capture point cannot see it.
  public var lossDown: Double?
  /// One plain sentence with the numbers in it.
  public var reason: Phrase
  /// What was missing; required for inconclusive.
  public var gap: Gap?
  /// For ok: the smallest effect that would have been seen.
  public var power: Power?
  @usableFromInline var aside: Aside?

  /// A verdict; the rest is set by the detector that makes it.
  @inlinable
  public init(_ outcome: Outcome, _ mechanism: Mechanism? = nil, grade: Grade, reason: Phrase) {
    self.outcome = outcome
    self.mechanism = mechanism
    self.grade = grade
    self.reason = reason
  }

  /// Becomes another verdict in its place: a quarter of a kilobyte that is made elsewhere has to be moved here.
  @inlinable
  public mutating func renew(_ outcome: Outcome, grade: Grade, reason: Phrase) {
    self.outcome = outcome
    self.grade = grade
    self.reason = reason
    mechanism = nil
    direction = nil
    attribution = nil
    scope = nil
    score = nil
    lossUp = nil
    lossDown = nil
    gap = nil
    power = nil
    if aside != nil { aside = nil }
  }

  /// True where something wrong was done to the flow: not for ok, inconclusive, degraded, or an endpoint's own end.
  @inlinable
  public var isFinding: Bool {
    switch outcome {
    case .ok, .inconclusive, .degraded: false
    case .reset: mechanism != .resetEndpoint && mechanism != .resetRefused
    case .dropped, .capped: true
    }
  }
}

extension Judgment {
  /// What few verdicts have, and what of it there is.
  struct Details: Sendable {
    var capRate: Int64?
    var window: TimeWindow?
    var cap: CapEstimate?
    var evidence: [Evidence] = []
    var tests: [StatisticalTest] = []
    var excluders: [Excluder] = []
    var also: [Secondary] = []
    var alternatives: [StaticString] = []
    var exchanged: (packets: UInt64, payload: UInt64, last: Int64)?
  }

  /// Holds details; never changed, so that verdicts may share it.
  @usableFromInline
  final class Aside: Sendable {
    let details: Details

    init(_ details: Details) { self.details = details }
  }

  private var details: Details {
    get { aside?.details ?? Details() }
    set { aside = Aside(newValue) }
  }

  /// True if there is neither evidence nor anything else that only findings have.
  public var isPlain: Bool { aside == nil }

  /// The cap, bit/s of IP bytes.
  public var capRate: Int64? {
    get { aside?.details.capRate }
    set { details.capRate = newValue }
  }
  /// When the interference was seen.
  public var window: TimeWindow? {
    get { aside?.details.window }
    set { details.window = newValue }
  }
  /// Cap interval.
  public var cap: CapEstimate? {
    get { aside?.details.cap }
    set { details.cap = newValue }
  }
  /// What shows it.
  public var evidence: [Evidence] {
    get { aside?.details.evidence ?? [] }
    set { details.evidence = newValue }
  }
  /// Statistical tests made.
  public var tests: [StatisticalTest] {
    get { aside?.details.tests ?? [] }
    set { details.tests = newValue }
  }
  /// Innocent causes looked for.
  public var excluders: [Excluder] {
    get { aside?.details.excluders ?? [] }
    set { details.excluders = newValue }
  }
  /// A second phenomenon.
  public var also: [Secondary] {
    get { aside?.details.also ?? [] }
    set { details.also = newValue }
  }
  /// Packets and payload bytes of both directions until a silence, and the server's last packet before it, ns since the epoch: what
  /// silences are held against each other by. Not written.
  public var exchanged: (packets: UInt64, payload: UInt64, last: Int64)? {
    get { aside?.details.exchanged }
    set { details.exchanged = newValue }
  }
  /// Innocent explanations that were not excluded, by name.
  public var alternatives: [StaticString] {
    get { aside?.details.alternatives ?? [] }
    set { details.alternatives = newValue }
  }

  /// An innocent cause that nothing here excludes.
  public mutating func leaveOpen(_ name: StaticString) {
    reopen(name)
    alternatives.append(name)
  }

  /// What of innocent causes was looked for is not known after all.
  public mutating func reopen(_ names: StaticString...) { settle(names, .unknown) }

  /// It is told as another explanation.
  public func hasAlternative(_ name: StaticString) -> Bool { alternatives.contains { $0.isSame(as: name) } }

  /// It was looked for, and excluded.
  public func hasExcluded(_ name: StaticString) -> Bool {
    excluders.contains { $0.name.isSame(as: name) && $0.result == .excluded }
  }

  /// It was looked for, and is not known.
  public func isOpen(_ name: StaticString) -> Bool {
    excluders.contains { $0.name.isSame(as: name) && $0.result == .unknown }
  }

  /// Innocent causes that further evidence has excluded: those of them that were looked for, and no explanations any more.
  public mutating func exclude(_ names: StaticString...) {
    settle(names, .excluded)
    alternatives.removeAll { name in names.contains { $0.isSame(as: name) } }
  }

  private mutating func settle(_ names: [StaticString], _ result: Excluder.Result) {
    excluders = excluders.map { excluder in
      names.contains { $0.isSame(as: excluder.name) } ? Excluder(excluder.name, result) : excluder
    }
  }
}

extension StaticString {
  /// The same text.
  public func isSame(as other: StaticString) -> Bool { description == other.description }
}
