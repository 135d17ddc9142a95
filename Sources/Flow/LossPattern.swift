/// How losses of a numbered series follow each other, and how they spread over time: what tells chance from bursts, from a
/// fixed rate and from a queue where only numbers are seen (METHOD.md M3.8).
///
/// Sums over one-second bins from the first loss to the last: what was lost before and behind counts for nothing, and what
/// began in mid-call is not held against the time before.
public struct LossPattern: BitwiseCopyable, Sendable {
  /// Sums over bins: packets n offered, l of them lost.
  public struct Sums: BitwiseCopyable, Sendable {
    /// Bins.
    public var bins = 0.0
    /// Of n.
    public var offered = 0.0
    /// Of l.
    public var lost = 0.0
    /// Of n².
    public var offeredSquared = 0.0
    /// Of l².
    public var lostSquared = 0.0
    /// Of n l.
    public var product = 0.0

    /// None.
    public init() {}

    /// One bin more.
    public mutating func add(_ offered: Double, _ lost: Double) {
      bins += 1
      self.offered += offered
      self.lost += lost
      offeredSquared += offered * offered
      lostSquared += lost * lost
      product += offered * lost
    }

    mutating func add(_ other: Sums) {
      bins += other.bins
      offered += other.offered
      lost += other.lost
      offeredSquared += other.offeredSquared
      lostSquared += other.lostSquared
      product += other.product
    }
  }

  /// Bins up to the latest with a loss.
  public private(set) var sums = Sums()
  private var pending = Sums()
  private var bin = (offered: 0.0, lost: 0.0)
  private var binStart = Int64.min
  private var isLost = false
  /// Runs of losses.
  public private(set) var runs = 0.0
  /// First loss, ns since the epoch; `Int64.max` if none.
  public private(set) var first = Int64.max
  /// Latest loss.
  public private(set) var last = Int64.min

  /// Nothing lost.
  public init() {}

  /// The next number of the series came, or did not; `time` of what came soon after it, ns since the epoch.
  public mutating func note(isLost: Bool, time: Int64) {
    defer { self.isLost = isLost }
    if first == .max {
      guard isLost else { return }
      first = time
      binStart = time
    }
    if time &- binStart >= 1_000_000_000 { close(time) }
    bin.offered += 1
    if isLost {
      bin.lost += 1
      last = time
      if !self.isLost { runs += 1 }
    }
  }

  private mutating func close(_ time: Int64) {
    if bin.lost > 0 {
      sums.add(pending)
      sums.add(bin.offered, bin.lost)
      pending = Sums()
    } else {
      pending.add(bin.offered, 0)
    }
    bin = (0, 0)
    binStart = binStart &+ (time &- binStart) / 1_000_000_000 &* 1_000_000_000
  }

  /// With the bin that is open.
  public func closed() -> LossPattern {
    var copy = self
    if copy.first != .max { copy.close(copy.binStart &+ 1_000_000_000) }
    return copy
  }
}
