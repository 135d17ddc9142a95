/// Loss in bursts: the two-state model of Gilbert and Elliott, one step a packet.
public struct BurstLoss: Sendable {
  /// Chance to turn bad.
  public var becomesBad: Double
  /// Chance to recover.
  public var becomesGood: Double
  /// Loss while good.
  public var lossWhenGood: Double
  /// Loss while bad.
  public var lossWhenBad: Double
  /// Packets it concerns.
  public var filter: PacketFilter
  private var isBad = false

  /// A model in its good state.
  public init(
    becomesBad: Double, becomesGood: Double, lossWhenGood: Double = 0, lossWhenBad: Double = 1,
    filter: PacketFilter = .everything
  ) {
    self.becomesBad = becomesBad
    self.becomesGood = becomesGood
    self.lossWhenGood = lossWhenGood
    self.lossWhenBad = lossWhenBad
    self.filter = filter
  }

  /// True if the next packet is lost.
  public mutating func loses(_ generator: inout SeededGenerator) -> Bool {
    if generator.occurs(with: isBad ? becomesGood : becomesBad) { isBad.toggle() }
    return generator.occurs(with: isBad ? lossWhenBad : lossWhenGood)
  }
}
