internal import Wire

/// ClientHellos that come in Initials, put together by their offsets over several packets and datagrams.
///
/// Bounded: `limit` flows at a time, the oldest gives way; 16 KiB and `packets` Initials each.
struct QUICInitials {
  private static let limit = 256
  private static let packets = 16

  fileprivate struct Hello {
    var flow = UInt32.max
    var keys: QUICInitialKeys?
    var pieces = HelloPieces()
    var seen = 0
  }

  private var hellos: [Hello] = []
  private var oldest = 0

  /// Where a flow's hello is put together, from the first time it is asked for.
  mutating func place(of flow: UInt32, known: Int?) -> Int {
    if let known, known < hellos.count, hellos[known].flow == flow { return known }
    var fresh = Hello()
    fresh.flow = flow
    if hellos.count < Self.limit {
      hellos.append(fresh)
      return hellos.count - 1
    }
    let place = oldest
    oldest = (oldest + 1) % Self.limit
    hellos[place] = fresh
    return place
  }

  /// Takes an Initial in. The hello once it is whole, or as far as it came when no more of it is waited for.
  mutating func take(_ packet: Span<UInt8>, _ header: QUICLongHeader, at place: Int, offer: inout HelloOffer)
    -> TLSHello
  {
    hellos[place].seen += 1
    guard hellos[place].seen <= Self.packets else { return .notTLS }
    var plain = hellos[place].keys?.open(packet, header)
    if plain == nil {
      // A Retry, or another connection on the five-tuple, begins with keys of its own.
      guard let keys = QUICInitialKeys(version: header.version, connectionID: packet.extracting(header.destinationID)),
        let opened = keys.open(packet, header)
      else { return .needMore(total: 0) }
      plain = opened
      hellos[place].keys = keys
      hellos[place].pieces.removeAll()
    }
    guard let plain else { return .needMore(total: 0) }
    var frames = QUICCryptoFrames()
    while let (position, data) = frames.next(in: plain.span) {
      guard position + data.count <= TLSClientHello.longestMessage, !data.isEmpty else { continue }
      guard hellos[place].pieces.add(plain.span.extracting(data), at: position) else { return .notTLS }
    }
    let whole = hellos[place].pieces.prefix
    guard whole >= 4 else { return .needMore(total: 4) }
    let stream = hellos[place].pieces.bytes
    return TLSClientHello.read(
      message: stream.span.extracting(0..<whole), isFinal: hellos[place].seen == Self.packets, offer: &offer)
  }

  /// Gives the room back.
  mutating func close(_ place: Int) { hellos[place] = Hello() }

  /// Flows have new numbers; nil for those that are gone.
  mutating func renumber(_ number: (UInt32) -> UInt32?) {
    for place in hellos.indices where hellos[place].flow != .max {
      if let flow = number(hellos[place].flow) { hellos[place].flow = flow } else { hellos[place] = Hello() }
    }
  }
}
