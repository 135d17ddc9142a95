import Testing
import Verdict

@testable import Report

@Suite struct SentenceTests {
  @Test(arguments: [
    (Quantity.count(90), "90"), (.count(-3), "-3"), (.nothing, "?"),
    (.duration(0), "0 s"), (.duration(850), "850 ns"), (.duration(85_000), "85 us"), (.duration(4_100_000), "4.1 ms"),
    (.duration(850_000_000), "850 ms"), (.duration(999_600_000), "1 s"), (.duration(44_500_000_000), "44.5 s"),
    (.duration(59_960_000_000), "1 min"), (.duration(200_000_000_000), "3 min 20 s"),
    (.duration(3_900_000_000_000), "1 h 5 min"), (.duration(-2_000_000_000), "-2 s"),
    (.duration(.min), "-2562047 h 47 min"),
    (.bytes(1), "1 byte"), (.bytes(1_200), "1200 bytes"), (.bytes(12_400), "12.4 KB"), (.bytes(999_999), "1 MB"),
    (.bytes(12_345_678), "12.3 MB"), (.rate(43_200), "43.2 kbit/s"), (.rate(850), "850 bit/s"),
    (.rate(999_960), "1 Mbit/s"), (.rate(2_500_000_000), "2.5 Gbit/s"),
    (.share(0.042), "4.2 %"), (.share(0), "0 %"), (.share(1), "100 %"), (.share(0.00001), "< 0.01 %"),
    (.share(0.0012), "0.12 %"), (.share(0.9999), "> 99.9 %"), (.share(.nan), "? %"),
    (.probability(2e-5), "p = 2e-05"), (.probability(0.0123), "p = 0.0123"), (.probability(.nan), "p = ?"),
    (.number(2.55), "2.5"), (.number(.infinity), "?"), (.frame(123), "frame 123"),
    (.endpoint(IPAddress(v4: 0x0102_0304), 80), "1.2.3.4:80"),
    (.endpoint(IPAddress(high: 0x2001_0DB8 << 32, low: 1), 80), "[2001:db8::1]:80"),
  ])
  func quantity(_ quantity: Quantity, _ text: String) { #expect(Sentence.text(quantity) == text) }

  @Test func phrasesNeverTrap() {
    #expect(Sentence.text(Phrase("{} of {}", .count(1), .count(2))) == "1 of 2")
    #expect(Sentence.text(Phrase("{} of {}", .count(1))) == "1 of ?")
    #expect(Sentence.text(Phrase("{}{}{}{}{}{}{}{}{}{}")) == "??????????")
    #expect(Sentence.text(Phrase("", .count(1))) == "")
    #expect(Sentence.text(Phrase("{", .count(1))) == "{")
    #expect(Sentence.text(Phrase("}{ {{}} é{}", .count(1), .count(2))) == "}{ {1} é2")
  }

  @Test(arguments: [
    ("{} packets up, {} down.", 1, "1 packet up, 5 down."),
    ("{} requests were not answered.", 1, "1 request was not answered."),
    ("5 requests in {} one-second bins were not answered", 1, "5 requests in 1 one-second bin were not answered"),
    ("{} one-second bins", 1, "1 one-second bin"), ("{} packets", 2, "2 packets"),
    ("None of {} relays ({} addresses)", 1, "None of 1 relay (5 addresses)"),
    ("{} times", 1, "1 times"), ("{} unanswered connectivity checks have", 1, "1 unanswered connectivity check has"),
    ("{}", 1, "1"), ("{} ", 1, "1 "),
  ])
  func oneOfAKindIsSingular(_ template: StaticString, _ count: Int, _ text: String) {
    #expect(Sentence.text(Phrase(template, .count(count), .count(5))) == text)
  }

  private func decimal(_ value: Double, _ decimals: Int) -> String {
    var line = LineBuffer()
    line.decimal(value, decimals)
    return String(decoding: line.bytes, as: UTF8.self)
  }

  @Test func decimals() {
    #expect(decimal(0.00005, 4) == "0.0001")
    #expect(decimal(0.00004999, 4) == "0")
    #expect(decimal(-0.00004, 4) == "0")
    #expect(decimal(0.99995, 4) == "1")
    #expect(decimal(0.99994, 4) == "0.9999")
    #expect(decimal(1.005, 2) == "1")
    #expect(decimal(0.5, 0) == "1")
    #expect(decimal(2.5, 0) == "3")
    #expect(decimal(1e15, 4) == "1000000000000000")
    #expect(decimal(-1.25, 1) == "-1.3")
    #expect(decimal(-0.0, 4) == "0")
    #expect(decimal(0.0101, 4) == "0.0101")
    #expect(decimal(123.4, 3) == "123.4")
    #expect(decimal(.nan, 4) == "null")
    #expect(decimal(-.infinity, 4) == "null")
    #expect(decimal(9_223_372_036_854_775_808, 1) == "9223372036854775808")
    #expect(decimal(1e20, 1) == "1e+20")
    #expect(decimal(4_503_599_627_370_495.5, 4) == "4503599627370495.5")
  }

  @Test func everyTenThousandthReadsBack() {
    for value in 0...10_000 {
      let number = Double(value) / 10_000
      #expect(Double(decimal(number, 4)) == number)
    }
  }

  @Test(arguments: [
    (0.0, "0"), (1.0, "1"), (0.05, "0.05"), (0.00123, "0.0012"), (0.000_999_6, "1e-03"), (1.2e-7, "1.2e-07"),
    (9.96e-5, "1e-04"), (2e-5, "2e-05"), (3.4e-100, "3.4e-100"), (.leastNonzeroMagnitude, "4.9e-324"),
    (1e-300, "1e-300"),
  ])
  func probability(_ value: Double, _ text: String) {
    var line = LineBuffer()
    line.probability(value)
    #expect(String(decoding: line.bytes, as: UTF8.self) == text)
  }

  @Test func integersOfEveryLength() {
    var value: UInt64 = 1
    for _ in 0..<20 {
      for number in [value, value &- 1, value &+ 1, value &* 7] {
        var line = LineBuffer()
        line.unsigned(number)
        #expect(String(decoding: line.bytes, as: UTF8.self) == String(number))
        line.removeAll(keepingCapacity: true)
        line.hex16(number)
        let hex = String(number, radix: 16)
        #expect(String(decoding: line.bytes, as: UTF8.self) == String(repeating: "0", count: 16 - hex.count) + hex)
      }
      value = value &* 10
    }
    var line = LineBuffer()
    line.integer(.min)
    #expect(String(decoding: line.bytes, as: UTF8.self) == "-9223372036854775808")
  }

  @Test func communityIDIsBase64() {
    var digest: [20 of UInt8] = .init(repeating: 0)
    for index in 0..<20 { digest[index] = UInt8((index * 13 + 200) & 0xFF) }
    var line = LineBuffer()
    line.communityID(CommunityID(digest: digest))
    #expect(String(decoding: line.bytes, as: UTF8.self) == "1:yNXi7/wJFiMwPUpXZHF+i5ilsr8=")
  }
}
