import CSystem
import Crypto
import Report
import Synth
import Testing
import Verdict

@testable import Analysis

/// The blocks of SHA-1 and SHA-256, with the CPU's own instructions and without, against a library's digests.
@Suite struct DigestTests {
  private func padded(_ text: [UInt8]) -> [UInt8] {
    var blocks = text + [0x80]
    while blocks.count % 64 != 56 { blocks.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      blocks.append(UInt8(truncatingIfNeeded: UInt64(text.count * 8) >> UInt64(shift)))
    }
    return blocks
  }

  private func bytes(_ state: [UInt32]) -> [UInt8] {
    state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
  }

  @Test func everyLengthOfUpToThreeBlocksAgrees() {
    var generator = SeededGenerator(seed: 7)
    for length in 0...180 {
      let text = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let blocks = padded(text)
      for plain in [false, true] {
        var one: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        var two: [UInt32] = [
          0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
        ]
        if plain {
          unsafe ringback_sha_blocks_plain(&one, 0, blocks, blocks.count / 64)
          unsafe ringback_sha_blocks_plain(&two, 1, blocks, blocks.count / 64)
        } else {
          unsafe ringback_sha1_blocks(&one, blocks, blocks.count / 64)
          unsafe ringback_sha256_blocks(&two, blocks, blocks.count / 64)
        }
        #expect(bytes(one) == Array(Insecure.SHA1.hash(data: text)), "\(length) \(plain)")
        #expect(bytes(two) == Array(SHA256.hash(data: text)), "\(length) \(plain)")
      }
    }
  }

  /// Any other program can rebuild a flow's id from its text.
  @Test func aFlowsNameIsTheDigestOfItsText() {
    let ends: [(IPAddress, UInt16)] = [
      (IPAddress(v4: 0x0102_0304), 7), (IPAddress(v4: 0xDFFE_FDFC), 65_535),
      (IPAddress(high: 0x2001_0DB8_1234_5678, low: 0x9ABC_DEF0_1234_5678), 50_123), (IPAddress(high: 0, low: 1), 443),
    ]
    var identity = Identity()
    for (address, port) in ends {
      for first in [0, -1, 1_700_000_000_123_456_789, Int64.max, Int64.min + 1] {
        for ordinal in [UInt16(0), 9, .max] {
          let community = identity.communityID(address, port, ends[0].0, 99, transport: .udp)
          var text = "1:"
          let characters = community.characters
          for word in [characters.0, characters.1, characters.2, UInt64(characters.3)] {
            for place in 0..<8 as Range<UInt64> where word >> (8 * place) & 0xFF != 0 {
              text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: word >> (8 * place))))
            }
          }
          let host = address.family == .v6 ? "[\(address)]" : "\(address)"
          text += "|\(host):\(port)|\(first)|\(ordinal)"
          let expected = SHA256.hash(data: Array(text.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
          #expect(identity.flow(community, address, port, first: first, ordinal: ordinal) == expected, "\(text)")
        }
      }
    }
  }
}
