internal import Verdict

/// A list for each of many addresses, in one array.
struct AddressLists<Element: Sendable>: Sendable {
  private struct List {
    var first: UInt32
    var last: UInt32
    var count = 0
  }

  private static var none: UInt32 { .max }
  private var index = AddressIndex()
  private var lists: [List] = []
  private var elements: [(element: Element, following: UInt32)] = []

  /// Makes room for so many elements at once.
  mutating func reserve(_ count: Int) { elements.reserveCapacity(count) }

  /// Adds to the list of an address, unless it has `limit` elements.
  mutating func append(_ element: Element, to address: IPAddress, atMost limit: Int) {
    let number = index.number(address)
    let place = UInt32(elements.count)
    if number == lists.count {
      lists.append(List(first: place, last: place))
    } else if lists[number].count >= limit {
      return
    } else {
      elements[Int(lists[number].last)].following = place
      lists[number].last = place
    }
    lists[number].count += 1
    elements.append((element, Self.none))
  }

  /// The addresses that have lists; nil if they are more than `limit`.
  func addresses(atMost limit: Int) -> [IPAddress]? {
    index.count > limit ? nil : (0..<index.count).map(index.address)
  }

  /// Some element of an address's list is as asked.
  func contains(_ address: IPAddress, where isAsked: (Element) -> Bool) -> Bool {
    guard let number = index.find(address) else { return false }
    var place = lists[number].first
    while place != Self.none {
      if isAsked(elements[Int(place)].element) { return true }
      place = elements[Int(place)].following
    }
    return false
  }

  /// The elements of an address's list that are as asked, in order.
  func filter(_ address: IPAddress, _ isAsked: (Element) -> Bool) -> [Element] {
    var found: [Element] = []
    _ = contains(address) {
      if isAsked($0) { found.append($0) }
      return false
    }
    return found
  }
}
