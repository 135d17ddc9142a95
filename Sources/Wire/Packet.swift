/// Address bits of either family; the packet's `family` says which.
public struct AddressBits: Equatable, Sendable, BitwiseCopyable {
  /// Upper 64 bits; 0 for IPv4.
  public var high: UInt64
  /// Lower 64 bits; the 32-bit address for IPv4.
  public var low: UInt64

  /// From two halves.
  @inlinable @inline(always)
  public init(high: UInt64 = 0, low: UInt64 = 0) {
    self.high = high
    self.low = low
  }
}

/// IP protocol numbers that we follow.
public enum TransportProtocol: UInt8, Sendable, BitwiseCopyable {
  case icmp = 1
  case tcp = 6
  case udp = 17
  case icmpv6 = 58
}

/// TCP header flags, RFC 9293 section 3.1.
public struct TCPFlags: OptionSet, Sendable, BitwiseCopyable {
  /// Flag byte as on the wire.
  public let rawValue: UInt8

  /// From the wire.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// No more data from the sender.
  @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
  /// Synchronize sequence numbers.
  @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
  /// Reset the connection.
  @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
  /// Push.
  @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
  /// Acknowledgment field is significant.
  @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
  /// Urgent pointer is significant.
  @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }
  /// ECN echo.
  @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x40) }
  /// Congestion window reduced.
  @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x80) }
}

/// What a decoded packet carried beyond its fixed fields.
public struct PacketTraits: OptionSet, Sendable, BitwiseCopyable {
  /// Bits.
  public let rawValue: UInt8

  /// From bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// IPv4 "don't fragment".
  @inlinable public static var dontFragment: PacketTraits { PacketTraits(rawValue: 1) }
  /// First fragment of several: the payload is cut.
  @inlinable public static var firstFragment: PacketTraits { PacketTraits(rawValue: 2) }
  /// TCP timestamps option present.
  @inlinable public static var timestamps: PacketTraits { PacketTraits(rawValue: 4) }
  /// TCP window scale option present.
  @inlinable public static var windowScale: PacketTraits { PacketTraits(rawValue: 8) }
  /// TCP maximum segment size option present.
  @inlinable public static var maximumSegmentSize: PacketTraits { PacketTraits(rawValue: 16) }
  /// TCP SACK blocks present.
  @inlinable public static var selectiveAcknowledgment: PacketTraits { PacketTraits(rawValue: 32) }
  /// A VLAN tag was present.
  @inlinable public static var vlan: PacketTraits { PacketTraits(rawValue: 64) }
  /// It lay inside of another packet or frame: the fields are the innermost one's.
  @inlinable public static var tunnel: PacketTraits { PacketTraits(rawValue: 128) }
}

/// One decoded packet: a plain value, reused; ranges point into the block it was decoded from.
public struct Packet: Equatable, Sendable, BitwiseCopyable {
  /// Sender.
  public var source = AddressBits()
  /// Receiver.
  public var destination = AddressBits()
  /// Sender's port; ICMP type for ICMP.
  public var sourcePort: UInt16 = 0
  /// Receiver's port; ICMP code for ICMP.
  public var destinationPort: UInt16 = 0
  /// 4 or 6.
  public var family: UInt8 = 0
  /// IP protocol after extension headers.
  public var transport = TransportProtocol.udp
  /// TTL or hop limit.
  public var timeToLive: UInt8 = 0
  /// What else it carried.
  public var traits: PacketTraits = []
  /// IPv4 identification; 0 for IPv6.
  public var identification: UInt16 = 0
  /// How many packets and frames it lay in, if the trait `tunnel` says so.
  public var nesting: UInt8 = 0
  /// Of a fragment, first or later: offset of its IP header in the frame; 255 is that or more.
  public var networkOffset: UInt8 = 0
  /// IP bytes as the header says (payload and headers).
  public var ipLength: UInt32 = 0
  /// Offset in the block of the first transport payload byte.
  public var payloadStart = 0
  /// Captured transport payload bytes.
  public var payloadLength: Int32 = 0
  /// Transport payload bytes on the wire, as the headers say.
  public var payloadWireLength: Int32 = 0
  /// TCP sequence number.
  public var sequence = SequenceNumber(0)
  /// TCP acknowledgment number.
  public var acknowledgment = SequenceNumber(0)
  /// TCP window field, not scaled.
  public var window: UInt16 = 0
  /// TCP flags.
  public var tcpFlags: TCPFlags = []
  /// TCP window scale shift, if the trait says so; of a reset, for which that option means nothing, the four bits behind
  /// the header length, which are reserved (RFC 9293 section 3.1) but for what was the ECN nonce (RFC 3540).
  public var windowShift: UInt8 = 0
  /// TCP maximum segment size, bytes, if the trait says so.
  public var maximumSegmentSize: UInt16 = 0
  /// TCP timestamp value, if the trait says so.
  public var timestampValue: UInt32 = 0
  /// TCP timestamp echo reply, if the trait says so: the value of the segment that is answered (RFC 7323 section 3.2).
  public var timestampEcho: UInt32 = 0

  /// The same, and zeros without the option.
  @inlinable
  public var timestamps: (value: UInt32, echo: UInt32) {
    @inline(always)
    get { traits.contains(.timestamps) ? (timestampValue, timestampEcho) : (0, 0) }
  }

  /// Sequence numbers that a TCP segment takes (RFC 9293 section 3.4).
  @inlinable
  public var sequenceSpace: UInt32 {
    @inline(always)
    get {
      UInt32(truncatingIfNeeded: payloadWireLength) &+ (tcpFlags.contains(.syn) ? 1 : 0)
        &+ (tcpFlags.contains(.fin) ? 1 : 0)
    }
  }

  /// An empty packet.
  public init() {}
}

/// Why a frame did not become a packet.
public enum Undecoded: UInt8, Error, CaseIterable, Sendable {
  /// The frame ends inside a header.
  case truncated
  /// Not IP: ARP, LLDP, spanning tree and so on.
  case notIP
  /// A length field contradicts its own header.
  case badLength
  /// The IP version field fits neither version.
  case badVersion
  /// A later fragment: it has no ports.
  case fragment
  /// A link type that no decoder takes.
  case unsupportedLink
  /// IP, but neither TCP, UDP nor ICMP.
  case unsupportedTransport
  /// IPv6 headers, tags or tunnels too many to follow.
  case headerChain
  /// Enciphered on the link: protected 802.11, MACsec, encrypted PPP.
  case encrypted
  /// Several packets share the frame: `AggregatedFrames` finds them.
  case aggregate

  /// Name in records.
  public var code: StaticString {
    switch self {
    case .truncated: "truncated"
    case .notIP: "not_ip"
    case .badLength: "bad_length"
    case .badVersion: "bad_version"
    case .fragment: "later_fragment"
    case .unsupportedLink: "unsupported_link"
    case .unsupportedTransport: "unsupported_transport"
    case .headerChain: "header_chain"
    case .encrypted: "encrypted"
    case .aggregate: "aggregate"
    }
  }
}
