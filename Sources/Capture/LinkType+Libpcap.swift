internal import CPcap
internal import Wire

extension LinkType {
  /// The registry's number for a link type that systems also write under their own: raw IP is 12 where DLT_RAW is 12
  /// (Linux) and 14 on OpenBSD (pcap-linktype(7)).
  var canonical: LinkType { rawValue == 12 || rawValue == 14 ? .raw : self }

  /// A header of an empty capture of this link type, written in this machine's order, no snaplen limit.
  private var emptyCapture: [UInt8] {
    var bytes: [UInt8] = [0x4D, 0x3C, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bytes += [UInt8(truncatingIfNeeded: rawValue), UInt8(truncatingIfNeeded: rawValue >> 8), 0, 0]
    return bytes
  }

  /// Lends a libpcap handle with this link type: libpcap alone knows which DLT_ a LINKTYPE_ is on this system.
  func withHandle<Result>(
    _ body: (OpaquePointer) -> Result
  ) throws(SavefileHeader.Refusal) -> Result {
    let bytes = emptyCapture
    var result: Swift.Result<Result, SavefileHeader.Refusal>?
    // The pointer is used only inside the closure.
    unsafe bytes.withUnsafeBytes { bytes in
      do throws(SavefileHeader.Refusal) {
        result = .success(try unsafe SavefileHeader.withHandle(over: bytes, body))
      } catch {
        result = .failure(error)
      }
    }
    guard let result else { throw SavefileHeader.Refusal(reason: "no handle") }
    return try result.get()
  }

  /// Bytes of a frame that libpcap takes for sane: 262144, more for a few bus types. Asked from libpcap, which answers
  /// with that number when a header names no limit.
  var saneLength: UInt32 {
    let answer = unsafe try? withHandle { handle in unsafe pcap_snapshot(handle) }
    return UInt32(max(answer ?? 0, 262_144))
  }
}
