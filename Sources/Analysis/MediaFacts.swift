internal import Flow

/// What is counted of a flow's media where RTP's sequence numbers do not tell: records, feedback, pings. Made when the
/// first of them appears; by side, the sender's.
struct MediaFacts: BitwiseCopyable {
  /// What one side said about the other's media in RTCP headers that are in clear.
  struct Feedback: BitwiseCopyable {
    /// Entries of generic NACKs: each names one lost packet and up to 16 after it (RFC 4585 section 6.2.1).
    var nackEntries: UInt32 = 0
    /// Picture loss indications and full intra requests.
    var keyFrameRequests: UInt32 = 0
    /// Transport-wide congestion control feedback.
    var transport: UInt32 = 0
    /// First NACK; `Int64.max` if none.
    var firstNACK = Int64.max
    /// Receiver reports in clear: what the reporter misses in all, by source.
    var reported: [4 of Reported] = .init(repeating: Reported())
    var reportedCount: UInt8 = 0
    /// Sender reports in clear: how many packets of its own the side counts, by source.
    var counted: [4 of Counted] = .init(repeating: Counted())
    var countedCount: UInt8 = 0
  }

  /// First and latest report on one source.
  struct Reported: BitwiseCopyable {
    var ssrc: UInt32 = 0
    var lost: Int32 = 0
    var baseLost: Int32 = 0
    var base: UInt32 = 0
    var highest: UInt32 = 0
    /// When they came, ns since the epoch.
    var first: Int64 = 0
    var last: Int64 = 0
  }

  /// First and latest count of one source's packets by its sender.
  struct Counted: BitwiseCopyable {
    var ssrc: UInt32 = 0
    var base: UInt32 = 0
    var latest: UInt32 = 0
  }

  /// Packets of RTP sources beyond those that are followed in a flow.
  struct Unfollowed: BitwiseCopyable {
    var packets: UInt32 = 0
    /// The latest, ns since the epoch.
    var last = Int64.min
  }

  /// Index of both sides' `SealedRecords`; `FlowState.none` while neither sent any: most media are RTP.
  var sealed = FlowState.none
  // By side. Not inline arrays: to reach an element of one copies all of it.
  var feedback = Sides(Feedback())
  var control = Sides(ControlIndices())
  var unfollowed = Sides(Unfollowed())
  /// WhatsApp's relay pings sent by a side.
  var pings: [2 of UInt32] = [0, 0]
  /// Pongs sent by a side.
  var pongs: [2 of UInt32] = [0, 0]
}
