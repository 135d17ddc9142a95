/// How fast one direction of a flow went, second by second.
public struct RateSummary: Sendable {
  /// Capture it is in, as given.
  public var capture: String
  /// The flow's id.
  public var flow: UInt64
  /// Client and server.
  public var client: EndpointRecord
  /// Server.
  public var server: EndpointRecord
  /// Transport.
  public var transport: Transport
  /// Application, if known.
  public var application: Application?
  /// Whole seconds that were compared.
  public var seconds: Int
  /// Mean, IP bit/s.
  public var mean: Double
  /// Median of the seconds, IP bit/s.
  public var median: Double
  /// Packets missing, of TCP sent again, 0 to 1; nil if nothing tells.
  public var loss: Double?
  /// What was found of the flow; nil if nothing was.
  public var finding: (outcome: Outcome, mechanism: Mechanism?, grade: Grade)?
  /// The capture holds packets twice.
  public var hasTwins: Bool

  /// A summary.
  public init(
    _ flow: FlowRecord, capture: String, seconds: Int, mean: Double, median: Double, loss: Double?,
    hasTwins: Bool = false
  ) {
    self.capture = capture
    self.flow = flow.id
    client = flow.client
    server = flow.server
    transport = flow.transport
    application = flow.application
    self.seconds = seconds
    self.mean = mean
    self.median = median
    self.loss = loss
    self.hasTwins = hasTwins
    let verdict = flow.verdict
    if verdict.isFinding { finding = (verdict.outcome, verdict.mechanism, verdict.grade) }
  }
}

/// What a comparison of two flows' rates says.
public enum ComparisonDecision: String, Sendable, CaseIterable {
  /// Means, distributions and the shift between them say that they differ.
  case different
  /// Means and shift are near each other.
  case same
  /// Neither.
  case inconclusive
  /// Too few seconds to say more than which was faster.
  case tooFew = "too_few"
}

/// A `comparison` line: the rates of two flows, in one capture or two.
public struct ComparisonRecord: Sendable {
  /// The flow in question.
  public var a: RateSummary
  /// What it is compared with.
  public var b: RateSummary
  /// Direction, as seen from the clients.
  public var direction: Direction
  /// Mean of b less that of a, over the larger; -1 to 1.
  public var area: Double
  /// Largest distance of the two distributions, 0 to 1.
  public var distance: Double
  /// Two-sided p of the Kolmogorov-Smirnov test.
  public var p: Double
  /// Hodges-Lehmann estimate of b less a, bit/s, and its 95 % interval; nil for too few seconds.
  public var shift: (estimate: Double, low: Double, high: Double)?
  /// Area beyond which there is a difference.
  public var leastArea: Double
  /// p below which there is one.
  public var leastP: Double
  /// What follows.
  public var decision: ComparisonDecision
  /// Time of one sample, s.
  public var step: Double

  /// A comparison.
  public init(
    a: RateSummary, b: RateSummary, direction: Direction, area: Double, distance: Double, p: Double,
    shift: (estimate: Double, low: Double, high: Double)?, leastArea: Double, leastP: Double,
    decision: ComparisonDecision, step: Double = 1
  ) {
    self.step = step
    self.a = a
    self.b = b
    self.direction = direction
    self.area = area
    self.distance = distance
    self.p = p
    self.shift = shift
    self.leastArea = leastArea
    self.leastP = leastP
    self.decision = decision
  }
}
