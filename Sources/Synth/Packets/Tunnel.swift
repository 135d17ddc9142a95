/// What a packet can be wrapped in on its way: bytes in front of it, as the standard's figure lays them out.
public enum Tunnel: Sendable, CaseIterable {
  /// IP in IP (RFC 2003, RFC 4213).
  case ip
  /// GRE, nothing optional (RFC 2784).
  case gre
  /// GRE with checksum, key and sequence number (RFC 2890).
  case greFull
  /// Ethernet in GRE with a key (RFC 7637).
  case nvgre
  /// PPTP: GRE version 1 with PPP inside (RFC 2637).
  case pptp
  /// ERSPAN type I: Ethernet in GRE, no header of its own.
  case erspan1
  /// ERSPAN type II.
  case erspan2
  /// ERSPAN type III with the platform header.
  case erspan3
  /// EtherIP (RFC 3378).
  case etherIP
  /// MPLS in IP (RFC 4023).
  case mpls
  /// PIM register (RFC 7761).
  case pim
  /// Authentication header (RFC 4302), transport mode.
  case authentication
  /// GTP-U, nothing optional (TS 29.281).
  case gtp
  /// GTP-U with a sequence number and a PDU session container.
  case gtpExtended
  /// VXLAN (RFC 7348).
  case vxlan
  /// VXLAN generic protocol extension with IP inside.
  case vxlanGPE
  /// Geneve with Ethernet and eight bytes of options (RFC 8926).
  case geneve
  /// L2TP version 2 with length and PPP (RFC 2661).
  case l2tp
  /// TaZmen Sniffer Protocol.
  case tzsp

  /// A carrier between two other hosts with `packet` inside.
  public func wrapping(
    _ packet: SynthPacket, from: HostAddress = "203.0.113.1", to: HostAddress = "203.0.113.2"
  ) -> SynthPacket {
    let inner = packet.serialized(timeToLive: packet.timeToLive)
    let type: [UInt8] = packet.source.isVersion6 ? [0x86, 0xDD] : [0x08, 0x00]
    let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + type + inner
    let ppp: [UInt8] = [0, packet.source.isVersion6 ? 0x57 : 0x21] + inner
    func raw(_ number: UInt8, _ bytes: [UInt8]) -> SynthPacket {
      SynthPacket(from: from, to: to, .raw(protocolNumber: number, bytes: bytes))
    }
    func udp(_ port: UInt16, _ bytes: [UInt8]) -> SynthPacket {
      SynthPacket(from: from, to: to, .udp(sourcePort: 50_000, destinationPort: port, payload: bytes))
    }
    func sized(_ head: [UInt8], _ length: Int, _ tail: [UInt8]) -> [UInt8] {
      var bytes = head
      bytes.append16(length)
      return bytes + tail
    }
    switch self {
    case .ip: return raw(packet.source.isVersion6 ? 41 : 4, inner)
    case .gre: return raw(47, [0, 0] + type + inner)
    case .greFull: return raw(47, [0xB0, 0] + type + [1, 2, 0, 0, 3, 3, 3, 3, 0, 0, 0, 4] + inner)
    case .nvgre: return raw(47, [0x20, 0, 0x65, 0x58, 0, 0x10, 0, 7] + ethernet)
    case .pptp:
      let head: [UInt8] = [0x30, 0x81, 0x88, 0x0B]
      return raw(47, sized(head, ppp.count + 2, [0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 3]) + ppp)
    case .erspan1: return raw(47, [0, 0, 0x88, 0xBE] + ethernet)
    case .erspan2: return raw(47, [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 5, 0, 1, 0, 0, 0, 2] + ethernet)
    case .erspan3:
      let head: [UInt8] = [0x20, 5, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1]
      return raw(
        47, [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1] + head + [UInt8](repeating: 0x45, count: 8) + ethernet)
    case .etherIP: return raw(97, [0x30, 0] + ethernet)
    case .mpls: return raw(137, [0, 1, 0x00, 64, 0, 2, 0x01, 64] + inner)
    case .pim: return raw(103, [0x21, 0, 0, 0, 0, 0, 0, 0] + inner)
    case .authentication:
      let body = Array(inner[(packet.source.isVersion6 ? 40 : 20)...])
      var carrier = packet
      carrier.transport = .raw(
        protocolNumber: 51,
        bytes: [packet.protocolNumber, 4, 0, 0] + [UInt8](repeating: 0x11, count: 20) + body)
      return carrier
    case .gtp: return udp(2152, sized([0x30, 0xFF], inner.count, [0, 0, 0, 5]) + inner)
    case .gtpExtended:
      let options: [UInt8] = [0, 1, 0, 0x85, 1, 0, 9, 0]
      return udp(2152, sized([0x36, 0xFF], inner.count + 8, [0, 0, 0, 5]) + options + inner)
    case .vxlan: return udp(4789, [8, 0, 0, 0, 0, 0, 77, 0] + ethernet)
    case .vxlanGPE:
      return udp(4790, [0x0C, 0, 0, packet.source.isVersion6 ? 2 : 1, 0, 0, 77, 0] + inner)
    case .geneve:
      return udp(6081, [2, 0, 0x65, 0x58, 0, 0, 77, 0, 1, 2, 0x80, 1, 9, 9, 9, 9] + ethernet)
    case .l2tp: return udp(1701, sized([0x40, 2], ppp.count + 10, [0, 1, 0, 2, 0xFF, 3]) + ppp)
    case .tzsp: return udp(37008, [1, 0, 0, 1, 10, 1, 0xC4, 0, 1] + ethernet)
    }
  }
}
