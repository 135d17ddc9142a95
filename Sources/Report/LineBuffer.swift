internal import Verdict

/// Bytes of text under construction: the one place where values become characters.
///
/// Small pieces go into a scratch of fixed size inside the value: no reference count is asked, which an append to an array
/// or through an `OutputSpan` does each time.
///
/// The proof for every `unsafe` below: `used` lies in 0...`size` always, because only `claim` moves it, and `claim` first
/// empties the scratch if fewer than the wanted bytes are free; it refuses more than `size`. A write goes to
/// `start..<start + count` with `start` from a `claim` of at least `count` bytes. A `StaticString` made of a literal points
/// to its UTF-8 for the life of the program. Bytes hold any pattern. With checked stores the compiler writes a word in
/// eight steps with a check each: a flow line then costs three times as much.
struct LineBuffer: Sendable {
  private static var size: Int { 2048 }

  private var scratch: [2048 of UInt8] = .init(repeating: 0)
  private var used = 0
  private(set) var spilled: [UInt8] = []
  /// Texts that lines repeat.
  private var kept: [UInt8] = []

  /// What was written.
  var bytes: [UInt8] {
    var all = self
    all.spill()
    return all.spilled
  }

  /// Bytes written.
  var count: Int { spilled.count &+ used }

  /// Moves the scratch behind what was spilled before.
  mutating func spill() {
    unsafe withUnsafeBytes(of: &scratch) { source in
      unsafe spilled.append(contentsOf: UnsafeRawBufferPointer(rebasing: source[0..<used]))
    }
    used = 0
  }

  /// Forgets what was written.
  mutating func removeAll(keepingCapacity: Bool) {
    used = 0
    spilled.removeAll(keepingCapacity: keepingCapacity)
  }

  /// Makes room for `capacity` bytes in all.
  mutating func reserveCapacity(_ capacity: Int) { spilled.reserveCapacity(capacity) }

  /// Room for `count` bytes in the scratch, and where it starts; the caller moves `used` by what it really wrote.
  @inline(always)
  private mutating func claim(_ count: Int) -> Int {
    if used > Self.size &- count {
      precondition(count <= Self.size, "a piece of a line is longer than the scratch")
      spill()
    }
    return used
  }

  /// Appends a fixed piece; its length is known where it is written, so that a copy is a few stores.
  @inline(always)
  mutating func literal(_ piece: StaticString) {
    let count = piece.utf8CodeUnitCount
    let start = claim(count)
    unsafe withUnsafeMutableBytes(of: &scratch) { target in
      unsafe target.baseAddress?.advanced(by: start).copyMemory(from: piece.utf8Start, byteCount: count)
    }
    used = start &+ count
  }

  /// Appends the low `length` (0...8) bytes of a word, lowest first.
  @inline(always)
  mutating func word(_ word: UInt64, length: Int) {
    // Sixteen, so that no length can move `used` beyond what was claimed.
    let start = claim(16)
    unsafe withUnsafeMutableBytes(of: &scratch) { target in
      unsafe target.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
    }
    used = start &+ (length & 15)
  }

  /// Appends the low bytes of three words, up to 15 in all of each; `b` and `c` follow at once.
  @inline(always)
  mutating func words(
    _ a: UInt64, _ aLength: Int, _ b: UInt64, _ bLength: Int, _ c: UInt64 = 0, _ cLength: Int = 0
  ) {
    // Three masked lengths and the last word's eight bytes.
    let start = claim(64)
    let second = start &+ (aLength & 15)
    let third = second &+ (bLength & 15)
    unsafe withUnsafeMutableBytes(of: &scratch) { target in
      unsafe target.storeBytes(of: a.littleEndian, toByteOffset: start, as: UInt64.self)
      unsafe target.storeBytes(of: b.littleEndian, toByteOffset: second, as: UInt64.self)
      unsafe target.storeBytes(of: c.littleEndian, toByteOffset: third, as: UInt64.self)
    }
    used = third &+ (cLength & 15)
  }

  /// Appends one byte.
  @inline(always)
  mutating func byte(_ value: UInt8) {
    let start = claim(1)
    unsafe withUnsafeMutableBytes(of: &scratch) { target in
      unsafe target.storeBytes(of: value, toByteOffset: start, as: UInt8.self)
    }
    used = start &+ 1
  }

  /// Appends text that needs no escaping.
  mutating func text(_ text: String) { append(text.utf8.span) }

  /// Appends bytes.
  @inline(always)
  mutating func append(_ source: borrowing Span<UInt8>) {
    let count = source.count
    guard count <= Self.size else {
      for index in 0..<count { byte(source[index]) }
      return
    }
    let start = claim(count)
    unsafe withUnsafeMutableBytes(of: &scratch) { target in
      unsafe source.withUnsafeBytes { bytes in
        guard let first = bytes.baseAddress else { return }
        unsafe target.baseAddress?.advanced(by: start).copyMemory(from: first, byteCount: count)
      }
    }
    used = start &+ count
  }

  /// Keeps a text that lines repeat; where it lies.
  mutating func keep(_ text: [UInt8]) -> Range<Int> {
    let start = kept.count
    kept.append(contentsOf: text)
    return start..<kept.count
  }

  /// Forgets the texts that were kept.
  mutating func forgetKept() { kept.removeAll(keepingCapacity: true) }

  /// Appends a text that was kept. It lies here because one of its own would be counted as a reference for each line.
  @inline(always)
  mutating func again(_ text: Range<Int>) {
    let count = text.count
    guard count <= Self.size else {
      for index in text { byte(kept[index]) }
      return
    }
    let start = claim(count)
    unsafe kept.withUnsafeBytes { source in
      let source = unsafe UnsafeRawBufferPointer(rebasing: source[text])
      unsafe withUnsafeMutableBytes(of: &scratch) { target in
        guard let first = source.baseAddress else { return }
        unsafe target.baseAddress?.advanced(by: start).copyMemory(from: first, byteCount: count)
      }
    }
    used = start &+ count
  }

  /// Eight bytes as a word, first byte lowest; there must be eight: it is checked.
  @inline(always)
  static func load(_ source: borrowing Span<UInt8>, at index: Int) -> UInt64 {
    UInt64(littleEndian: unsafe source.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  /// Appends a fixed text that needs no escaping.
  mutating func fixedText(_ text: StaticString) { withBytes(of: text) { $0.append($1) } }

  /// Lends the bytes of a fixed text; only one of a single character may have none of its own.
  mutating func withBytes(of text: StaticString, _ body: (inout LineBuffer, borrowing Span<UInt8>) -> Void) {
    guard text.hasPointerRepresentation else { return body(&self, text.description.utf8.span) }
    let bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    body(&self, unsafe bytes.span)
  }

  /// Appends an address in its text form.
  mutating func address(_ address: IPAddress) {
    guard address.family == .v4 else {
      spill()
      return address.append(to: &spilled)
    }
    let high = Self.octets(address.low >> 16, dot: 0x2E)
    let low = Self.octets(address.low, dot: 0)
    words(high.characters, high.count, low.characters, low.count)
  }

  /// Two octets of an address with a dot between them, and one behind them if it is given.
  @inline(always)
  private static func octets(_ bits: UInt64, dot: UInt64) -> (characters: UInt64, count: Int) {
    let first = Digits.octet(bits >> 8 & 0xFF)
    let second = Digits.octet(bits & 0xFF)
    let start = UInt64(8 &* first.count)
    let end = UInt64(8 &* second.count)
    return (
      first.characters | 0x2E &<< start | (second.characters | dot &<< end) &<< (start &+ 8),
      first.count &+ second.count &+ (dot == 0 ? 1 : 2)
    )
  }

  /// Appends `1.2.3.4:80` or `[2001:db8::1]:80`.
  mutating func endpoint(_ address: IPAddress, port: UInt16) {
    if address.family == .v6 { byte(0x5B) }
    self.address(address)
    if address.family == .v6 { byte(0x5D) }
    byte(0x3A)
    unsigned(UInt64(port))
  }

  /// Appends text from outside for a person to read: control and format characters become `?`, so that a file name or a
  /// server name cannot move a terminal's cursor or turn text around.
  mutating func readable(_ text: String, keepingLines: Bool = false) {
    for scalar in text.unicodeScalars {
      if keepingLines, scalar == "\t" || scalar == "\n" || scalar == "\r" {
        byte(UInt8(scalar.value))
        continue
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: byte(0x3F)
      default: for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { byte(unit) }
      }
    }
  }
}

extension StaticString {
  /// True if both are one literal, at one place; another literal with the same text is not told. Nothing is read through
  /// the pointers.
  func isSameLiteral(as other: StaticString) -> Bool {
    guard hasPointerRepresentation, other.hasPointerRepresentation else { return false }
    return unsafe utf8Start == other.utf8Start && utf8CodeUnitCount == other.utf8CodeUnitCount
  }
}
