internal import CPcap
internal import Glibc
public import Wire

/// Frames from interfaces, as they come.
///
/// Frames are copied once, from the kernel's ring into a block that stays in the second-level cache: libpcap gives a ring
/// block back before its last frames could be lent, and the copy of some 200 bytes costs less than a cache miss.
@safe
public final class LiveSource {
  private let handles: [LiveHandle]
  private var requests: [pollfd]
  private var isGone: [Bool]
  private let batch: LiveBatch
  private var next = 0
  /// What was said when an interface was lost.
  public private(set) var losses: [String] = []

  /// Opens interfaces; nothing is read yet.
  public init(_ options: LiveOptions) throws(CaptureError) {
    var handles: [LiveHandle] = []
    for name in options.interfaces { handles.append(try LiveHandle(name, options)) }
    self.handles = handles
    requests = handles.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    isGone = handles.map { _ in false }
    batch = LiveBatch(snaplen: options.snaplen)
  }

  /// Link types of the interfaces, each once.
  public var linkTypes: [LinkType] {
    var types: [LinkType] = []
    for handle in handles where !types.contains(handle.linkType) { types.append(handle.linkType) }
    return types
  }

  /// Link type by interface.
  public var linkTypeByInterface: [LinkType] { handles.map(\.linkType) }
  /// Name by interface.
  public var names: [String] { handles.map(\.name) }

  /// No interface is left.
  public var hasEnded: Bool { isGone.allSatisfy { $0 } }

  /// Packets that the kernel dropped since the start.
  public func drops() -> UInt64 {
    for handle in handles { handle.readStatistics() }
    return handles.reduce(0) { $0 &+ $1.drops }
  }

  /// Waits for frames, `milliseconds` at most and no longer than a signal allows, and lends what is there in blocks of up
  /// to 256 frames, one for each interface. The spans end with the call. False if nothing came.
  public func lend(waiting milliseconds: Int32, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) -> Bool {
    // One structure for each handle; the kernel writes no further than `count` of them.
    let ready = unsafe requests.withUnsafeMutableBufferPointer { requests in
      unsafe poll(requests.baseAddress, nfds_t(requests.count), milliseconds)
    }
    guard ready > 0 else { return false }
    var came = false
    for index in handles.indices where requests[index].revents != 0 && !isGone[index] {
      switch batch.fill(from: handles[index], interface: index) {
      case .took(let count):
        if count == 0 {
          // An interface that is down reports an error at once, again and again: wait for it without spinning.
          if requests[index].revents & Int16(POLLERR) != 0 { usleep(100_000) }
          continue
        }
        came = true
        batch.lend(body)
      case .gone(let reason):
        isGone[index] = true
        requests[index].fd = -1
        losses.append("\(handles[index].name): \(reason)")
      }
    }
    return came
  }
}
