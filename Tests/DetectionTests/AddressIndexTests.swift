import Synth
import Testing
import Verdict

@testable import Detection

/// Addresses by number, against a dictionary.
@Suite struct AddressIndexTests {
  private func address(_ generator: inout SeededGenerator) -> IPAddress {
    let bits = generator.next()
    // Few enough that many come again; both families, with equal low bits.
    let low = bits % 700
    return bits >> 40 & 1 == 0 ? IPAddress(v4: UInt32(low)) : IPAddress(high: bits >> 50 & 3, low: low)
  }

  @Test func addressesAreNumberedInTheOrderOfAppearance() {
    var generator = SeededGenerator(seed: 11)
    var index = AddressIndex()
    var known: [IPAddress: Int] = [:]
    for _ in 0..<20_000 {
      let address = address(&generator)
      #expect(index.find(address) == known[address])
      let number = known[address] ?? known.count
      known[address] = number
      #expect(index.number(address) == number)
      #expect(index.find(address) == number)
    }
    #expect(index.count == known.count)
  }

  @Test func listsKeepTheirOrderAndTheirLimit() {
    var generator = SeededGenerator(seed: 12)
    var lists = AddressLists<Int>()
    var known: [IPAddress: [Int]] = [:]
    for value in 0..<5_000 {
      let address = address(&generator)
      lists.append(value, to: address, atMost: 4)
      if known[address, default: []].count < 4 { known[address, default: []].append(value) }
    }
    for (address, values) in known {
      #expect(lists.filter(address) { _ in true } == values)
      #expect(lists.filter(address) { $0 % 2 == 0 } == values.filter { $0 % 2 == 0 })
      #expect(lists.contains(address) { $0 == values.last })
    }
    #expect(!lists.contains(IPAddress(v4: 0xFFFF_FFFF)) { _ in true })
  }
}
