/// When a file is continued in another, and which files have to go: the meanings of tcpdump's -C, -G and -W, and a quota.
public struct SavePlan: Sendable, Equatable {
  /// -C: bytes after which a file is continued in another; nil for no limit.
  public var fileBytes: Int?
  /// -G: ns after which it is.
  public var fileTime: Int64?
  /// -W: most files kept; the oldest goes.
  public var fileCount: Int?
  /// Most bytes of all files; the oldest goes.
  public var quota: Int?

  /// No limit at all.
  public init() {}

  /// A file with so many bytes, begun at `start`, takes no frame of `time` any more.
  public func isFull(bytes: Int, start: Int64, time: Int64) -> Bool {
    if let fileBytes, bytes >= fileBytes { return true }
    if let fileTime, time - start >= fileTime { return true }
    return false
  }

  /// How many of the oldest files have to go. The newest stays, whatever its size.
  public func surplus(_ sizes: [Int]) -> Int {
    var count = 0
    var total = sizes.reduce(0, +)
    while count < sizes.count - 1 {
      let tooMany = fileCount.map { sizes.count - count > $0 } ?? false
      let tooMuch = quota.map { total > $0 } ?? false
      if !tooMany && !tooMuch { break }
      total -= sizes[count]
      count += 1
    }
    return count
  }

  /// Name of the `part`th file of a recording: the first has the recording's own name.
  public static func name(_ recording: String, part: Int) -> String {
    part == 0 ? recording + ".pcapng" : recording + "-\(part).pcapng"
  }
}
