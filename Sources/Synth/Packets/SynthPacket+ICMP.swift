extension SynthPacket {
  /// The error a host sends about a packet: destination unreachable, with the packet quoted as it arrived.
  ///
  /// IPv4 type 3, IPv6 type 1. Linux quotes up to 576 bytes in all (RFC 1812 §4.3.2.3) and up to 1280 for IPv6.
  public static func unreachable(
    code: UInt8, quoting packet: SynthPacket, arrivedWith timeToLive: UInt8, from sender: HostAddress
  )
    -> SynthPacket
  {
    let isVersion6 = sender.isVersion6
    let quote = packet.serialized(timeToLive: timeToLive).prefix(isVersion6 ? 1232 : 548)
    var error = SynthPacket(
      from: sender, to: packet.source, .icmp(type: isVersion6 ? 1 : 3, code: code, rest: 0, body: Array(quote)))
    error.dontFragment = false
    error.trafficClass = isVersion6 ? 0 : 0xC0
    return error
  }
}
