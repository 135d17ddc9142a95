/// Names seen on the wire, each kept once: a flow holds an index. Bounded in number and bytes.
public struct NameTable: Sendable {
  /// No name.
  public static let none = UInt32.max
  /// Most distinct names kept; further ones are not named (a capture of scans may show millions).
  static let limit = 1 << 18
  /// Longest name kept (RFC 1035 section 2.3.4: 255 octets).
  static let longest = 255

  private var bytes: [UInt8] = []
  private var ends: [UInt32] = []
  private var slots: [UInt32] = .init(repeating: 0, count: 1 << 10)

  /// An empty table.
  public init() {}

  /// Number of names.
  public var count: Int { ends.count }

  /// Index of a name, lower-cased unless its case says something, as a realm's does (RFC 8489 section 14.9); `none` if it is
  /// empty, too long, or the table is full.
  public mutating func intern(_ text: Span<UInt8>, keepsCase: Bool = false) -> UInt32 {
    guard text.count > 0, text.count <= Self.longest else { return Self.none }
    func kept(_ byte: UInt8) -> UInt8 { keepsCase ? byte : Self.lower(byte) }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 0..<text.count { hash = (hash ^ UInt64(kept(text[index]))) &* 0x100_0000_01B3 }
    var position = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
    while slots[position] != 0 {
      let index = slots[position] - 1
      if equals(index, text, keepsCase: keepsCase) { return index }
      position = (position + 1) & (slots.count - 1)
    }
    guard ends.count < Self.limit else { return Self.none }
    for index in 0..<text.count { bytes.append(kept(text[index])) }
    ends.append(UInt32(bytes.count))
    slots[position] = UInt32(ends.count)
    if ends.count * 2 > slots.count { grow() }
    return UInt32(ends.count - 1)
  }

  /// The name of an index, lower case.
  public func name(_ index: UInt32) -> [UInt8] { kept(index).map(Self.lower) }

  /// The name of an index as it is kept.
  public func kept(_ index: UInt32) -> [UInt8] {
    guard index < ends.count else { return [] }
    return Array(bytes[start(index)..<Int(ends[Int(index)])])
  }

  /// The name as text, as it is kept; nil for `none`.
  public func text(_ index: UInt32) -> String? {
    guard index < ends.count else { return nil }
    return String(decoding: bytes[start(index)..<Int(ends[Int(index)])], as: UTF8.self)
  }

  private func start(_ index: UInt32) -> Int { index == 0 ? 0 : Int(ends[Int(index) - 1]) }

  private func equals(_ index: UInt32, _ text: Span<UInt8>, keepsCase: Bool) -> Bool {
    let from = start(index)
    guard Int(ends[Int(index)]) - from == text.count else { return false }
    for offset in 0..<text.count {
      if bytes[from + offset] != (keepsCase ? text[offset] : Self.lower(text[offset])) { return false }
    }
    return true
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

  private mutating func grow() {
    slots = .init(repeating: 0, count: slots.count * 2)
    for index in 0..<UInt32(ends.count) {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for offset in start(index)..<Int(ends[Int(index)]) { hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01B3 }
      var position = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
      while slots[position] != 0 { position = (position + 1) & (slots.count - 1) }
      slots[position] = index + 1
    }
  }
}
