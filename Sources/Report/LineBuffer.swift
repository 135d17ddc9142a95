internal import Verdict

/// Bytes of text under construction: the one place where values become characters.
///
/// Small pieces go into a scratch of fixed size inside the value: one compare with a constant stands for the checks of all
/// stores behind it, and no reference count is asked, which an append to an array or through an `OutputSpan` does each
/// time. The compiler does not join the byte stores of a word: a piece of 24 bytes is 97 instructions.
/// A `StaticString` has no safe view of its bytes and costs one short-lived string if longer than 15 bytes.
struct LineBuffer: Sendable {
  private static let size = 1024

  private var scratch: [1024 of UInt8] = .init(repeating: 0)
  private var used = 0
  private var spilled: [UInt8] = []

  /// What was written.
  var bytes: [UInt8] {
    var all = spilled
    for index in 0..<used { all.append(scratch[index]) }
    return all
  }

  /// What was written up to the last `spill`, without a copy.
  var spilledBytes: [UInt8] { spilled }

  /// Moves the scratch behind what was spilled before.
  mutating func spill() {
    let length = min(used, Self.size)
    let source = scratch.span
    spilled.append(addingCapacity: length) { output in
      output.append(repeating: 0, count: length)
      var target = output.mutableSpan
      let count = min(target.count, length)
      for index in 0..<count { target[index] = source[index] }
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

  /// Makes room for 24 bytes in the scratch; the bound is what lets the stores behind it go unchecked.
  @inline(__always)
  private mutating func room() -> Int {
    if used < 0 || used > Self.size - 24 { spill() }
    return used
  }

  /// Appends a prepared piece.
  mutating func literal(_ piece: Literal) {
    let start = room()
    store(piece.first, at: start)
    store(piece.second, at: start &+ 8)
    store(piece.third, at: start &+ 16)
    used = start + piece.count
  }

  /// Appends a prepared run of fields.
  mutating func literal(_ run: LongLiteral) {
    literal(run.head)
    literal(run.middle)
    literal(run.tail)
  }

  /// Appends the low `length` (0...8) bytes of a word, lowest first.
  @inline(__always)
  mutating func word(_ word: UInt64, length: Int) {
    let start = room()
    store(word, at: start)
    used = start + length
  }

  /// Writes the eight bytes of a word, lowest first.
  @inline(__always)
  private mutating func store(_ word: UInt64, at start: Int) {
    // The span checks the eight bytes against the scratch; bytes hold any pattern, so nothing can be misread.
    var span = scratch.mutableSpan
    var bytes = unsafe span.mutableBytes
    bytes.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
  }

  /// Appends one byte.
  @inline(__always)
  mutating func byte(_ value: UInt8) {
    let start = room()
    scratch[start] = value
    used = start + 1
  }

  /// Appends text that needs no escaping.
  mutating func text(_ text: String) { append(text.utf8.span) }

  /// Appends bytes.
  mutating func append(_ source: borrowing Span<UInt8>) {
    let length = source.count
    var index = 0
    while length - index >= 8 {
      word(Self.load(source, at: index), length: 8)
      index += 8
    }
    while index < length {
      byte(source[index])
      index += 1
    }
  }

  /// Eight bytes as a word, first byte lowest; there must be eight.
  @inline(__always)
  static func load(_ source: borrowing Span<UInt8>, at index: Int) -> UInt64 {
    let part = source.extracting(index..<(index + 8))
    let low = UInt64(part[0]) | UInt64(part[1]) << 8 | UInt64(part[2]) << 16 | UInt64(part[3]) << 24
    return low | UInt64(part[4]) << 32 | UInt64(part[5]) << 40 | UInt64(part[6]) << 48 | UInt64(part[7]) << 56
  }

  /// Appends a fixed text that needs no escaping.
  mutating func fixedText(_ text: StaticString) { self.text(text.description) }

  /// Appends an address in its text form.
  mutating func address(_ address: IPAddress) {
    guard address.family == .v4 else {
      spill()
      return address.append(to: &spilled)
    }
    for shift in stride(from: 24, through: 0, by: -8) {
      unsigned((address.low >> UInt64(shift)) & 0xFF)
      if shift > 0 { byte(0x2E) }
    }
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
  mutating func readable(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: byte(0x3F)
      default: for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { byte(unit) }
      }
    }
  }
}
