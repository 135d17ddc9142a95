/// Which packets a device on the path acts on. Everything left out matches.
public struct PacketFilter: Sendable {
  /// IP protocol number.
  public var protocolNumber: UInt8?
  /// The far end, whichever way the packet goes, must be inside one of these prefixes (empty: anywhere).
  public var remotePrefixes: [(prefix: HostAddress, length: Int)] = []
  /// One of the two ports.
  public var port: UInt16?
  /// Test of the UDP or TCP payload.
  public var payload: (@Sendable ([UInt8]) -> Bool)?

  /// A filter from its parts.
  public init(
    protocolNumber: UInt8? = nil, remote: [(prefix: HostAddress, length: Int)] = [], port: UInt16? = nil,
    payload: (@Sendable ([UInt8]) -> Bool)? = nil
  ) {
    self.protocolNumber = protocolNumber
    remotePrefixes = remote
    self.port = port
    self.payload = payload
  }

  /// Every packet.
  public static let everything = PacketFilter()

  /// All UDP.
  public static let udp = PacketFilter(protocolNumber: 17)

  /// The packets of one server.
  public static func host(_ address: HostAddress, protocolNumber: UInt8? = nil, port: UInt16? = nil) -> PacketFilter {
    PacketFilter(protocolNumber: protocolNumber, remote: [(address, address.isVersion6 ? 128 : 32)], port: port)
  }

  /// True if the packet is meant.
  public func matches(_ packet: SynthPacket) -> Bool {
    if let protocolNumber, packet.protocolNumber != protocolNumber { return false }
    if let port {
      guard let ports = packet.ports, ports.source == port || ports.destination == port else { return false }
    }
    if !remotePrefixes.isEmpty {
      let isInside = remotePrefixes.contains {
        packet.source.isInside($0.prefix, length: $0.length)
          || packet.destination.isInside($0.prefix, length: $0.length)
      }
      if !isInside { return false }
    }
    if let payload { return payload(packet.payload) }
    return true
  }
}
