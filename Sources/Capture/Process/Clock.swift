// Types of the C library that libpcap's header names too belong to whichever module a compile job reads first.
internal import CPcap
internal import Glibc

/// Times for people and for waiting.
public enum Clock {
  /// Reads the time zone's rules: before the process may no longer open files.
  public static func prepare() { tzset() }

  /// Monotonic, ns.
  public static var monotonic: Int64 {
    var time = timespec()
    // Fills the local value and keeps no pointer.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Time of day as packets are stamped with, ns since the epoch.
  public static var wall: Int64 {
    var time = timespec()
    // Fills the local value and keeps no pointer.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Does nothing for so many ns, or until a signal comes.
  public static func rest(_ nanoseconds: Int64) {
    var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    // Reads the local value; what is left of it is not asked for.
    _ = unsafe nanosleep(&time, nil)
  }

  /// Time of day, `15:42:07`, in the local zone; `time` in ns since the epoch.
  public static func timeOfDay(_ time: Int64) -> String {
    let parts = unsafe parts(time)
    return unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
  }

  /// Date and time for a file's name, `20261128-154207`, in the local zone.
  public static func stamp(_ time: Int64) -> String {
    let parts = unsafe parts(time)
    return unsafe String(parts.tm_year + 1900) + twoDigits(parts.tm_mon + 1) + twoDigits(parts.tm_mday) + "-"
      + [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined()
  }

  private static func parts(_ time: Int64) -> tm {
    var seconds = time_t(time / 1_000_000_000)
    var parts = unsafe tm()
    // Both are local values; nothing is kept.
    _ = unsafe localtime_r(&seconds, &parts)
    return unsafe parts
  }

  private static func twoDigits(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
