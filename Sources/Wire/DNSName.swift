// RFC 1035 sections 3.1 and 4.1.4: names are labels; a pointer goes on elsewhere in the message.

/// Reads names of a DNS message; once per message that matters, so it may allocate.
enum DNSName {
  /// Pointers followed in one name: real names need one or two, and a loop never ends.
  static let hopLimit = 16
  /// Longest name on the wire.
  static let longest = 255

  /// Where the name at `offset` ends in place, its pointer included; nil if it is cut or no name.
  static func end(_ message: Span<UInt8>, at offset: Int) -> Int? {
    var offset = offset
    let start = offset
    while offset >= 0, offset < message.count, offset &- start <= longest {
      let length = Int(message[offset])
      switch length >> 6 {
      case 0:
        offset &+= 1 &+ length
        if length == 0 { return offset }
      case 3: return offset &+ 2 <= message.count ? offset &+ 2 : nil
      default: return nil
      }
    }
    return nil
  }

  /// The name at `offset` in lower case without the last dot, empty for the root; nil if it is cut, loops, is too
  /// long, or holds anything but printable ASCII (a dot inside a label, too: two names must not print alike).
  static func read(_ message: Span<UInt8>, at offset: Int) -> DNSNameText? {
    var name = DNSNameText()
    var labels = DNSLabels(offset: offset)
    while let label = labels.next(in: message) {
      if label.isEmpty { return name }
      guard name.count &+ label.count < longest else { return nil }
      if name.count > 0 { name.append(0x2E) }
      for index in label {
        let byte = message[index]
        guard byte > 0x20, byte < 0x7F, byte != 0x2E else { return nil }
        name.append(HostName.lowercase(byte))
      }
    }
    return nil
  }

  /// Whether the names at two offsets are the same but for their case; `other` is known to be readable.
  static func equal(_ message: Span<UInt8>, _ one: Int, _ other: Int) -> Bool {
    if one == other { return true }
    var left = DNSLabels(offset: one)
    var right = DNSLabels(offset: other)
    while let label = left.next(in: message), let model = right.next(in: message) {
      guard label.count == model.count else { return false }
      if label.isEmpty { return true }
      for place in 0..<label.count
      where HostName.lowercase(message[label.lowerBound &+ place])
        != HostName.lowercase(message[model.lowerBound &+ place])
      { return false }
      // What follows a shared pointer is shared.
      if left.offset == right.offset { return true }
    }
    return false
  }
}

/// The labels of a name in order, pointers followed; the root's is empty.
private struct DNSLabels {
  private(set) var offset: Int
  private var hops = 0

  init(offset: Int) { self.offset = offset }

  /// The next label's range; nil if the name is cut or loops.
  mutating func next(in message: Span<UInt8>) -> Range<Int>? {
    while offset >= 0, offset < message.count {
      let length = Int(message[offset])
      switch length >> 6 {
      case 0:
        let start = offset &+ 1
        guard start &+ length <= message.count else { return nil }
        offset = start &+ length
        return start..<(start &+ length)
      case 3:
        hops &+= 1
        guard hops <= DNSName.hopLimit, offset &+ 2 <= message.count else { return nil }
        // Only backward (RFC 1035 section 4.1.4: a prior occurrence).
        let target = Int(message.extracting(offset..<(offset &+ 2)).uint16(at: 0) & 0x3FFF)
        guard target < offset else { return nil }
        offset = target
      default: return nil
      }
    }
    return nil
  }
}

/// A host name's bytes in place: a name is looked at once a message and mostly known already.
public struct DNSNameText: Sendable, BitwiseCopyable {
  private var letters: [256 of UInt8] = .init(repeating: 0)
  /// Bytes.
  public private(set) var count = 0

  init() {}

  mutating func append(_ byte: UInt8) {
    guard count < 256 else { return }
    letters[count] = byte
    count &+= 1
  }

  /// Lends the bytes.
  public func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(letters.span.extracting(0..<count))
  }

  /// The name as text.
  public var text: String { withSpan { bytes in HostName.text(bytes) ?? "" } }
}
