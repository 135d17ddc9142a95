internal import CSystem
internal import Crypto
internal import Verdict

/// Names of flows and calls: hashes over text that any other program can rebuild.
///
/// The text of a flow, at most 107 bytes, is put together a word at a time in a draft of fixed size, closed as FIPS 180-4
/// section 5.1.1 says and hashed there: a digest object of the library would be two allocations a flow. The proof for the
/// `unsafe` below: every store goes to `place..<place + 8` with `place` masked to 0...127, and the draft has 136 bytes;
/// hashed are its first one or two blocks of 64 bytes. A digest's bytes are read inside the closure that lends them.
struct Identity {
  /// False if nobody writes them: then every name is 0 and nothing is hashed.
  let isWanted: Bool
  private var draft: [136 of UInt8] = .init(repeating: 0)
  private var drafted = 0
  /// IPv6 addresses and call ids, whose text is long.
  private var text: [UInt8] = []

  init(isWanted: Bool = true) { self.isWanted = isWanted }

  /// Community ID v1, seed 0: SHA-1 over seed, ordered addresses, protocol, a zero byte and ordered ports.
  mutating func communityID(
    _ client: IPAddress, _ clientPort: UInt16, _ server: IPAddress, _ serverPort: UInt16, transport: Transport
  ) -> CommunityID {
    guard isWanted else { return CommunityID(high: 0, middle: 0, low: 0) }
    let inOrder = client == server ? clientPort <= serverPort : client < server
    drafted = 0
    put(0, 2)
    put(inOrder ? client : server)
    put(inOrder ? server : client)
    put(transport == .tcp ? 6 : 17, 2)
    let ports = (inOrder ? clientPort : serverPort, inOrder ? serverPort : clientPort)
    put(UInt64(ports.0.byteSwapped) | UInt64(ports.1.byteSwapped) << 16, 4)
    let blocks = close()
    var state: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
      0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0
    )
    unsafe withUnsafeMutableBytes(of: &state) { state in
      unsafe withUnsafeBytes(of: &draft) { draft in
        unsafe ringback_sha1_blocks(
          state.baseAddress?.assumingMemoryBound(to: UInt32.self),
          draft.baseAddress?.assumingMemoryBound(to: UInt8.self), blocks)
      }
    }
    return CommunityID(
      high: UInt64(state.0) << 32 | UInt64(state.1), middle: UInt64(state.2) << 32 | UInt64(state.3), low: state.4)
  }

  /// First 64 bits of the SHA-256 over `community_id|initiator ip:port|first_ns|ordinal`.
  mutating func flow(
    _ community: CommunityID, _ initiator: IPAddress, _ port: UInt16, first: Int64, ordinal: UInt16
  ) -> UInt64 {
    guard isWanted else { return 0 }
    drafted = 0
    let characters = community.characters
    put(0x3A31, 2)
    put(characters.0, 8)
    put(characters.1, 8)
    put(characters.2, 8)
    put(UInt64(characters.3), 4)
    put(0x7C, 1)
    putText(initiator)
    put(0x3A, 1)
    put(decimal: UInt64(port))
    put(0x7C, 1)
    if first < 0 { put(0x2D, 1) }
    put(decimal: first.magnitude)
    put(0x7C, 1)
    put(decimal: UInt64(ordinal))
    let blocks = close()
    var state: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
      0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19
    )
    unsafe withUnsafeMutableBytes(of: &state) { state in
      unsafe withUnsafeBytes(of: &draft) { draft in
        unsafe ringback_sha256_blocks(
          state.baseAddress?.assumingMemoryBound(to: UInt32.self),
          draft.baseAddress?.assumingMemoryBound(to: UInt8.self), blocks)
      }
    }
    return UInt64(state.0) << 32 | UInt64(state.1)
  }

  /// First 64 bits of the SHA-256 over `call|` and the ids of its flows.
  mutating func call(_ flows: [UInt64]) -> UInt64 {
    guard isWanted else { return 0 }
    text.removeAll(keepingCapacity: true)
    text.append(contentsOf: "call".utf8)
    for flow in flows {
      text.append(0x7C)
      for shift in stride(from: 60, through: 0, by: -4) {
        let nibble = UInt8(truncatingIfNeeded: flow >> UInt64(shift)) & 0xF
        text.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
      }
    }
    return Self.leading(SHA256.hash(data: text))
  }

  /// 16 hex digits over a list of lines.
  static func digest(_ lines: [String]) -> String {
    var text: [UInt8] = []
    for line in lines {
      text.append(contentsOf: line.utf8)
      text.append(0x0A)
    }
    let digits = String(leading(SHA256.hash(data: text)), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// The first 64 bits of a digest, most significant first.
  private static func leading(_ digest: SHA256.Digest) -> UInt64 {
    unsafe digest.withUnsafeBytes { bytes in
      UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }
  }

  /// Adds the low `count` (0...8) bytes of a word, lowest first.
  @inline(always)
  private mutating func put(_ word: UInt64, _ count: Int) {
    let place = drafted & 127
    unsafe withUnsafeMutableBytes(of: &draft) { bytes in
      unsafe bytes.storeBytes(of: word.littleEndian, toByteOffset: place, as: UInt64.self)
    }
    drafted &+= count
  }

  /// Ends what was drafted with a one bit, zeros and its length in bits; the number of blocks.
  private mutating func close() -> Int {
    // Two blocks hold 119 bytes of text.
    let length = min(drafted, 119)
    drafted = length
    put(0x80, 8)
    drafted = length &+ 8
    let end = length < 56 ? 64 : 128
    while drafted < end { put(0, 8) }
    drafted = end &- 8
    put(UInt64(length &* 8).byteSwapped, 8)
    return end >> 6
  }

  private mutating func put(_ address: IPAddress) {
    guard address.family == .v6 else {
      return put(UInt64(UInt32(truncatingIfNeeded: address.low).byteSwapped), 4)
    }
    put(address.high.byteSwapped, 8)
    put(address.low.byteSwapped, 8)
  }

  /// Text form of an address, IPv6 in brackets.
  private mutating func putText(_ address: IPAddress) {
    guard address.family == .v6 else {
      for shift in 1...4 as ClosedRange<UInt64> {
        let octet = Digits.octet(address.low &>> (32 &- 8 &* shift) & 0xFF)
        put(octet.characters | 0x2E &<< UInt64(8 &* octet.count), octet.count &+ (shift < 4 ? 1 : 0))
      }
      return
    }
    text.removeAll(keepingCapacity: true)
    address.append(to: &text)
    put(0x5B, 1)
    for byte in text { put(UInt64(byte), 1) }
    put(0x5D, 1)
  }

  private mutating func put(decimal value: UInt64) {
    let unit: UInt64 = 100_000_000
    guard value >= unit else {
      if value == 0 { return put(0x30, 1) }
      let characters = Digits.leading(value)
      return put(characters.characters, characters.count)
    }
    put(decimal: value / unit)
    put(Digits.eight(value % unit) | 0x3030_3030_3030_3030, 8)
  }
}
