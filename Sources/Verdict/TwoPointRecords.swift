/// What became of a flow's packets of one direction between two capture points.
public struct WayRecord: Sendable, Equatable {
  /// Packets that left the first point while both recorded.
  public let sent: UInt64
  /// Of these, what came to the second point: what its file holds, and what the other end acknowledged.
  public let arrived: UInt64
  /// One-way delay, ns, by the clocks' estimated difference; nil where nothing arrived.
  public let delay: (least: Int64, median: Int64, most95: Int64)?
  /// What came to the second point and had not left the first.
  public let appeared: UInt64

  /// A direction's account.
  public init(
    sent: UInt64, arrived: UInt64, delay: (least: Int64, median: Int64, most95: Int64)?, appeared: UInt64
  ) {
    self.sent = sent
    self.arrived = arrived
    self.delay = delay
    self.appeared = appeared
  }

  /// Equal accounts.
  public static func == (left: WayRecord, right: WayRecord) -> Bool {
    left.sent == right.sent && left.arrived == right.arrived && left.appeared == right.appeared
      && left.delay?.least == right.delay?.least && left.delay?.median == right.delay?.median
      && left.delay?.most95 == right.delay?.most95
  }

  /// Share that did not arrive; nil if nothing was sent.
  public var loss: Double? { sent == 0 ? nil : Double(sent - arrived) / Double(sent) }
}

/// A flow at two capture points. By reference: most analyses have one point, and their records stay as small as they are.
public final class TwoPointRecord: Sendable {
  /// From the client's point to the server's.
  public let up: WayRecord
  /// And back.
  public let down: WayRecord

  /// Both directions.
  public init(up: WayRecord, down: WayRecord) {
    self.up = up
    self.down = down
  }
}

/// The second capture of a pair, and how the two fit together.
public struct PairRecord: Sendable {
  /// The far capture, as given.
  public let path: String
  /// Far clock minus near clock, ns; nil if the two have no packet in common.
  public let clockOffset: Int64?
  /// How far off that may be, ns; nil if packets of one direction only told it.
  public let uncertainty: Int64?
  /// Packets that told it.
  public let packets: UInt64
  /// Flows of the near capture that the far one holds too.
  public let flows: UInt64
  /// ns for which both points recorded.
  public let overlap: Int64

  /// A pair.
  public init(
    path: String, clockOffset: Int64?, uncertainty: Int64?, packets: UInt64, flows: UInt64, overlap: Int64
  ) {
    self.path = path
    self.clockOffset = clockOffset
    self.uncertainty = uncertainty
    self.packets = packets
    self.flows = flows
    self.overlap = overlap
  }
}
