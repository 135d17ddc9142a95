public import Verdict

/// What one end of a call said in RTCP in clear, of the other's media and of its own (RFC 3550 section 6.4).
public struct ControlReports: Sendable {
  /// What it received of one source, from its first report on it to the latest.
  public struct Reception: Sendable, BitwiseCopyable {
    /// The source.
    public var ssrc: UInt32
    /// Packets that it missed between the two reports.
    public var lost: Int64
    /// Packets that it expected between them.
    public var expected: Int64
    /// When the reports came.
    public var window: TimeWindow

    /// Two reports.
    public init(ssrc: UInt32, lost: Int64, expected: Int64, window: TimeWindow) {
      self.ssrc = ssrc
      self.lost = lost
      self.expected = expected
      self.window = window
    }
  }

  /// What it said of the other's media in headers that are in clear.
  public struct Feedback: Sendable {
    /// Packets that it misses in all of a source, by its latest report.
    public var reported: [(ssrc: UInt32, lost: Int32)] = []
    /// Entries of generic NACKs.
    public var nackEntries: UInt32 = 0
    /// Picture loss indications and full intra requests.
    public var keyFrameRequests: UInt32 = 0
    /// Messages of transport-wide congestion control.
    public var transport: UInt32 = 0
    /// First NACK; `Int64.max` if none.
    public var firstNACK = Int64.max

    /// Nothing.
    public init() {}

    /// Nothing that an estimate rests on.
    public var isEmpty: Bool { reported.isEmpty && nackEntries == 0 }
  }

  /// By source.
  public var receptions: [Reception]
  /// Packets that its sender reports say it sent from the first of them to the latest.
  public var announced: Int64
  /// For what was lost behind the capture point.
  public var feedback = Feedback()

  /// What was said.
  public init(receptions: [Reception], announced: Int64) {
    self.receptions = receptions
    self.announced = announced
  }
}

/// Who says something to whom.
public struct ControlPath: Hashable, Sendable {
  let sender: Socket
  let receiver: Socket

  /// From one socket to another.
  public init(from sender: Socket, to receiver: Socket) {
    self.sender = sender
    self.receiver = receiver
  }

  /// The other way.
  public var back: ControlPath { ControlPath(from: receiver, to: sender) }
}

/// What the receiver of one direction says of it, its sources put together.
public struct ReceiverReport: Sendable, BitwiseCopyable {
  /// Packets that it missed from its first report to the latest.
  public var lost: Int64
  /// Packets that it expected meanwhile.
  public var expected: Int64
  /// From when on all sources were reported on, and until when.
  public var window: TimeWindow
  /// Every stream of the direction that lacks packets here is among them.
  public var isWhole: Bool

  /// A report.
  public init(lost: Int64, expected: Int64, window: TimeWindow, isWhole: Bool = true) {
    self.lost = lost
    self.expected = expected
    self.window = window
    self.isWhole = isWhole
  }
}
