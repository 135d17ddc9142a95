internal import Flow
internal import Recognition
internal import Wire

/// The server's name of a QUIC connection, from the client's Initials.
extension Analyzer {
  private static var initialMark: UInt32 { 0x80 << 24 }

  /// Looks into the Initials of a client's datagram until its hello is whole.
  mutating func learnServer(_ payload: Span<UInt8>, _ first: QUICLongHeader, _ datagram: Datagram, _ fact: UInt32) {
    let half = facts[fact].half
    guard facts[fact].realm == NameTable.none, half != Self.initialMark | 0xFF_FFFF else { return }
    let known = half & Self.initialMark != 0 ? Int(half & 0xFF_FFFF) : nil
    let place = initials.place(of: datagram.flow, known: known)
    facts[fact].half = Self.initialMark | UInt32(place)
    var start = 0
    var header = first
    while true {
      let packet = payload.extracting(start..<payload.count)
      if header.type == .initial {
        switch initials.take(packet, header, at: place, offer: &offer) {
        case .needMore: break
        case .notTLS:
          close(place, fact)
          return
        case .hello(let hello):
          noteOffer(.quic, hello.hasECH, fact)
          if let name = hello.serverName { facts[fact].realm = names.intern(name.utf8.span) }
          close(place, fact)
          return
        }
      }
      start &+= header.end
      guard header.end > 0, start < payload.count, payload[start] & 0x80 != 0,
        let next = QUICLongHeader(
          payload.extracting(start..<payload.count), wireLength: datagram.wireLength &- start),
        next.version == header.version
      else { return }
      header = next
    }
  }

  private mutating func close(_ place: Int, _ fact: UInt32) {
    initials.close(place)
    facts[fact].half = Self.initialMark | 0xFF_FFFF
  }
}
