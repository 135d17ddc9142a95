internal import CPcap
internal import Glibc
public import Wire

/// Frames from interfaces, as they come.
///
/// Frames are copied once, from the kernel's ring into a block that stays in the second-level cache: libpcap gives a ring
/// block back before its last frames could be lent, and the copy of some 200 bytes costs less than a cache miss.
///
/// Frames of several interfaces are lent in the order of their times. A ring hands a block over when it is full or its time
/// is up, so a frame waits for what the other rings may still bring: `lag` at most. What several interfaces show of one
/// packet is lent once.
@safe
public final class LiveSource {
  private let handles: [LiveHandle]
  private var requests: [pollfd]
  private var isGone: [Bool]
  /// The kernel said that it is down, and nothing came since.
  private var isDown: [Bool]
  /// When each was asked for frames last, ns of a clock that is never set.
  private var askedAt: [Int64]
  private let batch: LiveBatch
  /// By interface: nothing earlier will come of it.
  private var bounds: [Int64]
  /// When something was lent last, by the monotonic clock.
  private var lentAt = Clock.monotonic
  /// What was said when an interface was lost.
  public private(set) var losses: [String] = []

  /// ns that a ring with little traffic may hold a frame back: three times the timeout of its blocks, which begin at
  /// no fixed time.
  private static let lag: Int64 = 3 * Int64(LiveHandle.shortTimeout) * 1_000_000
  /// ns after which what waits is lent whatever the times say: the clock was set.
  private static let patience: Int64 = 1_000_000_000

  /// Opens interfaces; nothing is read yet.
  public convenience init(_ options: LiveOptions) throws(CaptureError) {
    try self.init(options, numbers: FrameNumbers(), groups: nil)
  }

  private init(_ options: LiveOptions, numbers: FrameNumbers, groups: [FanoutGroup]?) throws(CaptureError) {
    var handles: [LiveHandle] = []
    for (index, name) in options.interfaces.enumerated() {
      handles.append(
        try LiveHandle(name, options, isOneOfMany: options.interfaces.count > 1, group: groups?[index]))
    }
    self.handles = handles
    requests = handles.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    isGone = handles.map { _ in false }
    isDown = isGone
    askedAt = isGone.map { _ in 0 }
    bounds = handles.map { _ in .min }
    batch = LiveBatch(
      snaplen: options.snaplen, regions: handles.count, numbers: numbers,
      hasCopies: handles.count > 1 || options.interfaces.contains("any"))
  }

  /// Opens interfaces once for each of several workers, among whom the kernel shares packets out by flow. Frames that came
  /// before all were there are left out: some of their flows are another worker's by now.
  public static func open(_ options: LiveOptions, workers: Int) throws(CaptureError) -> [LiveSource] {
    guard workers > 1 else { return [try LiveSource(options)] }
    let numbers = FrameNumbers()
    let groups = options.interfaces.map { _ in FanoutGroup() }
    var sources: [LiveSource] = []
    for _ in 0..<workers { sources.append(try LiveSource(options, numbers: numbers, groups: groups)) }
    let now = Clock.wall
    for source in sources { source.batch.leaveOut(before: now) }
    return sources
  }

  /// Link types of the interfaces, each once.
  public var linkTypes: [LinkType] {
    var types: [LinkType] = []
    for handle in handles where !types.contains(handle.linkType) { types.append(handle.linkType) }
    return types
  }
  /// Name by interface.
  public var names: [String] { handles.map(\.name) }

  /// No interface is left.
  public var hasEnded: Bool { isGone.allSatisfy { $0 } }

  /// Packets that the kernel dropped since the start.
  public func drops() -> UInt64 {
    for handle in handles { handle.readStatistics() }
    return handles.reduce(0) { $0 &+ $1.drops }
  }

  /// Packets that several interfaces showed, and that were lent once.
  public var copied: UInt64 { batch.copied }

  /// Waits for frames, `milliseconds` at most and no longer than a signal allows, and lends what is there in a block of up
  /// to 256 frames for each interface. The spans end with the call. False if nothing came.
  public func lend(waiting milliseconds: Int32, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) -> Bool {
    if handles.count > 1 { return lendMerged(waiting: milliseconds, body) }
    guard !isGone[0] else { return false }
    requests[0].revents = 0
    guard wait(milliseconds) || isDown[0] || isDue(0), fill(0) else { return false }
    return batch.lend(0, body)
  }

  private func lendMerged(waiting milliseconds: Int32, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) -> Bool {
    var longest = milliseconds
    if let earliest = batch.earliest {
      // A ring whose frames wait is not asked: it would answer at once.
      let due = (earliest &+ Self.lag &- Clock.wall) / 1_000_000 + 1
      longest = Int32(clamping: min(Int64(milliseconds), max(0, due)))
    }
    for index in handles.indices {
      requests[index].fd = isGone[index] || !batch.isEmpty(index) ? -1 : handles[index].descriptor
      requests[index].revents = 0
    }
    _ = wait(longest)
    for index in handles.indices where !isGone[index] && batch.isEmpty(index) {
      let before = Clock.wall
      if requests[index].revents == 0 && !isDown[index] && !isDue(index) || !fill(index) {
        bounds[index] = before &- Self.lag
      }
      if let latest = batch.latest(index), !batch.isEmpty(index) { bounds[index] = latest }
    }
    for index in handles.indices where isGone[index] { bounds[index] = .max }
    let now = Clock.monotonic
    // Nothing waits: patience begins with the next frame.
    if batch.earliest == nil { lentAt = now }
    let limits = now &- lentAt > Self.patience ? bounds.map { _ in Int64.max } : bounds
    guard batch.lendMerged(bounds: limits, body) else { return false }
    lentAt = now
    return true
  }

  /// It was not asked for a second: that an interface was removed while frames of before waited is told by libpcap alone.
  private func isDue(_ index: Int) -> Bool { Clock.monotonic &- askedAt[index] >= 1_000_000_000 }

  private func wait(_ milliseconds: Int32) -> Bool {
    // One structure for each handle; the kernel writes no further than `count` of them.
    let ready = unsafe requests.withUnsafeMutableBufferPointer { requests in
      unsafe poll(requests.baseAddress, nfds_t(requests.count), milliseconds)
    }
    return ready > 0
  }

  /// Takes what an interface has ready; false if that is nothing.
  private func fill(_ index: Int) -> Bool {
    askedAt[index] = Clock.monotonic
    switch batch.fill(index, from: handles[index]) {
    case .took(let count):
      // That it was removed while it was down is told to nobody: libpcap looks by itself, each time it is asked.
      isDown[index] = count == 0 && (isDown[index] || requests[index].revents & Int16(POLLERR) != 0)
      // An interface that is down reports an error at once, again and again: wait for it without spinning.
      if count == 0, requests[index].revents & Int16(POLLERR) != 0 { usleep(handles.count > 1 ? 10_000 : 100_000) }
      return count > 0
    case .gone(let reason):
      isGone[index] = true
      requests[index].fd = -1
      losses.append("\(handles[index].name): \(reason)")
      return false
    }
  }
}
