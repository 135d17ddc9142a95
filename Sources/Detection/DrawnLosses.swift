internal import Settings

/// How well token buckets explain losses that were drawn at random among a transfer's segments: what its pauses and bursts,
/// and the way in which losses are placed in time, make of mere chance.
///
/// Near the receiver a missing segment is taken to have followed what came last at once, so that the first segment of a burst
/// seems to end the one before, where the bucket is empty. Drawn losses are placed in the same way. METHOD.md M3.2.
struct DrawnLosses {
  /// Mean of the best conformities.
  let mean: Double

  /// As many losses as there are among the offers, drawn `limits.draws` times at most.
  init(_ offers: [Offer], arePlacedBehind: Bool, _ limits: Thresholds.Cap) {
    let places = offers.indices.filter { offers[$0].fate != .lostSometime }
    let count = places.reduce(0) { $0 + (offers[$1].fate == .lost ? 1 : 0) }
    // Connections together have many: a draw of them costs as much more and varies less.
    let draws = min(limits.draws.integer, max(2, Int64(Self.most / max(1, offers.count))))
    var generator = SplitMix(state: 0x5269_6E67_6261_636B)
    var sum = 0.0
    for _ in 0..<max(0, draws) {
      var drawn = offers
      for place in places { drawn[place].fate = .passed }
      // The first `count` of a shuffle (Fisher and Yates).
      var left = places
      for place in 0..<count {
        left.swapAt(place, place + generator.number(below: left.count - place))
        drawn[left[place]].fate = .lost
      }
      if arePlacedBehind { Self.placeBehind(&drawn) }
      sum += TokenBucketSearch(drawn, limits)?.fit(isWide: true)?.conformity ?? 0
    }
    mean = sum / Double(max(1, draws))
  }

  /// Offers of all draws together from which on fewer are made.
  private static let most = 400_000

  /// Every loss a millisecond behind what came before it, as `CapTraces` places what is missing.
  private static func placeBehind(_ offers: inout [Offer]) {
    var latest = offers.first?.time ?? 0
    for place in offers.indices {
      if offers[place].fate == .lost { offers[place].time = min(offers[place].time, latest + 0.001) }
      latest = offers[place].time
    }
  }

  /// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the same draws for the same transfer on every machine.
  private struct SplitMix {
    var state: UInt64

    mutating func number(below bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (state ^ state &>> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed &>> 27) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed &>> 31
      return Int(mixed.multipliedFullWidth(by: UInt64(bound)).high)
    }
  }
}
