internal import Wire

/// ClientHellos that came in several segments or DTLS fragments, in any order, until they are whole.
///
/// Bounded: at most `limit` at a time, 16 KiB each (RFC 8446 allows more, no client sends it); the one that began longest
/// ago gives way. Room is used again.
struct HelloAssembler {
  private static let limit = 256
  private static let longest = TLSClientHello.longestMessage

  private struct Waiting {
    var flow = UInt32.max
    /// Sequence number of the first byte, or number of the DTLS message.
    var start: UInt32 = 0
    /// Of a DTLS message its length, else 0.
    var total = 0
    var pieces = HelloPieces()
  }

  private var waiting: [Waiting] = []
  private var places: [UInt32: Int] = [:]
  private var free: [Int] = []
  private var oldest = 0

  /// Bytes of all hellos that wait.
  var bytesHeld: Int { waiting.reduce(0) { $0 + $1.pieces.bytes.count } }

  /// Begins a flow's hello anew: its first byte's place, and its length if that is known.
  mutating func open(_ flow: UInt32, start: UInt32, total: Int = 0) {
    let place = places[flow] ?? room()
    places[flow] = place
    waiting[place].flow = flow
    waiting[place].start = start
    waiting[place].total = total
    waiting[place].pieces.removeAll()
  }

  private mutating func room() -> Int {
    if let place = free.popLast() { return place }
    if waiting.count < Self.limit {
      waiting.append(Waiting())
      return waiting.count - 1
    }
    let place = oldest
    oldest = (oldest + 1) % Self.limit
    places[waiting[place].flow] = nil
    return place
  }

  /// Where the first byte of the flow's hello belongs; nil if none waits.
  func start(of flow: UInt32) -> UInt32? { places[flow].map { waiting[$0].start } }

  /// Whether this message of this length waits.
  func isOpen(_ flow: UInt32, start: UInt32, total: Int) -> Bool {
    places[flow].map { waiting[$0].start == start && waiting[$0].total == total } ?? false
  }

  /// Adds bytes; false if there is no such hello, or it would be too long or too scattered.
  mutating func add(_ bytes: Span<UInt8>, at position: Int, to flow: UInt32) -> Bool {
    guard let place = places[flow], position >= 0, position + bytes.count <= Self.longest else { return false }
    return waiting[place].pieces.add(bytes, at: position)
  }

  /// The bytes from the start on, as far as there is no hole.
  func whole(_ flow: UInt32) -> ArraySlice<UInt8> {
    guard let place = places[flow] else { return [] }
    return waiting[place].pieces.bytes[..<waiting[place].pieces.prefix]
  }

  /// Gives the room back.
  mutating func close(_ flow: UInt32) {
    guard let place = places.removeValue(forKey: flow) else { return }
    waiting[place].flow = .max
    waiting[place].pieces.removeAll()
    free.append(place)
  }

  /// Flows have new numbers; nil for those that are gone.
  mutating func renumber(_ number: (UInt32) -> UInt32?) {
    let known = places
    places = [:]
    for (flow, place) in known {
      if let new = number(flow) {
        places[new] = place
        waiting[place].flow = new
      } else {
        waiting[place].flow = .max
        waiting[place].pieces.removeAll()
        free.append(place)
      }
    }
  }
}
