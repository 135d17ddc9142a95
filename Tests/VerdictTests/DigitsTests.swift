import Testing
import Verdict

/// Digits made a word at a time are those that the standard library writes.
@Suite struct DigitsTests {
  private func text(_ characters: UInt64, _ count: Int) -> String {
    String(decoding: (0..<count).map { UInt8(truncatingIfNeeded: characters >> UInt64(8 * $0)) }, as: UTF8.self)
  }

  @Test func everyOctet() {
    for value in 0..<256 as Range<UInt64> {
      let octet = Digits.octet(value)
      #expect(text(octet.characters, octet.count) == "\(value)")
    }
  }

  @Test func numbersUpToEightDigits() {
    var value: UInt64 = 1
    while value < 100_000_000 {
      for near in [value, value + 1, value * 10 - 1] where near < 100_000_000 {
        let digits = Digits.leading(near)
        #expect(text(digits.characters, digits.count) == "\(near)")
      }
      value = value * 3 + 7
    }
    #expect(text(Digits.eight(12_034) | 0x3030_3030_3030_3030, 8) == "00012034")
  }

  @Test func aDigestInBase64() {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var digest: [20 of UInt8] = .init(repeating: 0)
    for round in 0..<64 {
      for index in 0..<20 { digest[index] = UInt8(truncatingIfNeeded: round * 37 + index * 29 + round * index) }
      var expected: [UInt8] = []
      var bits: UInt32 = 0
      var count = 0
      for index in 0..<20 {
        bits = bits << 8 | UInt32(digest[index])
        count += 8
        while count >= 6 {
          count -= 6
          expected.append(alphabet[Int(bits >> UInt32(count)) & 63])
        }
      }
      expected.append(alphabet[Int(bits << UInt32(6 - count)) & 63])
      let characters = CommunityID(digest: digest).characters
      let made =
        text(characters.0, 8) + text(characters.1, 8) + text(characters.2, 8) + text(UInt64(characters.3), 4)
      #expect(made == String(decoding: expected, as: UTF8.self) + "=")
    }
  }
}
