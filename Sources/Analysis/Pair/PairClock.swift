/// What two capture points' clocks differ by, told by packets that both saw: the least delay either way bounds it.
public struct PairClock: Sendable, Equatable {
  /// Far clock minus near clock, ns, if both ways are equally fast at their fastest.
  public let offset: Int64
  /// How far off that may be, ns; nil if packets of one way only are known.
  public let uncertainty: Int64?
  /// Packets that told it.
  public let packets: Int

  /// From the differences far minus near, ns, of packets that went up and of packets that came down.
  init?(up: [Int64], down: [Int64]) {
    packets = up.count + down.count
    guard let least = up.min() else {
      guard let most = down.max() else { return nil }
      offset = most
      uncertainty = nil
      return
    }
    guard let most = down.max() else {
      offset = least
      uncertainty = nil
      return
    }
    // A packet up came later than it left: offset < least. One down had left earlier: offset > most.
    offset = most + (least - most) / 2
    uncertainty = max(0, (least - most) / 2)
  }
}
