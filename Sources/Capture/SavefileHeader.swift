internal import CPcap
internal import CSystem
internal import Glibc
internal import Wire

/// The 24-byte header of a classic capture, checked by libpcap itself.
///
///     magic(4) major(2) minor(2) thiszone(4) sigfigs(4) snaplen(4) linktype(4)      pcap-savefile(5)
struct SavefileHeader {
  static let length = 24
  /// Bytes of a frame libpcap would hand out at most (its adjusted snapshot length).
  let snapshot: UInt32
  /// Bytes of a frame libpcap considers sane for this link type.
  let limit: UInt32
  let linkType: LinkType
  /// Its number in the file, which may be one that only some systems give it.
  let linkNumber: UInt16
  /// The snaplen field as it is.
  let snaplenField: UInt32
  /// The snaplen field, nil if it means "no limit".
  let snaplen: UInt32?
  let isSwapped: Bool
  let magic: UInt32
  let minor: UInt16
  let major: UInt16

  /// Reads the header, or says in libpcap's words why not. `bytes` are the first of the file, as many as there are.
  init(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
    let snapshot = unsafe try Self.withHandle(over: bytes) { handle in unsafe UInt32(max(0, pcap_snapshot(handle))) }
    guard bytes.count >= Self.length else { throw Refusal(reason: "cut inside its file header") }
    let first = unsafe bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
    let swapped = ![Magic.micro, Magic.nano, Magic.kuznetzov].contains(UInt32(littleEndian: first))
    // Every load below ends at byte 24 or before it, and the guard above counted 24.
    func word(_ offset: Int) -> UInt32 {
      let value = UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      return swapped ? value.byteSwapped : value
    }
    func half(_ offset: Int) -> UInt16 {
      let value = UInt16(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
      return swapped ? value.byteSwapped : value
    }
    // The upper six bits say how long a frame check sequence is; libpcap masks them off the same way.
    let type = word(20) & 0x03FF_FFFF
    guard let number = UInt16(exactly: type) else { throw Refusal(reason: "link type \(type) does not exist") }
    let named = word(16)
    self.snapshot = snapshot
    self.linkNumber = number
    self.snaplenField = named
    self.linkType = LinkType(rawValue: number).canonical
    self.limit = linkType.saneLength
    self.snaplen = named == 0 || named > UInt32(Int32.max) ? nil : named
    self.isSwapped = swapped
    self.magic = word(0)
    self.major = half(4)
    self.minor = half(6)
  }

  /// Why libpcap does not open it.
  struct Refusal: Error {
    let reason: String
  }

  /// Magic numbers libpcap knows (sf-pcap.c), and two it knows of and refuses.
  enum Magic {
    static let micro: UInt32 = 0xA1B2_C3D4
    static let nano: UInt32 = 0xA1B2_3C4D
    /// Alexey Kuznetzov's "modified" format: 8 more bytes in each record header.
    static let kuznetzov: UInt32 = 0xA1B2_CD34
    static let mesquita: UInt32 = 0xA1B2_34CD
    static let navtel: UInt32 = 0xA12B_3C4D
  }

  /// Lends an open libpcap handle on `bytes`, read through an unbuffered stream, so exactly the header is taken.
  static func withHandle<Result>(
    over bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer) -> Result
  ) throws(Refusal) -> Result {
    var cookie = unsafe Cookie(bytes: bytes, position: 0)
    var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    // `cookie` outlives the stream: pcap_close or fclose ends the stream inside this closure. `text` has the size
    // libpcap asks for.
    let result: Result? = unsafe withUnsafeMutablePointer(to: &cookie) { cookie in
      let stream = unsafe ringback_stream_open(cookie) { context, target, count in
        guard let context = unsafe context, let target = unsafe target else { return -1 }
        // The context is the Cookie above; `count` bytes fit `target` by the contract of fopencookie(3).
        let cookie = unsafe context.assumingMemoryBound(to: Cookie.self)
        let taken = unsafe min(count, cookie.pointee.bytes.count - cookie.pointee.position)
        if taken > 0, let base = unsafe cookie.pointee.bytes.baseAddress {
          unsafe UnsafeMutableRawPointer(target).copyMemory(
            from: base + cookie.pointee.position, byteCount: taken)
          unsafe cookie.pointee.position += taken
        }
        return taken
      }
      guard let stream = unsafe stream else { return nil }
      guard
        let handle = unsafe pcap_fopen_offline_with_tstamp_precision(
          stream, UInt32(PCAP_TSTAMP_PRECISION_NANO), &text)
      else {
        _ = unsafe fclose(stream)
        return nil
      }
      let result = unsafe body(handle)
      unsafe pcap_close(handle)
      return result
    }
    guard let result else {
      return try { () throws(Refusal) in
        let end = text.firstIndex(of: 0) ?? text.endIndex
        throw Refusal(reason: String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self))
      }()
    }
    return result
  }

  @unsafe
  private struct Cookie {
    let bytes: UnsafeRawBufferPointer
    var position: Int
  }
}
