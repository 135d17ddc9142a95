public import Wire

/// The latest TCP segments of all connections that take sequence space, to tell a packet that was captured once more from one
/// that was sent once more.
///
/// A mirror of several ports, or `any` on a router, holds every packet twice, and the copy comes behind whatever else passed
/// meanwhile; captures of both ends put into one file hold it as much later as it travelled, or their clocks differ. Bounded:
/// one segment for each of `limit` places, looked at only when one brings nothing new.
public struct RecentSegments: ~Copyable {
  private struct Segment: BitwiseCopyable {
    var time = Int64.min
    var flow: UInt32 = 0
    var sequence: UInt32 = 0
    var acknowledgment: UInt32 = 0
    /// Of its sender's clock; its time to live where it has no time stamp.
    var mark: UInt32 = 0
    var length: Int32 = 0
    var identification: UInt16 = 0
    var side: UInt8 = 0
    var flags: TCPFlags = []
  }

  private static var limit: Int { 4_096 }

  /// How much later a copy with the time stamp of its sender may come, ns. A clock of time stamps ticks once a second or more often
  /// (RFC 7323 section 5.4): the same value so much later is no repeat's, but that of a capture whose clock differs.
  private static var window: UInt64 { 60_000_000_000 }

  /// The same of one that is told by its identification alone, ns: whoever repeats a segment waits for 200 ms and more (Linux), and
  /// gives it another number.
  private static var numberedWindow: UInt64 { 150_000_000 }

  private var places = [Segment](repeating: Segment(), count: limit)

  /// None.
  public init() {}

  /// Keeps a segment; time in ns since the epoch.
  public mutating func note(_ packet: inout Packet, flow: UInt32, side: Int, time: Int64) {
    let segment = Segment(
      time: time, flow: flow, sequence: packet.sequence.rawValue, acknowledgment: packet.acknowledgment.rawValue,
      mark: packet.traits.contains(.timestamps) ? packet.timestamps.value : UInt32(packet.timeToLive),
      length: packet.payloadWireLength, identification: packet.identification, side: UInt8(truncatingIfNeeded: side),
      flags: packet.tcpFlags)
    places[Self.place(segment.sequence, flow, side)] = segment
  }

  @inline(always)
  private static func place(_ sequence: UInt32, _ flow: UInt32, _ side: Int) -> Int {
    let mixed = (sequence ^ flow &<< 1 ^ UInt32(truncatingIfNeeded: side)) &* 0x9E37_79B1
    return Int(mixed >> 20)
  }

  /// Whether this packet came before, within `numberedWindow`; or within `window`, where its sender's clock shows that it
  /// is the same: a repeat has a new time stamp. A sender numbers what it sends again anew; one that numbers nothing, as IPv6
  /// and RFC 6864's atomic datagrams, is believed where `isDoubled` says that others of the connection came twice: by its
  /// timestamps, or, without any, by a time to live of one less, as behind a router that is captured on both sides. What is sent
  /// again sets out with the same.
  public func holds(_ packet: inout Packet, flow: UInt32, side: Int, time: Int64, isDoubled: Bool) -> Bool {
    let isTimed = packet.traits.contains(.timestamps)
    let isNumbered = packet.identification != 0
    guard isNumbered || isDoubled else { return false }
    let kept = places[Self.place(packet.sequence.rawValue, flow, side)]
    // Times may go back a little in a capture of several queues.
    guard kept.time != .min,
      (time &- kept.time).magnitude <= (isNumbered && !isTimed ? Self.numberedWindow : Self.window)
    else { return false }
    let isMarked =
      isTimed
      ? kept.mark == packet.timestamps.value : isNumbered || kept.mark == UInt32(packet.timeToLive) &+ 1
    return isMarked && kept.sequence == packet.sequence.rawValue && kept.flow == flow
      && kept.side == UInt8(truncatingIfNeeded: side) && kept.identification == packet.identification
      && kept.length == packet.payloadWireLength && kept.flags == packet.tcpFlags
      && kept.acknowledgment == packet.acknowledgment.rawValue
  }
}

extension TCPState {
  /// Whether a segment of the flow was captured before, and others of its sender since; it is kept if not. Time in ns since
  /// the epoch.
  public mutating func isCopied(
    _ packet: inout Packet, _ flow: UInt32, _ side: Int, _ time: Int64, _ recent: inout RecentSegments
  ) -> Bool {
    let space = packet.sequenceSpace
    guard space > 0 else { return false }
    if sides[side].hasSent(to: packet.sequence + space),
      recent.holds(
        &packet, flow: flow, side: side, time: time, isDoubled: sides.first.twins &+ sides.second.twins >= 2)
    {
      sides[side].noteTwin()
      return true
    }
    recent.note(&packet, flow: flow, side: side, time: time)
    return false
  }
}
