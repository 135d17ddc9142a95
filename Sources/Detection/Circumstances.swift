public import Settings

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

  /// What is known of a capture.
  public init(_ around: Surroundings, _ thresholds: Thresholds, _ replication: Replication = Replication()) {
    self.around = around
    self.thresholds = thresholds
    self.replication = replication
  }
}
