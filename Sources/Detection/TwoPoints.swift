public import Settings
public import Verdict

/// What two capture points of one flow show about a time: which packets left the one and came to the other.
public struct TwoPointFacts: Sendable {
  /// One direction.
  public struct Way: Sendable {
    /// Packets that left the first point.
    public var sent = 0
    /// Of these, what came to the second.
    public var arrived = 0
    /// Those of them within the first second that left before any that was lost: they passed as it began.
    public var arrivedFirst = 0
    /// One-second bins in which one was lost.
    public var lostBins = 0
    /// Frames of the first ones lost, in the capture that has them.
    public var lostFrames: [UInt64] = []
    /// Packets that came to the second point in its place and are like none that left the first: at most as many as were lost.
    public var changed = 0

    /// Nothing sent.
    public init() {}

    var lost: Int { sent - arrived }
  }

  /// A reset that came to the second point and is not in the file of the first.
  public struct Stranger: Sendable {
    /// Frame at the second point.
    public let frame: UInt64
    /// Frame at the first point of the packet that it was made of, if any.
    public let original: UInt64?
    /// When, ns since the epoch.
    public let time: Int64
    /// The supposed sender went on as if it had sent none.
    public let goesOn: Bool
    /// Data that it may answer never came to its supposed sender.
    public let lacksCause: Bool

    /// A reset without an origin.
    public init(frame: UInt64, original: UInt64?, time: Int64, goesOn: Bool = false, lacksCause: Bool = false) {
      self.frame = frame
      self.original = original
      self.time = time
      self.goesOn = goesOn
      self.lacksCause = lacksCause
    }

    /// Whatever a file lacks, its supposed sender did not send it.
    public var isProven: Bool { goesOn || original != nil }
  }

  /// From the client to the server.
  public var up = Way()
  /// And back.
  public var down = Way()
  /// Packets of other flows in about the same time, by direction: what left, and what of it arrived.
  public var others = (up: Way(), down: Way())
  /// The far point holds packets of the flow, or it surely lies on its server's way.
  public var isCovered = false
  /// The far point holds others to the same server in place of the flow's packets.
  public var isRewritten = false
  /// The point on the server's side lies at the server: no router had passed on what it recorded of it.
  public var isAtServer = false
  /// Of UDP: what is written anew on the way is another packet, where TCP's numbers tell its data again.
  public var isDatagrams = false
  /// Neither capture is known to miss packets.
  public var isComplete = false
  /// Share of the packets of the pair that passed the second point of a direction, and are missing in its file.
  public var missedShare = (up: 0.0, down: 0.0)
  /// The same of the segments of a direction at its first point.
  public var missedSegments = (up: 0.0, down: 0.0)
  /// Most that this share may be, at 95 %.
  public var mostMissed = (up: 1.0, down: 1.0)
  /// Packets of the layer that the verdict is about; nil if it is about none, or which they are is not known.
  public var layer: (up: Way, down: Way)?
  /// Share of the flow's media that is missing by what one point sees; nil if unknown.
  public var seenLoss: (up: Double?, down: Double?) = (nil, nil)
  /// Share of its packets that were lost between the points.
  public var lossBetween: (up: Double?, down: Double?) = (nil, nil)
  /// Resets in the server's name that came to the client's point.
  public var resetsDown: [Stranger] = []
  /// Resets in the client's name that came to the server's point.
  public var resetsUp: [Stranger] = []
  /// Other packets that came to the client's point and had not left the far one: how many, and frames of the first.
  public var strangersDown: (count: Int, frames: [UInt64]) = (0, [])
  /// The reset that the flow's verdict rests on left the other point.
  public var isResetSent = false
  /// Packets of the flow that the far point saw under another address or port of the client's.
  public var rebound = 0
  /// Connections of the pair with resets of neither end.
  public var companions = 0
  /// Name of the far capture: frames of what it alone holds are its own.
  public var farPath = ""

  /// Nothing known.
  public init() {}

  /// Packets of a direction that may be lost ones, written anew.
  public func changed(_ way: Way) -> Int { isDatagrams ? way.changed : 0 }
}

/// Verdicts that a second capture point proves, or takes back (METHOD.md M6.4).
///
/// Claims: packets left one point and did not come to the other while those of other flows did; a reset came to one point
/// whose supposed sender went on without it, never heard what it answers, or had sent another packet in its place. That a file
/// does not hold a reset is too little: recorders miss packets. Takes back, where the far point is the server's: a silence in
/// which all that was sent arrived, so that the silent end itself is at fault; a reset that its end did send. Of a point on the
/// way both say only that it was done behind it. Cannot tell apart: who between
/// the two points did it, and whether by intent; a NAT or a firewall between them is as good an explanation as any.
public enum TwoPoints {
  /// The verdict with what the second point shows.
  public static func settle(_ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds) {
    guard facts.isCovered else {
      if facts.isRewritten, judgment.isFinding { judgment.evidence.append(rewritten) }
      return
    }
    if facts.rebound > 0 {
      settleRebound(&judgment, facts, thresholds)
      return
    }
    addStrangers(&judgment, facts, thresholds)
    if settleResets(&judgment, facts, thresholds) { return }
    if judgment.isFinding, judgment.mechanism == .randomDiscard {
      settleDiscard(&judgment, facts, thresholds)
    } else if judgment.isFinding, judgment.outcome == .dropped {
      settleSilence(&judgment, facts, thresholds)
    } else if judgment.outcome == .ok || judgment.outcome == .degraded && judgment.mechanism == nil {
      // Loss of no told cause, seen by one point, may be more or less between the two.
      settleLoss(&judgment, facts, thresholds)
    }
  }

  static var rewritten: Evidence {
    Evidence(
      "rewritten_between",
      Phrase(
        "The far capture holds other packets to the same server in place of this flow's: something between the two points writes them anew, and which of them came there cannot be told."
      ))
  }

  // MARK: Another mapping

  /// A NAT between the points gave the flow another address or port: silence and resets are what follows from that, at a
  /// server that does not know the flow under its new name (RFC 4787 section 4.1, RFC 9293 section 3.10.7.1).
  private static func settleRebound(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds
  ) {
    let evidence = Evidence(
      "nat_rebound",
      Phrase(
        "{} packets of the flow were at the far capture point under another address or port of the client's.",
        .count(facts.rebound)))
    // Packets lost by chance have nothing to do with it.
    let isExplained =
      judgment.isFinding && judgment.mechanism != .randomDiscard
      && (judgment.outcome == .reset || judgment.outcome == .dropped)
    if settleSentReset(&judgment, facts, thresholds) || !isExplained {
      judgment.evidence.append(evidence)
      return
    }
    var refused = Claim.inconclusive(
      "nat_rebound", seen: Double(facts.rebound), needed: 0,
      Phrase(
        "A NAT between the two capture points gave the flow another address or port: {} of its packets were at the far one under that. A server that does not know it so is silent, or resets it.",
        .count(facts.rebound)))
    refused.evidence = judgment.evidence + [evidence]
    judgment = refused
  }

  /// The points themselves work: what others sent this way in the same time arrived.
  static func works(_ others: TwoPointFacts.Way, _ thresholds: Thresholds) -> Bool {
    Int64(others.sent) >= thresholds.pair.others.integer
      && Double(others.arrived) >= thresholds.pair.share.value * Double(others.sent)
  }

  // MARK: Answers

  /// Answers that no server gave: pages, names and redirections from within the path.
  private static func addStrangers(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds
  ) {
    // A far file that misses packets lacks answers that passed it.
    guard facts.isComplete, facts.strangersDown.count > 0,
      facts.missedSegments.down < thresholds.grade.probability.value
    else { return }
    judgment.evidence.append(
      Evidence(
        "answer_never_sent",
        Phrase(
          "{} packets in the server's name came to the near capture point and had not left the far one.",
          .count(facts.strangersDown.count)), frames: facts.strangersDown.frames))
  }

  // MARK: Loss

  /// The larger part of what did not appear at the second point was lost on the way, and not by that point's recorder, which
  /// misses such a share of what passes it.
  public static func isLost(_ lost: UInt64, of sent: UInt64, missed: Double, _ thresholds: Thresholds) -> Bool {
    lost == 0 || missed * Double(sent) <= thresholds.power.ownLoss.value * Double(lost)
  }

  /// What one point cannot see: loss behind it.
  private static func settleLoss(_ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds) {
    let limits = thresholds.power
    func isLossy(_ way: TwoPointFacts.Way, _ missed: Double) -> Bool {
      let lost = way.lost - facts.changed(way)
      return Int64(lost) >= limits.losses.integer && Double(lost) >= limits.lossShare.value * Double(way.sent)
        && isLost(UInt64(way.lost), of: UInt64(way.sent), missed: missed, thresholds)
    }
    let up = isLossy(facts.up, facts.missedShare.up)
    let down = isLossy(facts.down, facts.missedShare.down)
    guard facts.isComplete, up || down else { return }
    let worst = up && (!down || facts.up.lost >= facts.down.lost) ? facts.up : facts.down
    var lossy = Claim.lossy(
      up ? (down ? .both : .up) : .down, thresholds,
      Phrase(
        "{} of {} packets that left one capture point did not come to the other ({}); the cause is not told apart here.",
        .count(worst.lost), .count(worst.sent), .share(Double(worst.lost) / Double(worst.sent))))
    lossy.evidence = judgment.evidence
    lossy.lossUp = judgment.lossUp
    lossy.lossDown = judgment.lossDown
    judgment = lossy
  }
}
