internal import Crypto
internal import Verdict

/// Names of flows and calls: hashes over text that any other program can rebuild.
struct Identity {
  private var text: [UInt8] = []

  init() { text.reserveCapacity(256) }

  /// Community ID v1, seed 0: SHA-1 over seed, ordered addresses, protocol, a zero byte and ordered ports.
  mutating func communityID(
    _ client: IPAddress, _ clientPort: UInt16, _ server: IPAddress, _ serverPort: UInt16, transport: Transport
  ) -> CommunityID {
    let inOrder = client == server ? clientPort <= serverPort : client < server
    text.removeAll(keepingCapacity: true)
    text.append(0)
    text.append(0)
    append(inOrder ? client : server)
    append(inOrder ? server : client)
    text.append(transport == .tcp ? 6 : 17)
    text.append(0)
    append(inOrder ? clientPort : serverPort)
    append(inOrder ? serverPort : clientPort)
    var digest: [20 of UInt8] = .init(repeating: 0)
    // The digest's own bytes, read inside the closure that lends them; its iterator would copy them to an array.
    unsafe Insecure.SHA1.hash(data: text).withUnsafeBytes { bytes in
      for index in 0..<20 { digest[index] = unsafe bytes[index] }
    }
    return CommunityID(digest: digest)
  }

  /// First 64 bits of the SHA-256 over `community_id|initiator ip:port|first_ns|ordinal`.
  mutating func flow(
    _ community: CommunityID, _ initiator: IPAddress, _ port: UInt16, first: Int64, ordinal: UInt16
  ) -> UInt64 {
    text.removeAll(keepingCapacity: true)
    appendBase64(community)
    text.append(0x7C)
    if initiator.family == .v6 { text.append(0x5B) }
    initiator.append(to: &text)
    if initiator.family == .v6 { text.append(0x5D) }
    text.append(0x3A)
    append(decimal: Int64(port))
    text.append(0x7C)
    append(decimal: first)
    text.append(0x7C)
    append(decimal: Int64(ordinal))
    return hashed()
  }

  /// First 64 bits of the SHA-256 over `call|` and the ids of its flows.
  mutating func call(_ flows: [UInt64]) -> UInt64 {
    text.removeAll(keepingCapacity: true)
    text.append(contentsOf: "call".utf8)
    for flow in flows {
      text.append(0x7C)
      for shift in stride(from: 60, through: 0, by: -4) {
        let nibble = UInt8(truncatingIfNeeded: flow >> UInt64(shift)) & 0xF
        text.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
      }
    }
    return hashed()
  }

  /// 16 hex digits over a list of lines.
  static func digest(_ lines: [String]) -> String {
    var identity = Identity()
    for line in lines {
      identity.text.append(contentsOf: line.utf8)
      identity.text.append(0x0A)
    }
    let value = identity.hashed()
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  private func hashed() -> UInt64 {
    var value: UInt64 = 0
    // As above: 32 bytes, of which the first eight are the name.
    unsafe SHA256.hash(data: text).withUnsafeBytes { bytes in
      for index in 0..<8 { value = value << 8 | UInt64(unsafe bytes[index]) }
    }
    return value
  }

  private mutating func append(_ address: IPAddress) {
    if address.family == .v6 { append(big: address.high, bytes: 8) }
    append(big: address.low, bytes: address.family == .v6 ? 8 : 4)
  }

  private mutating func append(_ port: UInt16) { append(big: UInt64(port), bytes: 2) }

  private mutating func append(big value: UInt64, bytes: Int) {
    for place in stride(from: (bytes - 1) * 8, through: 0, by: -8) {
      text.append(UInt8(truncatingIfNeeded: value >> UInt64(place)))
    }
  }

  private mutating func append(decimal value: Int64) {
    if value < 0 { text.append(0x2D) }
    var rest = value.magnitude
    var digits: [20 of UInt8] = .init(repeating: 0)
    var count = 0
    repeat {
      digits[count] = 0x30 + UInt8(rest % 10)
      rest /= 10
      count += 1
    } while rest > 0
    for index in stride(from: count - 1, through: 0, by: -1) { text.append(digits[index]) }
  }

  /// "1:" and RFC 4648 base64 with padding.
  private mutating func appendBase64(_ community: CommunityID) {
    text.append(0x31)
    text.append(0x3A)
    func letter(_ value: UInt32) -> UInt8 {
      switch value & 63 {
      case 0..<26: UInt8(0x41 + (value & 63))
      case 26..<52: UInt8(0x61 + (value & 63) - 26)
      case 52..<62: UInt8(0x30 + (value & 63) - 52)
      case 62: 0x2B
      default: 0x2F
      }
    }
    for group in 0..<7 {
      let at = group * 3
      let third: UInt32 = at + 2 < 20 ? UInt32(community.digest[at + 2]) : 0
      let word = UInt32(community.digest[at]) << 16 | UInt32(community.digest[at + 1]) << 8 | third
      text.append(letter(word >> 18))
      text.append(letter(word >> 12))
      text.append(letter(word >> 6))
      text.append(at + 2 < 20 ? letter(word) : 0x3D)
    }
  }
}
