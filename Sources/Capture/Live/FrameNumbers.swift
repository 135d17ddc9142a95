internal import Synchronization

/// Numbers of a run's frames, each given once, whoever takes them.
public final class FrameNumbers: Sendable {
  private let given = Atomic<UInt64>(0)

  /// None was given.
  public init() {}

  /// The first of `count` numbers in a row.
  func take(_ count: Int) -> UInt64 {
    given.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue &+ 1
  }
}
