/// Media of a flow that are no RTP, or whose RTP is encrypted as a whole.
public struct OpaqueMediaRecord: Sendable {
  /// What its counts rest on.
  public enum Basis: String, Sendable {
    /// Numbers of DTLS records.
    case records = "dtls_records"
    /// Datagrams without any number in clear: nothing is known of their loss.
    case datagrams
  }

  /// One direction.
  public struct Side: Sendable {
    /// Datagrams or records.
    public var packets: UInt64
    /// Expected by their numbers; nil if these are hidden.
    public var expected: UInt64?
    /// Missing of these.
    public var lost: UInt64?
    /// Bits per second over their span; nil for a span of zero.
    public var bitrate: Int64?
    /// Longest silence between two of them, ms; nil for fewer than two.
    public var silence: Double?

    /// One direction.
    @inlinable
    public init(packets: UInt64, expected: UInt64?, lost: UInt64?, bitrate: Int64?, silence: Double?) {
      self.packets = packets
      self.expected = expected
      self.lost = lost
      self.bitrate = bitrate
      self.silence = silence
    }
  }

  /// What the counts rest on.
  public let basis: Basis
  /// From the client.
  public let up: Side
  /// From the server.
  public let down: Side

  /// Media of a flow.
  @inlinable
  public init(basis: Basis, up: Side, down: Side) {
    self.basis = basis
    self.up = up
    self.down = down
  }
}

/// A relay's pings and what came back.
public struct PingRecord: Sendable {
  /// Pings of the client.
  public let sent: UInt32
  /// Pongs to it.
  public let answered: UInt32

  /// Pings.
  @inlinable
  public init(sent: UInt32, answered: UInt32) {
    self.sent = sent
    self.answered = answered
  }
}

/// SRTCP of a flow by the indices of its packets, which stand in clear (RFC 3711 section 3.4): a few each second or fewer.
public struct ControlRecord: Sendable {
  /// One direction.
  public struct Side: Sendable {
    /// Packets, without repeated ones.
    public let packets: UInt64
    /// Sent from the first to the last of them.
    public let expected: UInt64
    /// Missing of these.
    @inlinable public var lost: UInt64 { expected > packets ? expected - packets : 0 }

    /// One direction.
    @inlinable
    public init(packets: UInt64, expected: UInt64) {
      self.packets = packets
      self.expected = expected
    }
  }

  /// From the client; nil if no index was found.
  public let up: Side?
  /// From the server; nil if no index was found.
  public let down: Side?

  /// SRTCP of a flow.
  @inlinable
  public init(up: Side?, down: Side?) {
    self.up = up
    self.down = down
  }
}

/// What was lost behind the capture point of the client's own media, as far as the other side's reports tell: an
/// estimate, no measurement.
public struct UpstreamEstimate: Sendable {
  /// What it rests on, the best there is.
  public enum Basis: String, Sendable {
    /// The peer's receiver reports in clear.
    case receiverReport = "receiver_report"
    /// Packets that the peer asked for again: at least one for each entry, some of them asked for twice.
    case nack
    /// Checks without an answer: lost on the way there or back.
    case consent
  }

  /// Basis.
  public var basis: Basis
  /// Packets lost; nil where only a share can be told.
  public var lost: UInt64?
  /// Of how many.
  public var sent: UInt64?
  /// Share lost.
  public var ratio: Double?
  /// Entries of generic NACKs.
  public var nacks: UInt32 = 0
  /// Picture loss indications and full intra requests.
  public var keyFrameRequests: UInt32 = 0
  /// Messages of transport-wide congestion control.
  public var transportFeedback: UInt32 = 0
  /// Packets that were sent again on a stream of their own.
  public var retransmitted: UInt64?
  /// Checks of the client.
  public var checks: UInt32 = 0
  /// Checks without an answer.
  public var unanswered: UInt32 = 0

  /// An estimate.
  @inlinable
  public init(basis: Basis) { self.basis = basis }
}
