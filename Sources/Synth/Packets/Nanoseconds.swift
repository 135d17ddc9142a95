/// Time in whole nanoseconds: since the Unix epoch in frames, since the start in scripts.
public typealias Nanoseconds = Int64

extension Nanoseconds {
  /// So many microseconds.
  public static func microseconds(_ count: Int) -> Nanoseconds { Nanoseconds(count) * 1_000 }

  /// So many milliseconds.
  public static func milliseconds(_ count: Int) -> Nanoseconds { Nanoseconds(count) * 1_000_000 }

  /// So many seconds.
  public static func seconds(_ count: Int) -> Nanoseconds { Nanoseconds(count) * 1_000_000_000 }
}
