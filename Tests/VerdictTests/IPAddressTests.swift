import Testing
import Verdict

@Suite struct IPAddressTests {
  /// RFC 5952 sections 1, 2 and 4, and the edges of the zero run.
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8::0001", "2001:db8::1"), ("2001:DB8::1", "2001:db8::1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ("0:0:0:1:0:0:0:0", "0:0:0:1::"), ("0:1:0:0:0:0:0:1", "0:1::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:0:0:4:5:0:0:8", "1::4:5:0:0:8"), ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
    ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::abcd", "fe80::abcd"), ("1:0:3:0:5:0:7:0", "1:0:3:0:5:0:7:0"),
    ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("192.168.12.169", "192.168.12.169"),
    ("10.100.9.99", "10.100.9.99"),
  ])
  func text(_ input: String, _ output: String) throws {
    let address = try #require(IPAddress(input))
    #expect(address.description == output)
    #expect(IPAddress(output) == address)
  }

  @Test func ipv4Mapped() throws {
    #expect(try #require(IPAddress("::ffff:192.0.2.1")) == IPAddress(high: 0, low: 0xFFFF_C000_0201))
    #expect(try #require(IPAddress("64:ff9b::192.0.2.33")).low == 0xC000_0221)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.+4", "1..2.3", "a.b.c.d", ":", ":::", "1::2::3", "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "g::", "1:+2::", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1%eth0", " ::1",
    "::1.2.3", "1.2.3.4::", "01.2.3.4",
  ])
  func refused(_ input: String) { #expect(IPAddress(input) == nil) }

  @Test func order() throws {
    let low = try #require(IPAddress("255.255.255.255"))
    let high = try #require(IPAddress("::"))
    #expect(low < high)
    #expect(try #require(IPAddress("::1")) < #require(IPAddress("1::")))
    #expect(IPAddress(v4: 1) < IPAddress(v4: 2))
    #expect(IPAddress(v4: 1) != IPAddress(high: 0, low: 1))
  }

  @Test(arguments: [
    ("10.0.0.0", 8, "10.255.255.255", true), ("10.0.0.0", 8, "11.0.0.0", false), ("1.2.3.4", 32, "1.2.3.4", true),
    ("1.2.3.4", 32, "1.2.3.5", false), ("0.0.0.0", 0, "255.1.1.1", true), ("0.0.0.0", 0, "::", false),
    ("2001:db8::", 32, "2001:db8:ffff::1", true), ("2001:db8::", 32, "2001:db9::", false),
    ("2001:db8::", 64, "2001:db8::1", true), ("2001:db8::", 64, "2001:db8:0:1::", false),
    ("2001:db8::", 127, "2001:db8::1", true), ("2001:db8::", 127, "2001:db8::2", false), ("::", 0, "ffff::", true),
    ("2001:db8::1", 128, "2001:db8::1", true), ("2001:db8::1", 128, "2001:db8::", false),
    ("2001:db8::", 65, "2001:db8:0:0:8000::", false),
  ])
  func prefix(_ prefix: String, _ length: Int, _ address: String, _ inside: Bool) throws {
    #expect(try #require(IPAddress(address)).isIn(#require(IPAddress(prefix)), length: length) == inside)
  }

  @Test(arguments: [
    ("10.1.2.3", true), ("9.255.255.255", false), ("172.16.0.1", true), ("172.31.255.255", true), ("172.32.0.0", false),
    ("192.168.0.1", true), ("192.169.0.1", false), ("127.0.0.1", true), ("169.254.1.1", true), ("100.64.0.1", true),
    ("100.127.255.255", true), ("100.128.0.0", false), ("8.8.8.8", false), ("::1", true), ("fe80::1", true),
    ("febf::1", true), ("fec0::1", false), ("fc00::1", true), ("fdff::1", true), ("2001:db8::1", false), ("::2", false),
  ])
  func isPrivate(_ address: String, _ expected: Bool) throws {
    #expect(try #require(IPAddress(address)).isPrivate == expected)
  }

  @Test(arguments: [
    ("224.0.0.251", true), ("239.255.255.250", true), ("255.255.255.255", true), ("223.255.255.255", false),
    ("240.0.0.1", false), ("ff02::fb", true), ("fe80::1", false),
  ])
  func isMulticast(_ address: String, _ expected: Bool) throws {
    #expect(try #require(IPAddress(address)).isMulticast == expected)
  }

  @Test func networksOfAddressesBehindANAT64AreTheirs() {
    func behind(_ v4: UInt64) -> IPAddress { IPAddress(high: 0x0064_FF9B_0000_0000, low: v4) }
    #expect(behind(0x5B6C_0915).network == behind(0x5B6C_0922).network)
    #expect(behind(0x5B6C_0915).network != behind(0x4A7D_FA81).network)
    #expect(behind(0x5B6C_0915).network == IPAddress(v4: 0x5B6C_0915).network)
    #expect(IPAddress(high: 0x0064_FF9B_0001_0000, low: 0x5B6C_0915).network.family == .v6)
  }
}
