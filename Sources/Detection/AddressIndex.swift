public import Verdict

/// Addresses numbered in the order in which they were first put in; a look-up costs a multiplication and, nearly always,
/// one comparison.
///
/// The hash is seeded for each process: no capture can be made whose addresses all meet. Numbers do not depend on it.
public struct AddressIndex: Sendable {
  private var slots: [UInt32] = Array(repeating: 0, count: 64)
  private var addresses: [IPAddress] = []
  private var latest = 0
  private static let seeds = (UInt64.random(in: 1...UInt64.max), UInt64.random(in: 1...UInt64.max))
  private let seeds = AddressIndex.seeds

  /// No address.
  public init() {}

  /// Number of addresses.
  public var count: Int { addresses.count }
  /// The address of a number.
  public func address(_ number: Int) -> IPAddress { addresses[number] }

  /// The number of an address, which is put in if it was not.
  public mutating func number(_ address: IPAddress) -> Int {
    // One client's flows follow each other.
    if latest < addresses.count, addresses[latest] == address { return latest }
    var place = home(address)
    while slots[place] != 0 {
      let number = Int(slots[place] &- 1)
      if addresses[number] == address {
        latest = number
        return number
      }
      place = (place &+ 1) & (slots.count &- 1)
    }
    addresses.append(address)
    slots[place] = UInt32(addresses.count)
    latest = addresses.count - 1
    if addresses.count * 2 > slots.count { grow() }
    return latest
  }

  /// The number of an address; nil if it was never put in.
  public func find(_ address: IPAddress) -> Int? {
    var place = home(address)
    while slots[place] != 0 {
      let number = Int(slots[place] &- 1)
      if addresses[number] == address { return number }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  private func home(_ address: IPAddress) -> Int {
    let product = (address.low ^ seeds.0).multipliedFullWidth(by: address.high ^ seeds.1)
    let mixed = (product.high ^ product.low).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: mixed.high ^ mixed.low) & (slots.count &- 1)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    for number in addresses.indices {
      var place = home(addresses[number])
      while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = UInt32(number + 1)
    }
  }
}
