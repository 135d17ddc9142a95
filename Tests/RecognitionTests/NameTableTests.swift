import Synth
import Testing

@testable import Recognition

@Suite struct NameTableTests {
  private func intern(_ table: inout NameTable, _ text: String) -> UInt32 {
    let bytes = Array(text.utf8)
    return table.intern(bytes.span)
  }

  @Test func aNameIsKeptOnceInLowerCase() {
    var table = NameTable()
    #expect(intern(&table, "Call.Example.ORG") == 0)
    #expect(intern(&table, "call.example.org") == 0)
    #expect(intern(&table, "other.example.org") == 1)
    #expect(table.count == 2)
    #expect(table.text(0) == "call.example.org")
    #expect(table.name(1) == Array("other.example.org".utf8))
    // Only letters have a case: '[' lies behind 'Z', '@' before 'A'.
    let odd = intern(&table, "@[Z")
    #expect(table.text(odd) == "@[z")
  }

  /// A realm's case says something; what it is matched with has none.
  @Test func whereTheCaseIsKeptTheTextIsAsItCame() {
    var table = NameTable()
    let realm = Array("Coturn-4.6 'Gorst'".utf8)
    let kept = table.intern(realm.span, keepsCase: true)
    #expect(table.intern(realm.span, keepsCase: true) == kept && table.count == 1)
    #expect(table.text(kept) == "Coturn-4.6 'Gorst'" && table.name(kept) == Array("coturn-4.6 'gorst'".utf8))
    #expect(intern(&table, "Coturn-4.6 'Gorst'") != kept)
  }

  @Test func whatIsNoNameHasNone() {
    var table = NameTable()
    #expect(intern(&table, "") == NameTable.none)
    #expect(intern(&table, String(repeating: "a", count: 256)) == NameTable.none)
    #expect(intern(&table, String(repeating: "a", count: 255)) == 0)
    #expect(table.text(NameTable.none) == nil && table.name(NameTable.none) == [])
    #expect(table.text(1) == nil)
  }

  @Test func growingKeepsEveryIndex() {
    var table = NameTable()
    for number in 0..<20_000 { #expect(intern(&table, "host-\(number).example.org") == UInt32(number)) }
    for number in 0..<20_000 { #expect(intern(&table, "HOST-\(number).example.org") == UInt32(number)) }
    #expect(table.text(19_999) == "host-19999.example.org")
    #expect(table.count == 20_000)
  }

  @Test func aPrefixOfAKnownNameIsAnotherName() {
    var table = NameTable()
    #expect(intern(&table, "ab") == 0)
    #expect(intern(&table, "a") == 1)
    #expect(intern(&table, "abc") == 2)
    #expect(intern(&table, "b") == 3)
  }

  @Test func aScanOfNamesStopsAtTheLimit() {
    var table = NameTable()
    var bytes: [UInt8] = [0x61, 0, 0, 0, 0]
    for number in 0...NameTable.limit {
      for place in 0..<4 { bytes[place + 1] = UInt8(0x30 + (number >> (place * 6)) & 0x3F) | 0x80 }
      let index = table.intern(bytes.span)
      if number == NameTable.limit { #expect(index == NameTable.none) }
    }
    #expect(table.count == NameTable.limit)
    // Names from before are still known.
    #expect(table.name(0).count == 5)
    for place in 0..<4 { bytes[place + 1] = 0x30 | 0x80 }
    #expect(table.intern(bytes.span) == 0)
  }

  @Test func textThatIsNoUTF8IsReplaced() {
    var table = NameTable()
    let bytes: [UInt8] = [0x61, 0xFF, 0x62]
    let index = table.intern(bytes.span)
    #expect(table.text(index) == "a\u{FFFD}b")
  }
}
