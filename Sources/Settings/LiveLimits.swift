/// What bounds a run that does not end by itself. None of it decides a verdict: these are lifetimes and room.
public struct LiveLimits: Sendable {
  /// Most flows held at once; what comes beyond pushes out the flows that were silent longest.
  public var flows = Threshold(500_000, .count, "own choice: some 250 MB of flows without media")
  /// Bytes of flow state beyond which flows are ended early.
  public var memory = Threshold(512 * 1_048_576, .bytes, "own choice: half of a small router's gigabyte")
  /// Part of the memory from which on flows that fall silent are ended sooner.
  public var full = Threshold(0.3125, .ratio, "own choice: looks and copies need the rest at their peak")
  /// Part of it beyond which traces and passages for judging caps are shortened.
  public var tight = Threshold(0.375, .ratio, "own choice: between full and crowded")
  /// Part of it beyond which flows are given up at once, those that were silent longest: what lives is copied, which takes
  /// as much again.
  public var crowded = Threshold(0.4375, .ratio, "own choice: twice this and what a look takes stay within the memory")
  /// Part of it down to which they are.
  public var relieved = Threshold(0.25, .ratio, "own choice: below full")
  /// Packets shared between workers wait so long for what they refer to.
  public var sharing = Threshold(300e6, .nanoseconds, "TPACKET_V3: twice the time after which a block is handed over")
  /// A connection that was closed or reset is over after this time: stragglers still belong to it.
  public var closed = Threshold(15e9, .nanoseconds, "own choice: beyond RFC 6298's timers for a few retransmissions")
  /// A connection that was not closed is over after this silence.
  public var idle = Threshold(7_440e9, .nanoseconds, "RFC 5382 REQ-5: NATs keep established connections 2 h 4 min")
  /// A SYN that nobody answered is over after this silence.
  public var opening = Threshold(240e9, .nanoseconds, "RFC 5382 REQ-5: NATs keep half-open connections 4 min")
  /// The same where room is short, at least.
  public var repeating = Threshold(30e9, .nanoseconds, "RFC 6298: SYNs are repeated after 1, 3, 7 and 15 s")
  /// How long the name that a client was told for an address is remembered.
  public var names = Threshold(3_600e9, .nanoseconds, "own choice: connections follow their DNS answer by minutes")
  /// How long a flow with a finding is remembered as a witness for others of its kind.
  public var witness = Threshold(3_600e9, .nanoseconds, "own choice: three resets within the hour replicate each other")
  /// Most witnesses.
  public var witnesses = Threshold(4_096, .count, "own choice: some 2 MB")
  /// Flows that must be over before their room is given back: copying the others costs as much for a few.
  public var renewal = Threshold(2_048, .count, "own choice: half a megabyte")
  /// Time between two looks at all flows, at least.
  public var look = Threshold(1e9, .nanoseconds, "record format: one trial is a one-second bin")
  /// Flows that are looked at once a second; more are looked at less often.
  public var looked = Threshold(50_000, .count, "measured: a look takes some 0.5 us a flow, 5 % of a core at most")

  /// Defaults.
  public init() {}
}
