public import Wire

/// Writes a classic capture into memory: the same calls give the same bytes.
public struct PcapWriter: Sendable {
  /// Unit of the sub-second field.
  public enum Precision: Sendable {
    /// Microseconds, magic a1b2c3d4.
    case micro
    /// Nanoseconds, magic a1b23c4d.
    case nano
  }

  private let byteOrder: ByteOrder
  private let precision: Precision
  private let snaplen: UInt32
  /// What has been written and not flushed.
  public private(set) var bytes: [UInt8] = []
  private var isStarted = false

  /// Begins a capture.
  ///
  /// - Parameter snaplen: bytes kept of a frame; longer frames are cut. 0 writes "no limit".
  public init(
    byteOrder: ByteOrder = .little, precision: Precision = .nano, linkType: LinkType = .ethernet,
    snaplen: UInt32 = 262_144
  ) {
    self.byteOrder = byteOrder
    self.precision = precision
    self.snaplen = snaplen
    // magic(4) major(2) minor(2) thiszone(4) sigfigs(4) snaplen(4) linktype(4)      pcap-savefile(5)
    bytes.append(precision == .nano ? SavefileHeader.Magic.nano : SavefileHeader.Magic.micro, byteOrder)
    bytes.append(UInt16(2), byteOrder)
    bytes.append(UInt16(4), byteOrder)
    bytes.append(UInt64(0), byteOrder)
    bytes.append(snaplen, byteOrder)
    bytes.append(UInt32(linkType.rawValue), byteOrder)
  }

  /// Appends a frame.
  ///
  /// - Parameters:
  ///   - time: nanoseconds since the epoch; cut to the precision. The format holds 0 up to 2^32 - 1 seconds.
  ///   - wireLength: bytes on the wire, if more than `frame` has.
  public mutating func append(_ frame: [UInt8], time: Int64, wireLength: Int? = nil) {
    let captured = snaplen == 0 ? frame.count : min(frame.count, Int(snaplen))
    let fraction = time % 1_000_000_000
    bytes.append(UInt32(clamping: time / 1_000_000_000), byteOrder)
    bytes.append(UInt32(clamping: precision == .nano ? fraction : fraction / 1000), byteOrder)
    bytes.append(UInt32(captured), byteOrder)
    bytes.append(UInt32(clamping: wireLength ?? frame.count), byteOrder)
    bytes += frame[..<captured]
  }

  /// Moves what has been written to `path` and forgets it: the first time in place of what the file holds, then at its
  /// end. A large capture is written by flushing now and then.
  public mutating func flush(to path: String) throws(CaptureError) {
    try OutputFile.write(bytes, to: path, isStarted ? .append : .replace)
    isStarted = true
    bytes.removeAll(keepingCapacity: true)
  }
}
