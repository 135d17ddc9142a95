internal import CPcap

/// The interfaces of this machine that can be captured from.
public struct InterfaceList {
  /// An interface.
  public struct Entry: Sendable {
    /// Its name, for `-i`.
    public let name: String
    /// What libpcap says of it, if anything.
    public let description: String?
    /// It is up.
    public let isUp: Bool
    /// It is the loopback interface.
    public let isLoopback: Bool
  }

  /// In libpcap's order: the likeliest first.
  public let entries: [Entry]

  /// Asks libpcap.
  public init() throws(CaptureError) {
    var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    var first: UnsafeMutablePointer<pcap_if_t>?
    // `text` has the size that libpcap asks for; the list is freed below, and nothing of it is kept.
    let failed = unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe pcap_findalldevs(&first, text.baseAddress) != 0
    }
    if failed { throw .cannotCapture(reason: Self.string(text)) }
    var entries: [Entry] = []
    var next = unsafe first
    while let interface = unsafe next {
      let flags = unsafe interface.pointee.flags
      unsafe entries.append(
        Entry(
          name: String(cString: interface.pointee.name),
          description: interface.pointee.description.map { unsafe String(cString: $0) },
          isUp: flags & UInt32(PCAP_IF_UP) != 0, isLoopback: flags & UInt32(PCAP_IF_LOOPBACK) != 0))
      unsafe next = interface.pointee.next
    }
    unsafe pcap_freealldevs(first)
    self.entries = entries
  }

  /// Text of a buffer that C filled.
  static func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
