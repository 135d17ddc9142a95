public import Wire

/// Whose flow a record is: addresses and ports by side, read back from the words that the table compares.
extension FlowTable {
  /// The key that a flow was found by.
  func key(of index: UInt32) -> FlowKey {
    let flow = flows[index]
    var packet = Packet()
    packet.family = flow.isIPv6 ? 6 : 4
    packet.transport = flow.isTCP ? .tcp : .udp
    let (a, b) = endpoints(of: flow)
    packet.source = a.address
    packet.sourcePort = a.port
    packet.destination = b.address
    packet.destinationPort = b.port
    return FlowKey(packet)
  }

  private func endpoints(
    of flow: FlowState
  ) -> (a: (address: AddressBits, port: UInt16), b: (address: AddressBits, port: UInt16)) {
    var a = AddressBits(low: UInt64(flow.a))
    var b = AddressBits(low: UInt64(flow.b))
    if flow.isIPv6 {
      let pair = pairs[flow.a]
      a = AddressBits(high: pair.aHigh, low: pair.aLow)
      b = AddressBits(high: pair.bHigh, low: pair.bLow)
    }
    return (
      (a, UInt16(truncatingIfNeeded: flow.ports >> 16)), (b, UInt16(truncatingIfNeeded: flow.ports))
    )
  }

  /// Address and port of one side of a flow.
  public func endpoint(_ index: UInt32, side: UInt8) -> (address: AddressBits, port: UInt16) {
    let flow = flows[index]
    let (a, b) = endpoints(of: flow)
    return flow.marks.contains(.initiatorIsB) == (side == 0) ? b : a
  }

  /// Addresses and ports of both sides of a flow.
  @inlinable @inline(always)
  public func ends(
    _ index: UInt32
  ) -> (zero: (address: AddressBits, port: UInt16), one: (address: AddressBits, port: UInt16)) {
    let ports = flows[index].ports
    var a = AddressBits(low: UInt64(flows[index].a))
    var b = AddressBits(low: UInt64(flows[index].b))
    if flows[index].isIPv6 {
      let pair = flows[index].a
      a = AddressBits(high: pairs[pair].aHigh, low: pairs[pair].aLow)
      b = AddressBits(high: pairs[pair].bHigh, low: pairs[pair].bLow)
    }
    let aPort = UInt16(truncatingIfNeeded: ports >> 16)
    let bPort = UInt16(truncatingIfNeeded: ports)
    if flows[index].marks.contains(.initiatorIsB) { return (zero: (b, bPort), one: (a, aPort)) }
    return (zero: (a, aPort), one: (b, bPort))
  }
}
