/// Where a datagram's payload belongs: passed down to the decoders by value.
struct Datagram {
  let flow: UInt32
  let detail: UInt32
  let side: Int
  let time: Int64
  /// Frame number, relative to the flow's first.
  let place: UInt32
  /// Payload bytes on the wire.
  let wireLength: Int
  /// IP bytes of the packet.
  let ipLength: UInt32
  let ports: (source: UInt16, destination: UInt16)
  /// Time to live or hop limit of the packet.
  let timeToLive: UInt8
  /// Inside TURN or a reflector frame: the far end is the peer, not the server.
  var nested = false

  /// One of several datagrams that came as this one, by its payload's bytes on the wire.
  func piece(of wireLength: Int) -> Datagram {
    Datagram(
      flow: flow, detail: detail, side: side, time: time, place: place, wireLength: wireLength,
      ipLength: UInt32(clamping: Int(ipLength) &- self.wireLength &+ wireLength), ports: ports, timeToLive: timeToLive,
      nested: nested)
  }

  /// The payload of an inner packet.
  func inner(wireLength: Int) -> Datagram {
    Datagram(
      flow: flow, detail: detail, side: side, time: time, place: place, wireLength: wireLength, ipLength: ipLength,
      ports: ports, timeToLive: timeToLive, nested: true)
  }
}
