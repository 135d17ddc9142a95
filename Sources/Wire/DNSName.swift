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
  static func read(_ message: Span<UInt8>, at offset: Int) -> [UInt8]? {
    var name: [UInt8] = []
    var offset = offset
    var hops = 0
    while offset >= 0, offset < message.count {
      let length = Int(message[offset])
      switch length >> 6 {
      case 0:
        if length == 0 { return name }
        let end = offset &+ 1 &+ length
        guard end <= message.count, name.count &+ length < longest else { return nil }
        if !name.isEmpty { name.append(0x2E) }
        for index in (offset &+ 1)..<end {
          guard message[index] > 0x20, message[index] < 0x7F, message[index] != 0x2E else { return nil }
          name.append(HostName.lowercase(message[index]))
        }
        offset = end
      case 3:
        hops += 1
        guard hops <= hopLimit, offset &+ 2 <= message.count else { return nil }
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
