public import Wire

/// One TCP segment with payload: 16 bytes.
public struct SegmentRecord: BitwiseCopyable, Sendable {
  /// Time, 10 µs units since the trace's start, saturating.
  public var time: UInt32
  /// First sequence number.
  public var sequence: UInt32
  /// Timestamp value, 0 without the option.
  public var timestamp: UInt32
  /// IP bytes, saturating.
  public var length: UInt16
  /// Until it was acknowledged, 100 µs units, saturating; 0 if that is not known, `overtaken` of one that later ones overtook.
  public var roundTrip: UInt16
  /// Round trip of a segment that was sent before others that came earlier: of none that is known.
  static let overtaken = UInt16.max
  static let longestRoundTrip = Int64(UInt16.max - 1)
  /// It was sent before others that came earlier.
  public var isOvertaken: Bool { roundTrip == Self.overtaken }

  @inlinable
  init(time: UInt32 = 0, sequence: UInt32 = 0, timestamp: UInt32 = 0, length: UInt16 = 0, roundTrip: UInt16 = 0) {
    self.time = time
    self.sequence = sequence
    self.timestamp = timestamp
    self.length = length
    self.roundTrip = roundTrip
  }
}

/// The segments of one direction of a connection, one by one, from its 16th on: `limit` of them, 64 KiB, chosen so that
/// losses are among them. As long as hardly anything is sent twice or missing, a full trace begins anew.
public struct SegmentTrace: BitwiseCopyable, Sendable {
  /// Most records.
  public static var limit: UInt32 { 4096 }
  /// Segments out of order from which on a full trace is kept: as many as a judgment of losses needs.
  static var fewest: UInt32 { 15 }
  /// Segments of a direction before its trace begins.
  public static var beginning: UInt16 { 16 }

  @usableFromInline var list = RunList()
  /// Time of the first record, ns since the epoch; `Int64.min` before it.
  public var start = Int64.min
  /// Time of the latest record.
  public var last = Int64.min
  /// Segments that began before or behind the next expected number.
  public var disorder: UInt32 = 0
  /// Frames, relative to the flow's first, of the first of them.
  public var frames: [6 of UInt32] = .init(repeating: 0)
  /// How many of `frames` are set.
  public var frameCount: UInt8 = 0
  /// Record of the latest segment that was acknowledged.
  @usableFromInline var latest = FlowState.none
  /// How many are acknowledged, in the order in which they came.
  public internal(set) var settled: UInt32 = 0
  /// When something was sent again last: acknowledgments of what was under way then measure no round trip (Karn).
  @usableFromInline var repeated = Int64.min
  /// IP and TCP header bytes of the latest segment.
  public var headerBytes = 52
  /// Largest window of the receiver, not scaled.
  public var window: UInt16 = 0
  /// Highest sequence number and length sent.
  @usableFromInline var next = SequenceNumber(0)

  @usableFromInline
  init() {}

  /// Of which so many segments are acknowledged.
  public init(settled: UInt32) { self.settled = settled }

  /// Records kept.
  public var count: UInt32 { list.count }
}

/// The traces of all connections that carry more than a few segments, two each.
public struct SegmentTraces: ~Copyable {
  var traces = Arena<SegmentTrace, 6>()
  @usableFromInline var records = Runs<SegmentRecord>(blank: SegmentRecord())

  /// None.
  public init() {}

  /// Index of the trace of side 0; that of side 1 follows.
  public mutating func begin() -> UInt32 {
    let first = traces.append(SegmentTrace())
    _ = traces.append(SegmentTrace())
    return first
  }

  /// A trace.
  public subscript(index: UInt32) -> SegmentTrace { traces[index] }

  /// The records of a trace in order.
  public func records(of index: UInt32) -> [SegmentRecord] { records.records(of: traces[index].list) }

  /// Takes a segment with payload in.
  public mutating func note(
    _ index: UInt32, _ packet: inout Packet, _ kind: SegmentKind, time: Int64, frame: UInt32
  ) {
    Self.note(&traces[index], &records, &packet, kind, time: time, frame: frame)
  }

  private static func note(
    _ trace: inout SegmentTrace, _ records: inout Runs<SegmentRecord>, _ packet: inout Packet,
    _ kind: SegmentKind, time: Int64, frame: UInt32
  ) {
    let isBehind = kind != .new
    let length = UInt32(truncatingIfNeeded: packet.payloadWireLength)
    if trace.start == .min {
      trace.start = time
      trace.next = packet.sequence
    }
    let end = packet.sequence + length
    trace.headerBytes = Int(packet.ipLength) &- Int(length)
    if isBehind || packet.sequence - trace.next > 0 {
      trace.disorder &+= 1
      if trace.frameCount < 6 {
        trace.frames[Int(trace.frameCount)] = frame
        trace.frameCount &+= 1
      }
      if isBehind { trace.repeated = time }
    }
    if end - trace.next > 0 { trace.next = end }
    if trace.list.count == SegmentTrace.limit {
      guard trace.disorder < SegmentTrace.fewest else { return }
      records.clear(&trace.list)
      trace.start = time
      trace.latest = FlowState.none
      trace.settled = 0
      trace.disorder = 0
      trace.frameCount = 0
    }
    trace.last = time
    records.append(
      SegmentRecord(
        time: UInt32(clamping: (time &- trace.start) / 10_000), sequence: packet.sequence.rawValue,
        timestamp: packet.timestamps.value,
        length: UInt16(truncatingIfNeeded: min(packet.ipLength, 0xFFFF)),
        roundTrip: kind == .overtaken ? SegmentRecord.overtaken : 0),
      to: &trace.list)
  }

  /// Takes an acknowledgment of what the trace's side sends in.
  @inline(__always)
  public mutating func noteAcknowledgment(_ index: UInt32, _ packet: inout Packet, time: Int64) {
    if packet.window > traces[index].window { traces[index].window = packet.window }
    if traces[index].settled < traces[index].list.count {
      Self.settle(
        &traces[index], &records, packet.acknowledgment, packet.timestamps.echo,
        hasGap: packet.traits.contains(.selectiveAcknowledgment), time)
    }
  }

  /// Passes over the segments that are acknowledged and notes the round trip of the last of them.
  private static func settle(
    _ trace: inout SegmentTrace, _ records: inout Runs<SegmentRecord>, _ acknowledged: SequenceNumber, _ echo: UInt32,
    hasGap: Bool, _ time: Int64
  ) {
    let before = trace.settled
    while trace.settled < trace.list.count {
      let next =
        trace.latest == FlowState.none ? records.first(of: trace.list) : records.index(after: trace.latest)
      // A segment is past when the number behind its first byte is acknowledged: its last byte went with it.
      guard acknowledged - SequenceNumber(records[next].sequence) > 0 else { break }
      trace.latest = next
      trace.settled &+= 1
    }
    if trace.settled != before, echo != 0, trace.start &+ Int64(records[trace.latest].time) &* 10_000 <= trace.repeated
    {
      // Sent at once where a gap is left (RFC 5681 section 4.2); others may have been delayed.
      if hasGap { measure(trace, &records, echo, time) }
      return
    }
    // The acknowledgment of a single segment may have been delayed (RFC 5681 section 4.2): every second is sent at once.
    guard trace.settled &- before >= 2 else { return }
    let last = trace.latest
    let sent = trace.start &+ Int64(records[last].time) &* 10_000
    if sent > trace.repeated { note(&records[last], time &- sent) }
  }

  /// Something was sent twice, and the acknowledgment may be of either: the timestamp that it echoes tells which (RFC 7323
  /// section 4.3). The first of the latest segments with that value is the one: those behind it were sent within the
  /// clock's same tick.
  private static func measure(
    _ trace: SegmentTrace, _ records: inout Runs<SegmentRecord>, _ echo: UInt32, _ time: Int64
  ) {
    guard let latest = records.latestRun(of: trace.list) else { return }
    for index in latest where records[index].timestamp == echo {
      let sent = trace.start &+ Int64(records[index].time) &* 10_000
      if records[index].roundTrip == 0 { note(&records[index], time &- sent) }
      return
    }
  }

  /// Notes how long an acknowledgment took, ns; of what was overtaken that is not known.
  private static func note(_ record: inout SegmentRecord, _ time: Int64) {
    if record.isOvertaken { return }
    record.roundTrip = UInt16(clamping: min(max(1, time / 100_000), SegmentRecord.longestRoundTrip))
  }
}
