internal import CSystem

/// What becomes of memory that is given up.
public enum ProcessMemory {
  /// Large blocks go back to the kernel when they are freed, for as long as the process lives.
  ///
  /// Without, glibc raises the size from which it does so to that of the largest block freed, up to 32 MiB, and keeps what
  /// is smaller (mallopt(3)): a run that copies its state from time to time would hold twice as much for ever. The smallest
  /// chunks of which there are many, those of passages and traces, have 128 KiB.
  public static func giveBackAtOnce() {
    ringback_return_memory(64 << 10)
  }
}
