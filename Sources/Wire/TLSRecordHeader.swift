// RFC 8446 section 5.1: the TLS record layer.

/// Header of a TLS record.
public struct TLSRecordHeader: Sendable, BitwiseCopyable {
  /// Bytes of the header.
  public static let size = 5
  /// Longest fragment: 2^14 and what encryption may add (RFC 5246 section 6.2.3).
  public static let longestFragment = 16_384 + 2_048

  /// 20...24.
  public let contentType: TLSContentType
  /// 0x0300...0x0304.
  public let version: UInt16
  /// Bytes of the fragment.
  public let length: Int

  /// Reads a header; nil if it is cut or is no TLS.
  @inline(always)
  public init?(_ stream: Span<UInt8>) {
    guard stream.count >= 5 else { return nil }
    let header = stream.extracting(0..<5)
    guard header[0] >= 20, header[0] <= 24, let contentType = TLSContentType(rawValue: header[0]) else { return nil }
    let version = header.uint16(at: 1)
    let length = Int(header.uint16(at: 3))
    guard version >= 0x0300, version <= 0x0304, length <= TLSRecordHeader.longestFragment else { return nil }
    self.contentType = contentType
    self.version = version
    self.length = length
  }
}
