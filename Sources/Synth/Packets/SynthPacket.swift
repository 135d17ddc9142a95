/// An IP packet as values: what a host sends, a link judges and a frame carries.
public struct SynthPacket: Sendable {
  /// What the packet carries.
  public enum Transport: Sendable {
    /// UDP (RFC 768).
    case udp(sourcePort: UInt16, destinationPort: UInt16, payload: [UInt8])
    /// TCP.
    case tcp(TCPSegment)
    /// ICMP or ICMPv6: type, code, the header's other four bytes, and the body.
    case icmp(type: UInt8, code: UInt8, rest: UInt32, body: [UInt8])
    /// Bytes of any IP protocol, a fragment's among them.
    case raw(protocolNumber: UInt8, bytes: [UInt8])
  }

  /// An IPv6 extension header (RFC 8200 §4): its own number and its body after the next-header and length bytes.
  public struct ExtensionHeader: Sendable {
    /// 0 hop-by-hop, 43 routing, 60 destination options.
    public var number: UInt8
    /// 6 + 8n bytes.
    public var body: [UInt8]

    /// An extension header; the body has 6 + 8n bytes.
    public init(number: UInt8, body: [UInt8]) {
      precondition(body.count % 8 == 6, "an extension header is a multiple of eight bytes long")
      self.number = number
      self.body = body
    }
  }

  /// Sender.
  public var source: HostAddress
  /// Receiver.
  public var destination: HostAddress
  /// TTL or hop limit as the sender set it.
  public var timeToLive: UInt8 = 64
  /// IPv4 identification, or the IPv6 fragment's.
  public var identification: UInt16 = 0
  /// IPv4 don't-fragment bit.
  public var dontFragment = true
  /// More fragments follow.
  public var moreFragments = false
  /// Offset of this fragment, bytes.
  public var fragmentOffset = 0
  /// DSCP and ECN.
  public var trafficClass: UInt8 = 0
  /// IPv6 extension headers, in order.
  public var extensionHeaders: [ExtensionHeader] = []
  /// What it carries.
  public var transport: Transport

  /// A packet with a host's usual header.
  public init(from source: HostAddress, to destination: HostAddress, _ transport: Transport) {
    self.source = source
    self.destination = destination
    self.transport = transport
  }

  /// Ports if the packet shows them.
  public var ports: (source: UInt16, destination: UInt16)? {
    switch transport {
    case .udp(let source, let destination, _): (source, destination)
    case .tcp(let segment): (segment.sourcePort, segment.destinationPort)
    case .icmp, .raw: nil
    }
  }

  /// Data of a UDP datagram or TCP segment.
  public var payload: [UInt8] {
    switch transport {
    case .udp(_, _, let payload): payload
    case .tcp(let segment): segment.payload
    case .icmp, .raw: []
    }
  }

  /// IP protocol number.
  public var protocolNumber: UInt8 {
    switch transport {
    case .udp: 17
    case .tcp: 6
    case .icmp: source.isVersion6 ? 58 : 1
    case .raw(let number, _): number
    }
  }

  /// Length of the packet on the wire from the IP header on, bytes.
  public var length: Int { serialized(timeToLive: timeToLive).count }
}
