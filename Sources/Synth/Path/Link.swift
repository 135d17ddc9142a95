/// One direction of an access line: devices in order, then propagation. The same seed loses the same packets.
public struct Link: Sendable {
  /// A device on the line.
  public enum Stage: Sendable {
    /// Drops above a rate.
    case policer(Policer)
    /// Queues above a rate.
    case shaper(Shaper)
    /// Drops each packet with one probability, independently.
    case randomLoss(probability: Double, filter: PacketFilter)
    /// Drops in bursts.
    case burstLoss(BurstLoss)
    /// Drops all matching packets from one time until before another.
    case blackhole(from: Nanoseconds, until: Nanoseconds, filter: PacketFilter)
    /// Delivers some packets twice.
    case duplicate(probability: Double)
    /// Delays some packets so that later ones overtake them.
    case reorder(probability: Double, delay: Nanoseconds)
  }

  /// Propagation delay.
  public var delay: Nanoseconds
  /// Most that is added at random to the delay of a packet; order is kept all the same.
  public var jitter: Nanoseconds
  /// Devices, in the order packets meet them.
  public var stages: [Stage]
  private var generator: SeededGenerator
  private var lastExit: Nanoseconds = 0

  /// A line with the given devices.
  public init(delay: Nanoseconds, jitter: Nanoseconds = 0, stages: [Stage] = [], seed: UInt64) {
    self.delay = delay
    self.jitter = jitter
    self.stages = stages
    generator = SeededGenerator(seed: seed)
  }

  /// When a packet that enters now comes out: no time if it is lost, two if it is doubled. Call in order of time.
  public mutating func transit(_ packet: SynthPacket, at time: Nanoseconds) -> [Nanoseconds] {
    var departure = time
    var copies = 1
    var late: Nanoseconds = 0
    for index in stages.indices {
      switch stages[index] {
      case .policer(var policer):
        guard policer.filter.matches(packet) else { continue }
        let passes = policer.admits(packet.length, at: departure)
        stages[index] = .policer(policer)
        if !passes { return [] }
      case .shaper(var shaper):
        guard shaper.filter.matches(packet) else { continue }
        let leaves = shaper.departure(of: packet.length, at: departure)
        stages[index] = .shaper(shaper)
        guard let leaves else { return [] }
        departure = leaves
      case .randomLoss(let probability, let filter):
        if filter.matches(packet), generator.occurs(with: probability) { return [] }
      case .burstLoss(var model):
        guard model.filter.matches(packet) else { continue }
        let isLost = model.loses(&generator)
        stages[index] = .burstLoss(model)
        if isLost { return [] }
      case .blackhole(let from, let until, let filter):
        if departure >= from, departure < until, filter.matches(packet) { return [] }
      case .duplicate(let probability):
        if generator.occurs(with: probability) { copies = 2 }
      case .reorder(let probability, let delay):
        if generator.occurs(with: probability) { late = delay }
      }
    }
    var exit = departure + delay
    if jitter > 0 { exit += Nanoseconds(generator.number(in: 0...Int(jitter))) }
    if late > 0 {
      exit += late
    } else {
      exit = max(exit, lastExit + 1_000)
      lastExit = exit
    }
    return copies == 1 ? [exit] : [exit, exit + 20_000]
  }
}
