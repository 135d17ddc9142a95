public import Wire

/// The latest TCP segments of all connections that take sequence space, to tell a packet that was captured once more from one
/// that was sent once more.
///
/// A mirror of several ports, or `any` on a router, holds every packet twice, and the copy comes behind whatever else passed
/// meanwhile. Bounded: `limit` segments, looked through only when one brings nothing new.
public struct RecentSegments: ~Copyable {
  private struct Segment: BitwiseCopyable {
    var time = Int64.min
    var flow: UInt32 = 0
    var sequence: UInt32 = 0
    var acknowledgment: UInt32 = 0
    var timestamp: UInt32 = 0
    var length: Int32 = 0
    var identification: UInt16 = 0
    var side: UInt8 = 0
    var flags: TCPFlags = []
  }

  private static var limit: Int { 128 }

  private var ring = [Segment](repeating: Segment(), count: limit)
  private var next = 0

  /// None.
  public init() {}

  /// Keeps a segment; time in ns since the epoch.
  public mutating func note(_ packet: inout Packet, flow: UInt32, side: Int, time: Int64) {
    let segment = Self.segment(&packet, flow, side, time)
    ring[next] = segment
    next = (next &+ 1) & (Self.limit &- 1)
  }

  private static func segment(_ packet: inout Packet, _ flow: UInt32, _ side: Int, _ time: Int64) -> Segment {
    Segment(
      time: time, flow: flow, sequence: packet.sequence.rawValue, acknowledgment: packet.acknowledgment.rawValue,
      timestamp: packet.timestampValue, length: packet.payloadWireLength, identification: packet.identification,
      side: UInt8(truncatingIfNeeded: side), flags: packet.tcpFlags)
  }

  /// Whether this packet is among the latest, within `TCPSide.twinWindow`. A sender numbers what it sends again anew; one that
  /// numbers nothing, as IPv6 and RFC 6864's atomic datagrams, is believed by its timestamps where `isDoubled` says that
  /// others of the connection came twice.
  public func holds(_ packet: inout Packet, flow: UInt32, side: Int, time: Int64, isDoubled: Bool) -> Bool {
    guard packet.identification != 0 || isDoubled && packet.traits.contains(.timestamps) else { return false }
    let wanted = Self.segment(&packet, flow, side, time)
    for step in 1...Self.limit {
      let kept = ring[(next &- step) & (Self.limit &- 1)]
      // Times may go back a little in a capture of several queues.
      guard kept.time != .min, (time &- kept.time).magnitude <= UInt64(TCPSide.twinWindow) else { return false }
      if kept.sequence == wanted.sequence, kept.flow == flow, kept.side == wanted.side,
        kept.identification == wanted.identification, kept.length == wanted.length, kept.flags == wanted.flags,
        kept.acknowledgment == wanted.acknowledgment, kept.timestamp == wanted.timestamp
      {
        return true
      }
    }
    return false
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
    if sides[side].hasSent(before: packet.sequence + space),
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
