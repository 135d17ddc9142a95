/// opt_comment, added to a block's options (draft-ietf-opsawg-pcapng section 3.5).
///
///     code(2) = 1  length(2)  UTF-8, padded to a multiple of 4      ...      code(2) = 0  length(2) = 0
enum CommentOptions {
  private static let comment: UInt16 = 1

  /// The options alone, as a block without any needs them; empty for no comments.
  static func alone(_ comments: [[UInt8]], _ order: ByteOrder) -> [UInt8] {
    var bytes: [UInt8] = []
    for comment in comments { append(comment, to: &bytes, order) }
    if !bytes.isEmpty { bytes.append(UInt32(0), order) }
    return bytes
  }

  /// The whole block anew with comments behind its own options. Whatever is there stays as it is, byte for byte; a
  /// comment that it has already is not added again.
  ///
  /// - Parameter start: where the options begin in `body`.
  static func added(
    _ comments: [[UInt8]], toBlock type: UInt32, _ body: BlockBody, optionsAt start: Int, _ order: ByteOrder
  ) -> [UInt8] {
    var missing = comments
    var options = body.options(from: start)
    while let option = options.next(in: body) {
      guard option.code == comment else { continue }
      var value: [UInt8] = []
      body.copy(option.start..<(option.start + option.length), to: &value)
      missing.removeAll { $0 == value }
    }
    // In front of opt_endofopt, or of what is no option at all; the walk may end in an option's missing padding.
    let end = min(options.position, body.count)
    var whole: [UInt8] = []
    whole.reserveCapacity(body.count + 16 + missing.reduce(0) { $0 + 8 + $1.count })
    whole.append(type, order)
    whole.append(UInt32(0), order)
    body.copy(0..<end, to: &whole)
    for comment in missing { append(comment, to: &whole, order) }
    if end < body.count {
      body.copy(end..<body.count, to: &whole)
    } else if !missing.isEmpty {
      whole.append(UInt32(0), order)
    }
    let length = UInt32(whole.count + 4)
    whole.append(length, order)
    whole.replaceSubrange(4..<8, with: whole[(whole.count - 4)...])
    return whole
  }

  private static func append(_ text: [UInt8], to bytes: inout [UInt8], _ order: ByteOrder) {
    bytes.append(comment, order)
    bytes.append(UInt16(clamping: text.count), order)
    bytes += text
    bytes += [UInt8](repeating: 0, count: -text.count & 3)
  }
}
