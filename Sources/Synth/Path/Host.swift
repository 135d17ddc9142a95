/// A machine of a scenario: where it is, how far, and its IPv4 identification counter.
public final class Host {
  /// Its address.
  public let address: HostAddress
  /// Routers between it and the client.
  public let hops: UInt8
  /// One-way delay beyond the client's access line.
  public let delay: Nanoseconds
  /// Most that is added at random to the delay.
  public let jitter: Nanoseconds
  /// TTL its packets start with.
  public var timeToLive: UInt8 = 64
  /// True if it drops TCP segments for ports nobody listens on, as behind a firewall, instead of answering with a reset.
  public var isSilent = false
  var generator: SeededGenerator
  private var identification: UInt16
  private var lastArrivals: [Nanoseconds] = [0, 0]

  init(address: HostAddress, hops: UInt8, delay: Nanoseconds, jitter: Nanoseconds, generator: SeededGenerator) {
    self.address = address
    self.hops = hops
    self.delay = delay
    self.jitter = jitter
    self.generator = generator
    identification = UInt16(truncatingIfNeeded: self.generator.next())
  }

  /// The next value of the counter that datagrams and errors share.
  func nextIdentification() -> UInt16 {
    identification &+= 1
    return identification
  }

  /// When a packet that passes the access line's far end now arrives at the host, or the reverse; order is kept.
  func arrival(at time: Nanoseconds, toward side: Network.Side) -> Nanoseconds {
    let index = side == .client ? 0 : 1
    let extra = jitter > 0 ? Nanoseconds(generator.number(in: 0...Int(jitter))) : 0
    let arrival = max(time + delay + extra, lastArrivals[index] + 1_000)
    lastArrivals[index] = arrival
    return arrival
  }
}
