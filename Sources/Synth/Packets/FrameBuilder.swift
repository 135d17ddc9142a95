/// Puts packets into link-layer frames.
public struct FrameBuilder: Sendable {
  /// Link layers a capture can have.
  public enum Framing: Sendable {
    /// Ethernet II, with VLAN tags from the outside in (none is usual).
    case ethernet(vlans: [UInt16])
    /// Linux cooked capture, version 1.
    case linuxCooked
    /// Linux cooked capture, version 2.
    case linuxCooked2
    /// Bare IP.
    case raw
    /// BSD loopback: a 32-bit address family in host order.
    case null

    /// Number in capture files.
    public var linkType: UInt16 {
      switch self {
      case .ethernet: 1
      case .linuxCooked: 113
      case .linuxCooked2: 276
      case .raw: 101
      case .null: 0
      }
    }
  }

  /// Link layer.
  public var framing: Framing
  /// Most bytes kept of a frame.
  public var snapshotLength: Int
  /// Address of the machine that captures.
  public var ownAddress: [UInt8] = [0x02, 0x52, 0x42, 0x00, 0x00, 0x17]
  /// Address of its gateway.
  public var gatewayAddress: [UInt8] = [0x02, 0x52, 0x42, 0x00, 0x00, 0x01]

  /// A builder for one capture.
  public init(framing: Framing = .ethernet(vlans: []), snapshotLength: Int = 262_144) {
    self.framing = framing
    self.snapshotLength = snapshotLength
  }

  /// The frame of a packet.
  public func frame(_ packet: SynthPacket, at time: Nanoseconds, timeToLive: UInt8? = nil, outgoing: Bool) -> SynthFrame
  {
    let bytes =
      header(isVersion6: packet.source.isVersion6, outgoing: outgoing)
      + packet.serialized(timeToLive: timeToLive ?? packet.timeToLive)
    return SynthFrame(
      time: time, bytes: Array(bytes.prefix(snapshotLength)), wireLength: bytes.count, linkType: framing.linkType)
  }

  private func header(isVersion6: Bool, outgoing: Bool) -> [UInt8] {
    let etherType = isVersion6 ? 0x86DD : 0x0800
    let sender = outgoing ? ownAddress : gatewayAddress
    var result: [UInt8] = []
    switch framing {
    case .ethernet(let vlans):
      result = (outgoing ? gatewayAddress : ownAddress) + sender
      for vlan in vlans {
        result.append16(0x8100)
        result.append16(Int(vlan))
      }
      result.append16(etherType)
    case .linuxCooked:
      result.append16(outgoing ? 4 : 0)  // 4: sent by us; 0: to us
      result.append16(1)  // ARPHRD_ETHER
      result.append16(6)
      result += sender + [0, 0]
      result.append16(etherType)
    case .linuxCooked2:
      result.append16(etherType)
      result.append16(0)
      result.append32(2)  // interface index
      result.append16(1)
      result += [outgoing ? 4 : 0, 6] + sender + [0, 0]
    case .raw: break
    case .null: result.append32LittleEndian(isVersion6 ? 30 : 2)
    }
    return result
  }
}
