internal import CPcap
internal import Glibc
internal import Wire

/// One interface, opened: a ring that the kernel fills (TPACKET_V3 through libpcap) and that is emptied without waiting.
@safe
final class LiveHandle {
  let name: String
  let linkType: LinkType
  /// Readable when a block of the ring is full, or its time is up.
  let descriptor: Int32
  // Opened in init, closed in deinit, used by one thread at a time.
  private let handle: OpaquePointer
  private var previous = pcap_stat()
  /// Packets that the kernel dropped because the ring was full.
  private(set) var drops: UInt64 = 0
  /// Packets that the kernel saw for us.
  private(set) var received: UInt64 = 0

  /// Time after which a block that is not full is handed over, ms: what a verdict may be late for it.
  static let blockTimeout: Int32 = 100
  /// The same for one of several interfaces: frames of the others wait for it.
  static let shortTimeout: Int32 = 20

  /// Opens an interface; `isOneOfMany`: frames of others are merged with its own. `group`: who shares its packets.
  init(
    _ name: String, _ options: LiveOptions, isOneOfMany: Bool, group: FanoutGroup?
  ) throws(CaptureError) {
    var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // `text` has the size that libpcap asks for.
    let created = unsafe text.withUnsafeMutableBufferPointer { unsafe pcap_create(name, $0.baseAddress) }
    guard let created = unsafe created else {
      throw .cannotCapture(reason: "\(name): \(InterfaceList.string(text))")
    }
    do throws(CaptureError) {
      unsafe try Self.activate(created, name, options, timeout: isOneOfMany ? Self.shortTimeout : Self.blockTimeout)
      if let group, !group.add(unsafe pcap_fileno(created)) {
        throw .cannotCapture(reason: "\(name): --threads: \(Descriptor.reason(errno))")
      }
      // Until the first dispatch, `text` is filled on failure only.
      let failed = unsafe text.withUnsafeMutableBufferPointer { unsafe pcap_setnonblock(created, 1, $0.baseAddress) }
      if failed != 0 { throw .cannotCapture(reason: "\(name): \(InterfaceList.string(text))") }
    } catch {
      unsafe pcap_close(created)
      throw error
    }
    self.name = name
    unsafe handle = created
    linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: unsafe pcap_datalink(created))).canonical
    descriptor = unsafe pcap_get_selectable_fd(created)
  }

  deinit { unsafe pcap_close(handle) }

  private static func activate(
    _ handle: OpaquePointer, _ name: String, _ options: LiveOptions, timeout: Int32
  ) throws(CaptureError) {
    unsafe pcap_set_snaplen(handle, Int32(clamping: options.snaplen))
    unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
    unsafe pcap_set_timeout(handle, timeout)
    unsafe pcap_set_buffer_size(handle, Int32(clamping: options.ringBytes))
    unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
    let status = unsafe pcap_activate(handle)
    if status < 0 {
      let detail = unsafe String(cString: pcap_geterr(handle))
      let meaning = unsafe String(cString: pcap_statustostr(status))
      var reason = "\(name): \(meaning)" + (detail.isEmpty || detail == meaning ? "" : " (\(detail))")
      if status == PCAP_ERROR_PERM_DENIED { reason += "; capturing needs root or CAP_NET_RAW, try sudo" }
      if status == PCAP_ERROR_NO_SUCH_DEVICE { reason += "; -D lists the interfaces" }
      throw .cannotCapture(reason: reason)
    }
    // Its newer header names the interface of each frame; where there is none the older one does.
    if name == "any" { _ = unsafe pcap_set_datalink(handle, Int32(LinkType.linuxSLL2.rawValue)) }
    if options.direction != .both {
      let wanted = options.direction == .incoming ? PCAP_D_IN : PCAP_D_OUT
      if unsafe pcap_setdirection(handle, wanted) != 0 {
        throw .cannotCapture(reason: "\(name): -Q: \(unsafe String(cString: pcap_geterr(handle)))")
      }
    }
    guard let filter = options.filter else { return }
    var program = unsafe bpf_program()
    // The program lives on this stack; the kernel and libpcap copy it.
    guard unsafe pcap_compile(handle, &program, filter, 1, 0xFFFF_FFFF) == 0 else {
      throw .badFilter(expression: filter, reason: unsafe String(cString: pcap_geterr(handle)))
    }
    let failed = unsafe pcap_setfilter(handle, &program) != 0
    unsafe pcap_freecode(&program)
    if failed { throw .badFilter(expression: filter, reason: unsafe String(cString: pcap_geterr(handle))) }
  }

  /// How the emptying of a ring ended.
  enum Step: Equatable {
    case took(Int)
    /// The interface is gone; the reason is libpcap's.
    case gone(String)
  }

  /// Hands at most `most` frames to `callback`, without waiting.
  func dispatch(_ most: Int32, _ callback: pcap_handler, _ context: UnsafeMutablePointer<UInt8>) -> Step {
    // The callback uses `context` during the call only, and the caller keeps what lies there alive for it.
    let count = unsafe pcap_dispatch(handle, most, callback, context)
    if count >= 0 { return .took(Int(count)) }
    return .gone(unsafe String(cString: pcap_geterr(handle)))
  }

  /// Asks the kernel what it dropped. Its counters are 32 bits wide and may wrap.
  func readStatistics() {
    var now = pcap_stat()
    guard unsafe pcap_stats(handle, &now) == 0 else { return }
    drops &+= UInt64(now.ps_drop &- previous.ps_drop)
    received &+= UInt64(now.ps_recv &- previous.ps_recv)
    previous = now
  }
}
