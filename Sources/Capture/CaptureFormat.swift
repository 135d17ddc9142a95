/// What the first bytes of a file say it is.
enum CaptureFormat: Equatable {
  /// Classic capture, one of the magics libpcap opens.
  case pcap
  case pcapng
  case compressed(Compression)
  /// Known by name, not read.
  case unsupported(String)
  case unknown

  /// Bytes worth looking at.
  static let peek = 24

  /// Judges the first bytes of a file; fewer than ``peek`` if it has no more.
  init(_ bytes: UnsafeRawBufferPointer) {
    // Safe iteration over the caller's buffer; the copy is at most 24 bytes.
    let head = unsafe Array(bytes.prefix(Self.peek))
    self = Self.judge(head)
  }

  private static func judge(_ head: [UInt8]) -> CaptureFormat {
    if head.starts(with: [0x1F, 0x8B]) { return .compressed(.gzip) }
    if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .compressed(.zstd) }
    if head.starts(with: [0x04, 0x22, 0x4D, 0x18]) { return .compressed(.lz4) }
    if head.count >= 4, head[0] & 0xF0 == 0x50, head[1..<4].elementsEqual([0x2A, 0x4D, 0x18]) {
      // A skippable frame, of which both formats have the same sixteen magics: pzstd begins with one.
      return .compressed(.zstd)
    }
    if head.count >= 4 {
      let magic = head[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      switch magic {
      case SavefileHeader.Magic.micro, SavefileHeader.Magic.micro.byteSwapped, SavefileHeader.Magic.nano,
        SavefileHeader.Magic.nano.byteSwapped, SavefileHeader.Magic.kuznetzov,
        SavefileHeader.Magic.kuznetzov.byteSwapped:
        return .pcap
      case SavefileHeader.Magic.mesquita, SavefileHeader.Magic.mesquita.byteSwapped:
        return .unsupported("Mesquita's modified pcap is not supported; convert it with editcap")
      case SavefileHeader.Magic.navtel, SavefileHeader.Magic.navtel.byteSwapped:
        return .unsupported("Navtel's modified pcap is not supported; convert it with editcap")
      case 0x0A0D_0D0A:
        return isSection(head) ? .pcapng : .unknown
      default: break
      }
    }
    for (prefix, reason) in others where head.starts(with: prefix) { return .unsupported(reason) }
    let isText = !head.isEmpty && head.allSatisfy { $0 >= 0x20 && $0 < 0x7F || (0x09...0x0D).contains($0) }
    if isText { return .unsupported("plain text, not a capture; save packets with tcpdump -w or dumpcap -w") }
    return .unknown
  }

  /// The block type of a section header is also a line of a text file: its byte order magic decides.
  private static func isSection(_ head: [UInt8]) -> Bool {
    guard head.count >= 12 else { return false }
    return head[8..<12].elementsEqual([0x1A, 0x2B, 0x3C, 0x4D]) || head[8..<12].elementsEqual([0x4D, 0x3C, 0x2B, 0x1A])
  }

  /// First bytes of what people hand over by mistake (file(1) magic, Wireshark's wiretap).
  private static let others: [(prefix: [UInt8], reason: String)] = [
    ([0x02, 0x21, 0x4C, 0x18], "lz4-compressed in its legacy format: not supported; decompress it with lz4 -d"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz-compressed: not supported; decompress it with xz -d"),
    (Array("BZh".utf8), "bzip2-compressed: not supported; decompress it with bzip2 -d"),
    ([0x1F, 0x9D], "compress(1)-compressed: not supported; decompress it with uncompress"),
    (Array("PK\u{3}\u{4}".utf8), "a zip archive: not supported; unpack it first"),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive: not supported; unpack it first"),
    (Array("snoop\0\0\0".utf8), "snoop capture: not supported; convert it with editcap"),
    (Array("btsnoop\0".utf8), "Bluetooth btsnoop log: not supported; it holds no network packets"),
    (Array("iptrace ".utf8), "AIX iptrace capture: not supported; convert it with editcap"),
    (Array("GMBU".utf8), "Microsoft Network Monitor capture: not supported; convert it with editcap"),
    (Array("RTSS".utf8), "Microsoft Network Monitor capture: not supported; convert it with editcap"),
    (Array("XCP\0".utf8), "Network Associates Sniffer capture: not supported; convert it with editcap"),
    (Array("TRSNIFF data".utf8), "Network General Sniffer capture: not supported; convert it with editcap"),
    (Array("NetS".utf8), "NetXRay or Shomiti capture: not supported; convert it with editcap"),
    ([0x7F, 0x45, 0x4C, 0x46], "a program, not a capture"),
  ]
}
