/// Link-layer type as capture files number it (the LINKTYPE_ registry of tcpdump.org).
public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// LINKTYPE_ value.
  public let rawValue: UInt16

  /// From a LINKTYPE_ value.
  @inlinable @inline(__always)
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
    default: "linktype-\(rawValue)"
    }
  }
}

/// One frame of a capture: where its bytes lie in the lent block, and what the record header says.
public struct FrameInfo: Sendable, BitwiseCopyable {
  /// Capture time, ns since the epoch.
  public var time: Int64
  /// 1-based number in its capture, as Wireshark counts.
  public var number: UInt64
  /// Offset of the first captured byte in the block.
  public var start: Int
  /// Captured bytes.
  public var capturedLength: Int32
  /// Bytes on the wire.
  public var wireLength: Int32
  /// Link type of the interface.
  public var linkType: LinkType
  /// Interface index in a pcapng section, or the index of the FILE with `--join`.
  public var interface: UInt16

  /// A frame.
  public init(
    time: Int64, number: UInt64, start: Int, capturedLength: Int32, wireLength: Int32, linkType: LinkType,
    interface: UInt16 = 0
  ) {
    self.time = time
    self.number = number
    self.start = start
    self.capturedLength = capturedLength
    self.wireLength = wireLength
    self.linkType = linkType
    self.interface = interface
  }
}
