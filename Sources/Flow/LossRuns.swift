/// How the lost packets of an RTP stream lie: runs of packets lost in a row, and the bursts and gaps of RFC 3611 section 4.7.2.
///
/// A burst begins and ends with a lost packet and holds fewer than `gapMinimum` packets received in a row; losses that stand
/// alone by that measure lie in the gaps. Made at a stream's first loss. A packet counts when a later one comes first: where many
/// come late, losses and late ones are not told apart.
public struct LossRuns: BitwiseCopyable, Sendable {
  /// Gmin: as many packets received in a row end a burst (RFC 3611 section 4.7.2 recommends 16).
  public static var gapMinimum: UInt32 { 16 }

  /// Packets lost.
  public private(set) var lost: UInt32 = 0
  /// Runs of packets lost in a row.
  public private(set) var runs: UInt32 = 0
  /// Longest of them.
  public private(set) var longestRun: UInt32 = 0
  /// Bursts that have ended.
  private var bursts: UInt32 = 0
  /// Packets lost in them.
  private var burstLost: UInt32 = 0
  /// Packets, lost and received, in them.
  private var burstPackets: UInt32 = 0
  /// Of the bursts that have ended, the one that lost most.
  private var worst: (lost: UInt32, packets: UInt32) = (0, 0)
  // The latest row of losses that are less than `gapMinimum` apart: a burst, if there is more than one.
  private var rowStart: UInt32 = 0
  private var rowLost: UInt32 = 0
  private var latest: UInt32 = 0
  private var run: UInt32 = 0
  // Bit n: `latest - n` is lost, of four.
  private var recent: UInt8 = 0
  /// Pairs of lost packets whose numbers are 2, 3 and 4 apart.
  public private(set) var pairs: (two: UInt32, three: UInt32, four: UInt32) = (0, 0, 0)

  /// None lost.
  public init() {}

  /// The packets with these extended sequence numbers, `count` in a row, are lost. Numbers rise, or begin anew.
  public mutating func note(first: UInt32, count: UInt32) {
    guard count > 0 else { return }
    if lost > 0, first == latest &+ 1 {
      run &+= count
    } else {
      runs &+= 1
      run = count
    }
    longestRun = max(longestRun, run)
    for place in 0..<count { pair(place == 0 ? (lost == 0 ? .max : first &- latest) : 1) }
    if lost == 0 || first &- latest > Self.gapMinimum {
      endRow()
      rowStart = first
      rowLost = 0
    }
    rowLost &+= count
    lost &+= count
    latest = first &+ (count &- 1)
  }

  /// A lost packet whose number is `distance` behind that of the one before.
  private mutating func pair(_ distance: UInt32) {
    // 0 where the numbers began anew at the same one.
    let before = distance >= 1 && distance <= 4 ? recent << UInt8(truncatingIfNeeded: distance &- 1) & 0xF : 0
    pairs.two &+= UInt32(before >> 1 & 1)
    pairs.three &+= UInt32(before >> 2 & 1)
    pairs.four &+= UInt32(before >> 3 & 1)
    recent = before << 1 | 1
  }

  private mutating func endRow() {
    guard rowLost > 1 else { return }
    bursts &+= 1
    burstLost &+= rowLost
    burstPackets &+= latest &- rowStart &+ 1
    if rowLost > worst.lost { worst = (rowLost, latest &- rowStart &+ 1) }
  }

  /// Packets lost, and all packets, in the burst that lost most; (0, 0) if there is none.
  public var worstBurst: (lost: UInt32, packets: UInt32) {
    var copy = self
    copy.endRow()
    return copy.worst
  }

  /// Bursts, packets lost in them, and packets in them, those of the row that has not ended included.
  public var inBursts: (count: UInt32, lost: UInt32, packets: UInt32) {
    var copy = self
    copy.endRow()
    return (copy.bursts, copy.burstLost, copy.burstPackets)
  }
}
