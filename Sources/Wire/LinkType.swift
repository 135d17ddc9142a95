/// Link-layer type as capture files number it (the LINKTYPE_ registry of tcpdump.org).
public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// LINKTYPE_ value.
  public let rawValue: UInt16

  /// From a LINKTYPE_ value.
  @inlinable @inline(always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// BSD loopback: 4-byte address family in the writer's byte order.
  @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
  /// Ethernet.
  @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
  /// Raw IP of either version.
  @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
  /// OpenBSD loopback: 4-byte address family in network byte order.
  @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
  /// Linux cooked capture v1.
  @inlinable public static var linuxSLL: LinkType { LinkType(rawValue: 113) }
  /// Raw IPv4.
  @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
  /// Raw IPv6.
  @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
  /// Linux cooked capture v2.
  @inlinable public static var linuxSLL2: LinkType { LinkType(rawValue: 276) }

  /// Bytes in front of the network's header, where they are the same for all frames without a VLAN tag; else 0.
  public var headerLength: Int32 {
    switch self {
    case .null, .loop: 4
    case .ethernet: 14
    case .linuxSLL: 16
    case .linuxSLL2: 20
    default: 0
    }
  }

  /// A name as `capinfos`-like tools print it, e.g. `ether`; `linktype-N` where we have none.
  public var name: String {
    switch self {
    case .null: "null"
    case .ethernet: "ether"
    case .raw: "rawip"
    case .loop: "loop"
    case .linuxSLL: "linux-sll"
    case .ipv4: "rawip4"
    case .ipv6: "rawip6"
    case .linuxSLL2: "linux-sll2"
    case .ppp: "ppp"
    case .slip: "slip"
    case .fddi: "fddi"
    case .pppSerial: "ppp-serial"
    case .pppEthernet: "ppp-ether"
    case .atm: "atm-rfc1483"
    case .ciscoHDLC: "chdlc"
    case .wireless: "ieee-802-11"
    case .frameRelay: "frelay"
    case .ipsec: "enc"
    case .packetFilterLog: "pflog"
    case .prism: "ieee-802-11-prism"
    case .fibreChannel: "ip-over-fc"
    case .sunATM: "atm-pdus"
    case .radiotap: "ieee-802-11-radiotap"
    case .firewire: "ap1394"
    case .oldPacketTap: "pktap"
    case .avs: "ieee-802-11-avs"
    case .pppd: "ppp-pppd"
    case .juniperEthernet: "juniper-ether"
    case .ppi: "ppi"
    case .pppDirected: "ppp-with-direction"
    case .ciscoHDLCDirected: "chdlc-with-direction"
    case .frameRelayDirected: "frelay-with-direction"
    case .mpls: "mpls"
    case .solarisIP: "ipnet"
    case .netfilterLog: "nflog"
    case .netAnalyzer: "netanalyzer"
    case .netAnalyzerTransparent: "netanalyzer-transparent"
    case .packetTap: "pktap"
    case .mPacket: "ethernet-mpacket"
    case .broadcomTag: "dsa-tag-brcm"
    case .broadcomPrepended: "dsa-tag-brcm-prepend"
    case .marvellTag: "dsa-tag-dsa"
    case .marvellTypedTag: "dsa-tag-edsa"
    default: "linktype-\(rawValue)"
    }
  }
}

/// Link layers behind the branch of the ordinary ones; `Packet.decodeOtherLink` takes them.
extension LinkType {
  /// PPP, or Cisco HDLC where the first byte says so.
  @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
  /// SLIP behind 16 bytes of direction and header.
  @inlinable public static var slip: LinkType { LinkType(rawValue: 8) }
  /// FDDI.
  @inlinable public static var fddi: LinkType { LinkType(rawValue: 10) }
  /// PPP in HDLC framing (RFC 1662), or Cisco HDLC.
  @inlinable public static var pppSerial: LinkType { LinkType(rawValue: 50) }
  /// PPPoE session packets without Ethernet.
  @inlinable public static var pppEthernet: LinkType { LinkType(rawValue: 51) }
  /// LLC on ATM (RFC 2684).
  @inlinable public static var atm: LinkType { LinkType(rawValue: 100) }
  /// Cisco HDLC.
  @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
  /// IEEE 802.11.
  @inlinable public static var wireless: LinkType { LinkType(rawValue: 105) }
  /// Frame relay.
  @inlinable public static var frameRelay: LinkType { LinkType(rawValue: 107) }
  /// OpenBSD's decrypted IPsec.
  @inlinable public static var ipsec: LinkType { LinkType(rawValue: 109) }
  /// OpenBSD's packet filter log.
  @inlinable public static var packetFilterLog: LinkType { LinkType(rawValue: 117) }
  /// IEEE 802.11 behind a Prism header.
  @inlinable public static var prism: LinkType { LinkType(rawValue: 119) }
  /// IP over Fibre Channel.
  @inlinable public static var fibreChannel: LinkType { LinkType(rawValue: 122) }
  /// ATM as Solaris hands it out.
  @inlinable public static var sunATM: LinkType { LinkType(rawValue: 123) }
  /// IEEE 802.11 behind a radiotap header.
  @inlinable public static var radiotap: LinkType { LinkType(rawValue: 127) }
  /// IP over IEEE 1394 as Apple hands it out.
  @inlinable public static var firewire: LinkType { LinkType(rawValue: 138) }
  /// Apple's packet tap under the number of its first versions (user 2).
  @inlinable public static var oldPacketTap: LinkType { LinkType(rawValue: 149) }
  /// IEEE 802.11 behind an AVS header.
  @inlinable public static var avs: LinkType { LinkType(rawValue: 163) }
  /// PPP as pppd records it, a direction in place of the address.
  @inlinable public static var pppd: LinkType { LinkType(rawValue: 166) }
  /// Ethernet behind a Juniper header.
  @inlinable public static var juniperEthernet: LinkType { LinkType(rawValue: 178) }
  /// Per-packet information in front of another link layer.
  @inlinable public static var ppi: LinkType { LinkType(rawValue: 192) }
  /// PPP behind a byte of direction.
  @inlinable public static var pppDirected: LinkType { LinkType(rawValue: 204) }
  /// Cisco HDLC behind a byte of direction.
  @inlinable public static var ciscoHDLCDirected: LinkType { LinkType(rawValue: 205) }
  /// Frame relay behind a byte of direction.
  @inlinable public static var frameRelayDirected: LinkType { LinkType(rawValue: 206) }
  /// MPLS labels.
  @inlinable public static var mpls: LinkType { LinkType(rawValue: 219) }
  /// Solaris IP observability.
  @inlinable public static var solarisIP: LinkType { LinkType(rawValue: 226) }
  /// Linux netfilter log.
  @inlinable public static var netfilterLog: LinkType { LinkType(rawValue: 239) }
  /// Ethernet behind 4 bytes of Hilscher's analyzer.
  @inlinable public static var netAnalyzer: LinkType { LinkType(rawValue: 240) }
  /// Ethernet with preamble behind 4 bytes of Hilscher's analyzer.
  @inlinable public static var netAnalyzerTransparent: LinkType { LinkType(rawValue: 241) }
  /// Apple's packet tap.
  @inlinable public static var packetTap: LinkType { LinkType(rawValue: 258) }
  /// Ethernet with its preamble (IEEE 802.3br).
  @inlinable public static var mPacket: LinkType { LinkType(rawValue: 274) }
  /// Ethernet with a Broadcom switch tag behind the addresses.
  @inlinable public static var broadcomTag: LinkType { LinkType(rawValue: 281) }
  /// Ethernet behind a Broadcom switch tag.
  @inlinable public static var broadcomPrepended: LinkType { LinkType(rawValue: 282) }
  /// Ethernet with a Marvell switch tag behind the addresses.
  @inlinable public static var marvellTag: LinkType { LinkType(rawValue: 284) }
  /// Ethernet with a Marvell switch tag under an EtherType of its own.
  @inlinable public static var marvellTypedTag: LinkType { LinkType(rawValue: 285) }
}
