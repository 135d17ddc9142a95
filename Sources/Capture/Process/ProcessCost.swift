// Types of the C library that libpcap's header names too belong to whichever module a compile job reads first.
internal import CPcap
internal import Glibc

/// What the process has cost so far.
public struct ProcessCost: Sendable {
  /// Monotonic clock, ns.
  public let now: Int64
  /// Peak resident set, bytes.
  public let peakResidentBytes: UInt64

  /// Reads clock and resource usage.
  public init() {
    var time = timespec()
    var usage = rusage()
    // Both calls fill the local value they are given and keep no pointer.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    peakResidentBytes = UInt64(max(0, usage.ru_maxrss)) * 1024
  }

  /// A seed for hash tables that an attacker cannot know; what is reported never depends on it.
  public static func randomSeed() -> UInt64 { UInt64.random(in: .min ... .max) }
}
