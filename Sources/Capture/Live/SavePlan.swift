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
    // A quota is kept by whole files: a long recording has to have several.
    if let most = fileBytes ?? quota.map({ $0 / 4 }), bytes >= most { return true }
    if let fileTime, time - start >= fileTime { return true }
    return false
  }

  /// Places of the oldest files that have to go, of files in the order of their age. The newest stays, whatever its size, and so do
  /// those that are `kept`: they are being written to.
  public func surplus(_ sizes: [Int], kept: Set<Int> = []) -> [Int] {
    var count = sizes.count
    var total = sizes.reduce(0, +)
    var places: [Int] = []
    for place in sizes.indices.dropLast() where !kept.contains(place) {
      let tooMany = fileCount.map { count > $0 } ?? false
      let tooMuch = quota.map { total > $0 } ?? false
      if !tooMany && !tooMuch { break }
      total -= sizes[place]
      count -= 1
      places.append(place)
    }
    return places
  }
}
