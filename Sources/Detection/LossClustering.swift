/// How losses follow each other within RTP streams, and whether the size of the packets matters.
struct LossClustering {
  /// Share of packets behind a lost one that are lost, over the share of all: 1 by chance.
  let value: Double
  /// Its standard error, were losses by chance. The share of all is counted on the same packets, so that it is less than that of the
  /// share behind a lost one alone: (1 - p) / (p √n) over n packets, for φ is a correlation and has 1 / √n (delta method).
  let error: Double
  /// The same for the packets behind a lost one, up to the fourth: as many as all together are lost with .3 at most, so that
  /// losses at regular distances fall beyond.
  let near: Double
  /// Its standard error.
  let nearError: Double
  /// Share of all that are lost.
  let share: Double
  /// How many packets that are.
  let places: Int
  /// Largest loss of a stream over the smallest, if they differ by more than chance; 1 if not, or if there is one only.
  let streamRatio: Double
  /// There is no stream of packets alike in size: the lost ones may have been the large ones.
  let isVideoOnly: Bool

  init(_ streams: [StreamLosses]) {
    var follows = 0.0
    var expected = 0.0
    var lost = 0.0
    var packets = 0.0
    for stream in streams {
      follows += stream.lost - stream.runs
      expected += stream.lost * stream.share
      lost += stream.lost
      packets += stream.packets + stream.lost
    }
    let share = lost / max(1, packets)
    self.share = share
    value = expected > 0 ? follows / expected : 0
    error = LossCorrelation.error(lost: lost, share: share)
    let most = streams.reduce(0) { max($0, $1.share) }
    places = streams.allSatisfy { $0.lost == 0 || $0.pairs != nil } ? max(1, min(4, Int(0.3 / max(most, 0.01)))) : 1
    for stream in streams {
      guard let pairs = stream.pairs else { continue }
      if places >= 2 { follows += pairs.two }
      if places >= 3 { follows += pairs.three }
      if places >= 4 { follows += pairs.four }
    }
    near = expected > 0 ? follows / (expected * Double(places)) : 0
    nearError = error / Double(places).squareRoot()
    let counted = streams.filter { $0.offered >= 100 }
    isVideoOnly = counted.allSatisfy { $0.isVideo }
    // Since the first loss: a video that gives way then sent more before it than the voice beside it.
    let shares = counted.map { (share: $0.lost / $0.offered, offered: $0.offered) }
    if let worst = shares.max(by: { $0.share < $1.share }), let best = shares.min(by: { $0.share < $1.share }) {
      let offered = counted.reduce(0) { $0 + $1.offered }
      let mean = counted.reduce(0) { $0 + $1.lost } / max(1, offered)
      let deviation = (mean * (1 - mean) * (1 / worst.offered + 1 / best.offered)).squareRoot()
      streamRatio = worst.share - best.share > 3 * deviation ? worst.share / max(best.share, 1e-6) : 1
    } else {
      streamRatio = 1
    }
  }

  /// How the next packet goes with a lost one, and the next few together.
  var correlation: LossCorrelation { LossCorrelation(ratio: value, error: error, share: share) }
  var nearCorrelation: LossCorrelation { LossCorrelation(ratio: near, error: nearError, share: share) }
}
