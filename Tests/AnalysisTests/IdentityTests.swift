import Report
import Synth
import Testing
import Verdict

@testable import Analysis

/// Names that other programs rebuild.
@Suite struct IdentityTests {
  private func base64(_ community: CommunityID) -> String {
    let characters = community.characters
    var text: [UInt8] = Array("1:".utf8)
    for word in [characters.0, characters.1, characters.2] {
      for index in 0..<8 as Range<UInt64> { text.append(UInt8(truncatingIfNeeded: word >> (8 * index))) }
    }
    for index in 0..<4 as Range<UInt32> { text.append(UInt8(truncatingIfNeeded: characters.3 >> (8 * index))) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Baselines of the community-id specification (METHOD.md W5).
  @Test(arguments: [
    ("1.2.3.4", UInt16(1122), "5.6.7.8", UInt16(3344), Transport.tcp, "1:wCb3OG7yAFWelaUydu0D+125CLM="),
    ("1.2.3.4", 1122, "5.6.7.8", 3344, .udp, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="),
    ("192.168.1.52", 54585, "8.8.8.8", 53, .udp, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
  ]) func communityIDBaselines(
    client: String, clientPort: UInt16, server: String, serverPort: UInt16, transport: Transport, expected: String
  ) {
    var identity = Identity()
    let a = IPAddress(HostAddress(stringLiteral: client))
    let b = IPAddress(HostAddress(stringLiteral: server))
    #expect(base64(identity.communityID(a, clientPort, b, serverPort, transport: transport)) == expected)
    #expect(base64(identity.communityID(b, serverPort, a, clientPort, transport: transport)) == expected)
  }

  @Test func oneHostTalkingToItselfHasOneID() {
    var identity = Identity()
    let host = IPAddress(v4: 0x7F00_0001)
    let one = identity.communityID(host, 4_000, host, 5_000, transport: .udp)
    #expect(one == identity.communityID(host, 5_000, host, 4_000, transport: .udp))
    #expect(one != identity.communityID(host, 5_000, host, 4_000, transport: .tcp))
  }

  @Test func theFlowIDIsAHashOverItsPrintedParts() {
    // printf '1:wCb3OG7yAFWelaUydu0D+125CLM=|1.2.3.4:1122|1700000000000000000|0' | sha256sum
    var identity = Identity()
    let a = IPAddress(v4: 0x0102_0304)
    let community = identity.communityID(a, 1122, IPAddress(v4: 0x0506_0708), 3344, transport: .tcp)
    #expect(identity.flow(community, a, 1122, first: 1_700_000_000_000_000_000, ordinal: 0) == 0x95A1_541C_E660_9D2F)
    // printf '…|[2001:db8::1]:443|-5|2'
    let v6 = IPAddress(high: 0x2001_0DB8_0000_0000, low: 1)
    #expect(identity.flow(community, v6, 443, first: -5, ordinal: 2) == 0x0C53_527D_DD3F_8134)
  }

  @Test func theCallIDIsAHashOverItsFlows() {
    // printf 'call|0000000000000001|ffffffffffffffff' | sha256sum
    var identity = Identity()
    #expect(identity.call([1, .max]) == 0xAAFA_7E16_D36C_829C)
    #expect(identity.call([.max, 1]) != identity.call([1, .max]))
  }

  @Test func theRulesDigestHasSixteenDigitsAndStays() {
    let digest = Identity.digest(["a", "b"])
    // printf 'a\nb\n' | sha256sum
    #expect(digest == "911169ddaaf146af")
    #expect(Identity.digest(["a", "c"]) != digest)
  }
}
