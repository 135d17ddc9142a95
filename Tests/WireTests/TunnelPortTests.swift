import Testing

@testable import Wire

@Suite struct TunnelPortTests {
  /// GTP-U, VXLAN (both of its ports and GPE), Geneve, Teredo, L2TP, MPLS and TZSP, and no other.
  @Test func tunnelsAreLookedForAtNinePorts() {
    let ports = (0...UInt16.max).filter { Packet.mayCarryTunnel($0) }
    #expect(ports == [1701, 2152, 3544, 4789, 4790, 6081, 6635, 8472, 37008])
  }
}
