import CPcap
import Capture
import Glibc
import Wire

/// What libpcap's own loop says of a file.
struct Libpcap {
  var frames: [Frame] = []
  /// libpcap's reason for not opening the file.
  var refusal: String?
  /// libpcap's reason for stopping before the end.
  var error: String?
  var linkType: Int32 = 0

  init(_ path: String) {
    var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let magic = Self.magic(path)
    let unit: Int64 = magic == 0xA1B2_3C4D || magic == 0x4D3C_B2A1 ? 1 : 1000
    guard
      let handle = unsafe pcap_open_offline_with_tstamp_precision(path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &text)
    else {
      refusal = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      return
    }
    linkType = unsafe pcap_datalink(handle)
    while true {
      var header: UnsafeMutablePointer<pcap_pkthdr>?
      var data: UnsafePointer<UInt8>?
      let status = unsafe pcap_next_ex(handle, &header, &data)
      guard status == 1, let found = unsafe header?.pointee, let data = unsafe data else {
        if status == -1 { error = unsafe String(cString: pcap_geterr(handle)) }
        break
      }
      var seconds = Int64(found.ts.tv_sec)
      var fraction = Int64(found.ts.tv_usec)
      if magic != 0x0A0D_0D0A {
        // libpcap 1.10 extends the sign of both fields in the host's byte order only; the format has no sign.
        seconds &= 0xFFFF_FFFF
        if fraction < 0 { fraction += (1 << 32) * unit }
      }
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      let captured = Int(found.caplen)
      frames.append(
        unsafe Frame(
          time: overflow ? (seconds < 0 ? .min : .max) : product &+ fraction,
          bytes: fingerprint(unsafe UnsafeBufferPointer(start: data, count: captured)), captured: captured,
          wire: min(Int(found.len), Int(Int32.max))))
    }
    unsafe pcap_close(handle)
  }

  /// The first four bytes, little endian, of the file; libpcap cannot open compressed ones.
  private static func magic(_ path: String) -> UInt32 {
    var value: UInt32 = 0
    let descriptor = unsafe open(path, O_RDONLY)
    _ = unsafe Glibc.read(descriptor, &value, 4)
    close(descriptor)
    return value
  }
}

/// What a comparison came to.
enum Agreement: Equatable {
  case equal
  /// libpcap stops earlier, in a pcapng file; up to there all is equal.
  case goesFurther(libpcap: Int, ours: Int, reason: String)
  case differs(String)
}

/// Holds the reader's frames against libpcap's.
func compare(_ ours: [Frame], _ facts: CaptureFacts, _ theirs: Libpcap, isClassic: Bool) -> Agreement {
  for (index, frame) in theirs.frames.enumerated() {
    guard index < ours.count else {
      return .differs("ours ends after \(index) of \(theirs.frames.count): \(facts.truncation ?? "")")
    }
    if !ours[index].agrees(with: frame) { return .differs("frame \(index + 1): \(ours[index]) libpcap \(frame)") }
    if isClassic, ours[index].number != UInt64(index + 1) {
      return .differs("frame \(index + 1) is numbered \(ours[index].number)")
    }
  }
  if ours.count > theirs.frames.count {
    guard !isClassic, let reason = theirs.error else {
      return .differs("ours has \(ours.count), libpcap \(theirs.frames.count): \(theirs.error ?? "")")
    }
    return .goesFurther(libpcap: theirs.frames.count, ours: ours.count, reason: reason)
  }
  if isClassic, facts.truncated != (theirs.error != nil) {
    return .differs("truncated \(facts.truncated), libpcap: \(theirs.error ?? "clean")")
  }
  return .equal
}
