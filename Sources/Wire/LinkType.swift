/// Link-layer type as capture files number it (the LINKTYPE_ registry of tcpdump.org).
public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// LINKTYPE_ value.
  public let rawValue: UInt16

  /// From a LINKTYPE_ value.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// BSD loopback: 4-byte address family in the writer's byte order.
  public static let null = LinkType(rawValue: 0)
  /// Ethernet.
  public static let ethernet = LinkType(rawValue: 1)
  /// Raw IP of either version.
  public static let raw = LinkType(rawValue: 101)
  /// OpenBSD loopback: 4-byte address family in network byte order.
  public static let loop = LinkType(rawValue: 108)
  /// Linux cooked capture v1.
  public static let linuxSLL = LinkType(rawValue: 113)
  /// Raw IPv4.
  public static let ipv4 = LinkType(rawValue: 228)
  /// Raw IPv6.
  public static let ipv6 = LinkType(rawValue: 229)
  /// Linux cooked capture v2.
  public static let linuxSLL2 = LinkType(rawValue: 276)

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
  public static let ppp = LinkType(rawValue: 9)
  /// SLIP behind 16 bytes of direction and header.
  public static let slip = LinkType(rawValue: 8)
  /// FDDI.
  public static let fddi = LinkType(rawValue: 10)
  /// PPP in HDLC framing (RFC 1662), or Cisco HDLC.
  public static let pppSerial = LinkType(rawValue: 50)
  /// PPPoE session packets without Ethernet.
  public static let pppEthernet = LinkType(rawValue: 51)
  /// LLC on ATM (RFC 2684).
  public static let atm = LinkType(rawValue: 100)
  /// Cisco HDLC.
  public static let ciscoHDLC = LinkType(rawValue: 104)
  /// IEEE 802.11.
  public static let wireless = LinkType(rawValue: 105)
  /// Frame relay.
  public static let frameRelay = LinkType(rawValue: 107)
  /// OpenBSD's decrypted IPsec.
  public static let ipsec = LinkType(rawValue: 109)
  /// OpenBSD's packet filter log.
  public static let packetFilterLog = LinkType(rawValue: 117)
  /// IEEE 802.11 behind a Prism header.
  public static let prism = LinkType(rawValue: 119)
  /// IP over Fibre Channel.
  public static let fibreChannel = LinkType(rawValue: 122)
  /// ATM as Solaris hands it out.
  public static let sunATM = LinkType(rawValue: 123)
  /// IEEE 802.11 behind a radiotap header.
  public static let radiotap = LinkType(rawValue: 127)
  /// IP over IEEE 1394 as Apple hands it out.
  public static let firewire = LinkType(rawValue: 138)
  /// Apple's packet tap under the number of its first versions (user 2).
  public static let oldPacketTap = LinkType(rawValue: 149)
  /// IEEE 802.11 behind an AVS header.
  public static let avs = LinkType(rawValue: 163)
  /// PPP as pppd records it, a direction in place of the address.
  public static let pppd = LinkType(rawValue: 166)
  /// Ethernet behind a Juniper header.
  public static let juniperEthernet = LinkType(rawValue: 178)
  /// Per-packet information in front of another link layer.
  public static let ppi = LinkType(rawValue: 192)
  /// PPP behind a byte of direction.
  public static let pppDirected = LinkType(rawValue: 204)
  /// Cisco HDLC behind a byte of direction.
  public static let ciscoHDLCDirected = LinkType(rawValue: 205)
  /// Frame relay behind a byte of direction.
  public static let frameRelayDirected = LinkType(rawValue: 206)
  /// MPLS labels.
  public static let mpls = LinkType(rawValue: 219)
  /// Solaris IP observability.
  public static let solarisIP = LinkType(rawValue: 226)
  /// Linux netfilter log.
  public static let netfilterLog = LinkType(rawValue: 239)
  /// Ethernet behind 4 bytes of Hilscher's analyzer.
  public static let netAnalyzer = LinkType(rawValue: 240)
  /// Ethernet with preamble behind 4 bytes of Hilscher's analyzer.
  public static let netAnalyzerTransparent = LinkType(rawValue: 241)
  /// Apple's packet tap.
  public static let packetTap = LinkType(rawValue: 258)
  /// Ethernet with its preamble (IEEE 802.3br).
  public static let mPacket = LinkType(rawValue: 274)
  /// Ethernet with a Broadcom switch tag behind the addresses.
  public static let broadcomTag = LinkType(rawValue: 281)
  /// Ethernet behind a Broadcom switch tag.
  public static let broadcomPrepended = LinkType(rawValue: 282)
  /// Ethernet with a Marvell switch tag behind the addresses.
  public static let marvellTag = LinkType(rawValue: 284)
  /// Ethernet with a Marvell switch tag under an EtherType of its own.
  public static let marvellTypedTag = LinkType(rawValue: 285)
}
