/// What to capture and how, in tcpdump's terms.
public struct LiveOptions: Sendable, Equatable {
  /// Which way packets go, as the interface sees it.
  public enum Direction: String, Sendable, CaseIterable {
    case incoming = "in"
    case outgoing = "out"
    case both = "inout"
  }

  /// Names of interfaces; `any` is all of them.
  public var interfaces: [String]
  /// Bytes kept of a frame: more than every header that is read.
  public var snaplen = 512
  /// Bytes of the kernel's ring, for each interface.
  public var ringBytes = 32 << 20
  /// Take frames for other stations too.
  public var isPromiscuous = false
  /// Which way.
  public var direction = Direction.both
  /// A filter of pcap-filter(7), run by the kernel.
  public var filter: String?

  /// The usual choices for some interfaces.
  public init(interfaces: [String]) { self.interfaces = interfaces }
}
