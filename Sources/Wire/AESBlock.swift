// FIPS 197: AES-128 forward, one block at a time, for QUIC's header protection (RFC 9001 section 5.4.3). The keys of Initials
// are public, so nothing here needs to hide its timing.

/// An AES-128 key, expanded.
public struct AESBlock: Sendable {
  private var schedule: [UInt8]

  /// From a key of 16 bytes; nil for any other length.
  public init?(_ key: Span<UInt8>) {
    guard key.count == 16 else { return nil }
    var schedule: [UInt8] = []
    schedule.reserveCapacity(176)
    for index in 0..<16 { schedule.append(key[index]) }
    var constant: UInt8 = 1
    while schedule.count < 176 {
      let last = schedule.count - 4
      var word = [schedule[last], schedule[last + 1], schedule[last + 2], schedule[last + 3]]
      if schedule.count % 16 == 0 {
        word = [Self.box[Int(word[1])], Self.box[Int(word[2])], Self.box[Int(word[3])], Self.box[Int(word[0])]]
        word[0] ^= constant
        constant = Self.double(constant)
      }
      for index in 0..<4 { schedule.append(schedule[schedule.count - 16] ^ word[index]) }
    }
    self.schedule = schedule
  }

  /// The block of 16 bytes, encrypted; a shorter one is filled with zeros.
  public func encrypt(_ block: Span<UInt8>) -> [UInt8] {
    var state: [UInt8] = .init(repeating: 0, count: 16)
    for index in 0..<min(16, block.count) { state[index] = block[index] }
    add(round: 0, to: &state)
    for round in 1...10 {
      // SubBytes and ShiftRows: row r moves by r columns.
      var next = state
      for column in 0..<4 {
        for row in 0..<4 { next[column * 4 + row] = Self.box[Int(state[(column + row) % 4 * 4 + row])] }
      }
      state = next
      if round < 10 { Self.mix(&state) }
      add(round: round, to: &state)
    }
    return state
  }

  private func add(round: Int, to state: inout [UInt8]) {
    for index in 0..<16 { state[index] ^= schedule[round * 16 + index] }
  }

  private static func mix(_ state: inout [UInt8]) {
    for column in 0..<4 {
      let at = column * 4
      let (a, b, c, d) = (state[at], state[at + 1], state[at + 2], state[at + 3])
      let all = a ^ b ^ c ^ d
      state[at] = a ^ all ^ double(a ^ b)
      state[at + 1] = b ^ all ^ double(b ^ c)
      state[at + 2] = c ^ all ^ double(c ^ d)
      state[at + 3] = d ^ all ^ double(d ^ a)
    }
  }

  private static func double(_ byte: UInt8) -> UInt8 { byte << 1 ^ (byte & 0x80 != 0 ? 0x1B : 0) }

  /// The S-box, computed as section 5.1.1 defines it: the inverse in GF(2^8), then an affine map.
  private static let box: [UInt8] = {
    var box: [UInt8] = .init(repeating: 0, count: 256)
    var power: UInt8 = 1
    var inverse: UInt8 = 1
    repeat {
      // 3 generates the field, and 0xF6 is its inverse.
      power = power ^ double(power)
      inverse ^= inverse << 1
      inverse ^= inverse << 2
      inverse ^= inverse << 4
      if inverse & 0x80 != 0 { inverse ^= 0x09 }
      let rotated = inverse ^ rotate(inverse, 1) ^ rotate(inverse, 2) ^ rotate(inverse, 3) ^ rotate(inverse, 4)
      box[Int(power)] = rotated ^ 0x63
    } while power != 1
    box[0] = 0x63
    return box
  }()

  private static func rotate(_ byte: UInt8, _ bits: UInt8) -> UInt8 { byte << bits | byte >> (8 - bits) }
}
