public import Settings
public import Verdict

/// What a detector knows beside the flow itself.
///
/// By reference: surroundings and limits weigh kilobytes, and as values they would be copied for every flow.
public final class Circumstances: Sendable {
  /// The rest of the capture.
  public let around: Surroundings
  /// The numbers that decide.
  public let thresholds: Thresholds

  /// What the capture's findings say together.
  public let replication: Replication

  /// When the capture dropped packets, where that is known: then `around.drops` is 0, and `ifLossy` counts for verdicts in
  /// whose time some were.
  private let losses: CaptureLosses?
  private let ifLossy: Surroundings?

  /// What is known of a capture. `losses`: when it dropped packets; without, `around.drops` counts at all times.
  public init(
    _ around: Surroundings, _ thresholds: Thresholds, _ replication: Replication = Replication(),
    losses: CaptureLosses? = nil
  ) {
    var quiet = around
    if losses != nil { quiet.drops = 0 }
    self.around = quiet
    self.thresholds = thresholds
    self.replication = replication
    self.losses = losses
    var lossy: Surroundings?
    if let losses, losses.total > 0 {
      lossy = around
      lossy?.drops = losses.total
    }
    ifLossy = lossy
  }

  private init(_ around: Surroundings, of other: Circumstances) {
    self.around = around
    thresholds = other.thresholds
    replication = other.replication
    losses = nil
    ifLossy = nil
  }

  /// The circumstances under which a verdict must be given again: it rests on what was not seen, and the capture dropped
  /// packets meanwhile. Nil if it stands.
  public func doubted(_ judgment: Judgment, of flow: FlowObservation) -> Circumstances? {
    // Whether there are any is asked first: unwrapped, they are copied.
    guard losses != nil, judgment.isFinding || judgment.outcome == .degraded, let losses, let ifLossy else {
      return nil
    }
    let count = losses.count(behind: judgment, of: flow)
    guard count > 0 else { return nil }
    var around = ifLossy
    around.drops = count
    return Circumstances(around, of: self)
  }
}
