internal import Crypto
internal import Verdict

/// Names of flows and calls: hashes over text that any other program can rebuild.
struct Identity {
  /// What is hashed.
  private var text: [UInt8] = []
  // The text of a flow is put together here: at most 107 bytes, and a store asks neither for capacity nor for owners.
  private var draft: [128 of UInt8] = .init(repeating: 0)
  private var drafted = 0

  init() { text.reserveCapacity(256) }

  private mutating func put(_ byte: UInt8) {
    draft[drafted & 127] = byte
    drafted &+= 1
  }

  /// Makes the draft the text.
  private mutating func adopt() {
    text.removeAll(keepingCapacity: true)
    text.append(addingCapacity: drafted) { output in
      for index in 0..<drafted { output.append(draft[index & 127]) }
    }
    drafted = 0
  }

  /// Community ID v1, seed 0: SHA-1 over seed, ordered addresses, protocol, a zero byte and ordered ports.
  mutating func communityID(
    _ client: IPAddress, _ clientPort: UInt16, _ server: IPAddress, _ serverPort: UInt16, transport: Transport
  ) -> CommunityID {
    let inOrder = client == server ? clientPort <= serverPort : client < server
    put(0)
    put(0)
    put(inOrder ? client : server)
    put(inOrder ? server : client)
    put(transport == .tcp ? 6 : 17)
    put(0)
    put(port: inOrder ? clientPort : serverPort)
    put(port: inOrder ? serverPort : clientPort)
    adopt()
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
    putBase64(community)
    put(0x7C)
    putText(initiator)
    put(0x3A)
    put(decimal: UInt64(port))
    put(0x7C)
    if first < 0 { put(0x2D) }
    put(decimal: first.magnitude)
    put(0x7C)
    put(decimal: UInt64(ordinal))
    adopt()
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

  private mutating func put(_ address: IPAddress) {
    if address.family == .v6 { put(big: address.high, bytes: 8) }
    put(big: address.low, bytes: address.family == .v6 ? 8 : 4)
  }

  private mutating func put(port: UInt16) { put(big: UInt64(port), bytes: 2) }

  @inline(__always)
  private mutating func put(big value: UInt64, bytes: Int) {
    var shift = UInt64(bytes &* 8)
    while shift > 0 {
      shift &-= 8
      put(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Text form of an address, IPv6 in brackets.
  private mutating func putText(_ address: IPAddress) {
    if address.family == .v4 {
      var shift: UInt64 = 24
      while shift > 0 {
        put(decimal: (address.low >> shift) & 0xFF)
        put(0x2E)
        shift &-= 8
      }
      return put(decimal: address.low & 0xFF)
    }
    put(0x5B)
    text.removeAll(keepingCapacity: true)
    address.append(to: &text)
    for byte in text { put(byte) }
    put(0x5D)
  }

  private mutating func put(decimal value: UInt64) {
    var rest = value
    var digits: [32 of UInt8] = .init(repeating: 0)
    var place = 31
    repeat {
      digits[place & 31] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      place &-= 1
    } while rest > 0
    for index in (place &+ 1)..<32 { put(digits[index & 31]) }
  }

  /// "1:" and RFC 4648 base64 with padding.
  private mutating func putBase64(_ community: CommunityID) {
    put(0x31)
    put(0x3A)
    for group in 0..<7 {
      let at = group &* 3
      let third: UInt32 = group < 6 ? UInt32(community.digest[at &+ 2]) : 0
      let word = UInt32(community.digest[at]) << 16 | UInt32(community.digest[at &+ 1]) << 8 | third
      put(Self.letter(word >> 18))
      put(Self.letter(word >> 12))
      put(Self.letter(word >> 6))
      put(group < 6 ? Self.letter(word) : 0x3D)
    }
  }

  @inline(__always)
  private static func letter(_ value: UInt32) -> UInt8 {
    let sextet = UInt8(truncatingIfNeeded: value & 63)
    var letter = sextet &+ 0x41
    if sextet >= 26 { letter = sextet &+ 0x47 }
    if sextet >= 52 { letter = sextet &- 4 }
    if sextet == 62 { letter = 0x2B }
    if sextet == 63 { letter = 0x2F }
    return letter
  }
}
