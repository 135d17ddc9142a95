public import Wire

/// Writes a pcapng capture into memory: the same calls give the same bytes.
public struct PcapNGWriter: Sendable {
  private struct Described {
    var resolution: UInt8 = 6
    var offset: Int64 = 0
    var snaplen: UInt32 = 0
  }

  private var byteOrder: ByteOrder
  private var interfaces: [Described] = []
  /// What has been written and not flushed.
  public private(set) var bytes: [UInt8] = []
  private var isStarted = false

  /// Begins a capture with its first section.
  public init(byteOrder: ByteOrder = .little) {
    self.byteOrder = byteOrder
    appendSection(byteOrder: byteOrder)
  }

  /// Begins a capture whose first section bears comments, UTF-8.
  init(byteOrder: ByteOrder = .little, comments: [[UInt8]]) {
    self.byteOrder = byteOrder
    appendSection(byteOrder: byteOrder, comments: comments)
  }

  /// Begins another section; its interfaces count from 0 again.
  public mutating func appendSection(byteOrder: ByteOrder) { appendSection(byteOrder: byteOrder, comments: []) }

  private mutating func appendSection(byteOrder: ByteOrder, comments: [[UInt8]]) {
    self.byteOrder = byteOrder
    interfaces = []
    var body: [UInt8] = []
    body.append(UInt32(0x1A2B_3C4D), byteOrder)
    body.append(UInt16(1), byteOrder)
    body.append(UInt16(0), byteOrder)
    body.append(UInt64.max, byteOrder)
    body += CommentOptions.alone(comments, byteOrder)
    appendBlock(type: 0x0A0D_0D0A, body: body)
  }

  /// Describes an interface.
  ///
  /// - Parameters:
  ///   - snaplen: bytes kept of a frame; longer frames are cut. 0 is no limit.
  ///   - resolution: if_tsresol; 9 is nanoseconds, 6 microseconds, 0x80 + n is 2^-n seconds.
  ///   - offset: if_tsoffset, seconds.
  /// - Returns: its index in the section.
  @discardableResult
  public mutating func appendInterface(
    linkType: LinkType = .ethernet, snaplen: UInt32 = 0, resolution: UInt8 = 9, offset: Int64 = 0
  ) -> Int {
    var body: [UInt8] = []
    body.append(linkType.rawValue, byteOrder)
    body.append(UInt16(0), byteOrder)
    body.append(snaplen, byteOrder)
    if resolution != 6 { appendOption(9, [resolution], to: &body) }
    if offset != 0 {
      var value: [UInt8] = []
      value.append(offset, byteOrder)
      appendOption(14, value, to: &body)
    }
    if resolution != 6 || offset != 0 { appendOption(0, [], to: &body) }
    appendBlock(type: 1, body: body)
    interfaces.append(Described(resolution: resolution, offset: offset, snaplen: snaplen))
    return interfaces.count - 1
  }

  /// Appends a frame as an Enhanced Packet Block.
  ///
  /// - Parameters:
  ///   - time: nanoseconds since the epoch; cut to the interface's resolution.
  ///   - interface: an index that ``appendInterface(linkType:snaplen:resolution:offset:)`` returned.
  ///   - wireLength: bytes on the wire, if more than `frame` has.
  ///   - comment: opt_comment.
  public mutating func append(
    _ frame: [UInt8], time: Int64, interface: Int = 0, wireLength: Int? = nil, comment: String? = nil
  ) {
    let described = interfaces.indices.contains(interface) ? interfaces[interface] : Described()
    let captured = described.snaplen == 0 ? frame.count : min(frame.count, Int(described.snaplen))
    let ticks = Self.ticks(time, resolution: described.resolution, offset: described.offset)
    var body: [UInt8] = []
    body.append(UInt32(clamping: interface), byteOrder)
    body.append(UInt32(truncatingIfNeeded: ticks >> 32), byteOrder)
    body.append(UInt32(truncatingIfNeeded: ticks), byteOrder)
    body.append(UInt32(captured), byteOrder)
    body.append(UInt32(clamping: wireLength ?? frame.count), byteOrder)
    body += frame[..<captured]
    if let comment {
      body += [UInt8](repeating: 0, count: -body.count & 3)
      appendOption(1, Array(comment.utf8), to: &body)
      appendOption(0, [], to: &body)
    }
    appendBlock(type: 6, body: body)
  }

  /// Appends an Interface Statistics Block: packets received and packets the capturing machine dropped.
  public mutating func appendStatistics(interface: Int = 0, time: Int64 = 0, received: UInt64? = nil, drops: UInt64?) {
    let described = interfaces.indices.contains(interface) ? interfaces[interface] : Described()
    let ticks = Self.ticks(time, resolution: described.resolution, offset: described.offset)
    var body: [UInt8] = []
    body.append(UInt32(clamping: interface), byteOrder)
    body.append(UInt32(truncatingIfNeeded: ticks >> 32), byteOrder)
    body.append(UInt32(truncatingIfNeeded: ticks), byteOrder)
    for (code, count) in [(UInt16(4), received), (5, drops)] {
      guard let count else { continue }
      var value: [UInt8] = []
      value.append(count, byteOrder)
      appendOption(code, value, to: &body)
    }
    appendOption(0, [], to: &body)
    appendBlock(type: 5, body: body)
  }

  /// Appends any block; `body` is padded to a multiple of four bytes.
  public mutating func appendBlock(type: UInt32, body: [UInt8]) {
    let padding = -body.count & 3
    let length = UInt32(12 + body.count + padding)
    bytes.append(type, byteOrder)
    bytes.append(length, byteOrder)
    bytes += body
    bytes += [UInt8](repeating: 0, count: padding)
    bytes.append(length, byteOrder)
  }

  /// Moves what has been written to `path` and forgets it: the first time in place of what the file holds, or unless `replacing`
  /// into a file that was not there, then at its end. A large capture is written by flushing now and then.
  public mutating func flush(to path: String, replacing: Bool = true) throws(CaptureError) {
    try OutputFile.write(bytes, to: path, isStarted ? .append : replacing ? .replace : .create)
    isStarted = true
    bytes.removeAll(keepingCapacity: true)
  }

  private func appendOption(_ code: UInt16, _ value: [UInt8], to body: inout [UInt8]) {
    body.append(code, byteOrder)
    body.append(UInt16(clamping: value.count), byteOrder)
    body += value
    body += [UInt8](repeating: 0, count: -value.count & 3)
  }

  private static func ticks(_ time: Int64, resolution: UInt8, offset: Int64) -> UInt64 {
    let elapsed = UInt64(max(0, time - offset * 1_000_000_000))
    if resolution & 0x80 != 0 {
      let second = UInt64(1) << UInt64(resolution & 0x3F)
      let (whole, rest) = elapsed.quotientAndRemainder(dividingBy: 1_000_000_000)
      // The remainder is below 10^9, so the quotient is below `second`. Rounded up, so that a clock finer than
      // nanoseconds gives back the same one.
      let part = UInt64(1_000_000_000).dividingFullWidth(rest.multipliedFullWidth(by: second))
      return whole &* second &+ part.quotient &+ (part.remainder > 0 ? 1 : 0)
    }
    if resolution <= 9 { return elapsed / (0..<(9 - resolution)).reduce(1) { product, _ in product * 10 } }
    return elapsed &* (9..<min(resolution, 19)).reduce(1) { product, _ in product &* 10 }
  }
}
