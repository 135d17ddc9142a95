/// Some packets of one direction of a call, one after the other: 16 bytes.
public struct PassageRecord: BitwiseCopyable, Sendable {
  /// Arrival of its last packet, 10 µs units since the passage's start, saturating (11.9 hours).
  public var time: UInt32
  /// IP bytes of the direction since the record before, other packets than RTP included, saturating.
  public var bytes: UInt32
  /// Least transit of the delay stream, ms against its first; infinite if none of its packets is among them.
  public var transit: Float
  /// RTP packets missing just before its last packet (`MediaStream.maximumDropout` at most), and in the upper bits which of
  /// the packets around them had the marker.
  private var missing: UInt16
  /// Place among the flow's of the stream that missed them.
  public var stream: UInt16

  @usableFromInline
  init(
    time: UInt32 = 0, bytes: UInt32 = 0, transit: Float = .infinity, lost: UInt16 = 0, markers: Markers = Markers(),
    stream: UInt16 = 0
  ) {
    self.time = time
    self.bytes = bytes
    self.transit = transit
    missing = lost | (markers.before ? 1 << 15 : 0) | (markers.last ? 1 << 14 : 0)
    self.stream = stream
  }

  /// RTP packets missing just before its last packet.
  public var lost: UInt16 { missing & 0x3FFF }

  /// Of its last packet, and of the one before that in its stream.
  public var markers: Markers { Markers(before: missing & 1 << 15 != 0, last: missing & 1 << 14 != 0) }

  /// Which packets had the marker: they were the last of their frames (RFC 6184 section 5.1, RFC 7741 section 4.1).
  public struct Markers: BitwiseCopyable, Sendable {
    /// The packet before.
    public let before: Bool
    /// The packet itself.
    public let last: Bool

    /// Of two packets.
    public init(before: Bool = false, last: Bool = false) {
      self.before = before
      self.last = last
    }
  }

  /// Takes the record behind this one, which has no losses, in.
  mutating func join(_ next: PassageRecord) {
    let sum = bytes.addingReportingOverflow(next.bytes)
    bytes = sum.overflow ? .max : sum.partialValue
    time = next.time
    if next.transit < transit { transit = next.transit }
    stream = next.stream
    missing = next.missing
  }
}

/// What came through in one direction of a call: bytes, losses and transit over time, for judging caps.
///
/// In bins of 200 ms as long as nothing is lost, packet by packet for 5 s after a loss. When `limit` records are full,
/// neighbors are joined, and from then on packets behind losses share a record with those just before them, later over
/// twice the time: 256 KiB at most. Losses keep a record of their own; twelve thousand of them make a passage complete
/// before the call ends.
public struct MediaPassage: BitwiseCopyable, Sendable {
  /// Most records.
  public static var limit: UInt32 { 16_384 }

  // What every packet behind a loss asks for or changes lies in the first of three cache lines.

  /// Records, in `MediaPassages`.
  @usableFromInline var list = RunList()
  /// Arrival of the first packet, ns since the epoch.
  public var start: Int64
  /// The direction's IP bytes up to the latest record.
  @usableFromInline var bytesBefore: UInt64
  /// IP bytes of packets that were captured twice.
  public var twinBytes: UInt64 = 0
  /// Packets soon after a loss that came within this of the one before share its record, 10 µs units; 0 while every one has
  /// its own.
  public internal(set) var width: UInt32 = 0
  /// When records soon after a loss end, in the same units; 0 before the first loss.
  @usableFromInline var fineUntil: UInt32 = 0
  /// Stream whose transit is kept; `FlowState.none` before one's clock is known.
  public var delayStream = FlowState.none
  /// When the first loss was half a second ago, 10 µs units since the start; 0 before it.
  @usableFromInline var changed: UInt32 = 0
  /// Largest packet from half a second behind the first loss on, IP bytes.
  public var largestAfter: UInt32 = 0
  /// The room is full of losses: what comes later is not kept.
  public var isComplete = false
  /// The delay stream's clock is an audio clock: video time stamps include the sender's pacer.
  public var delayIsAudio = false
  /// How many of `frames` are set.
  public var frameCount: UInt8 = 0
  /// Transit counts from here on, units of `PassageRecord.time`.
  public var delaySince: UInt32 = 0
  /// RTP packets missing when later ones came, reordered ones among them, saturating.
  public var lost: UInt32 = 0
  /// Largest packet before the first loss but for strays, IP bytes.
  public var largestBefore: UInt32 = 0
  /// Low words of the frame numbers of the first packets behind a gap.
  public var frames: [6 of UInt32] = .init(repeating: 0)

  /// Largest packet so far, IP bytes.
  public internal(set) var peak: UInt32 = 0
  /// When the latest packet above three quarters of `peak` came, 10 µs units since the start.
  public internal(set) var largeTime: UInt32 = 0
  /// `lost` then.
  public internal(set) var largeLost: UInt32 = 0
  /// Largest packet since, IP bytes.
  public internal(set) var largestSince: UInt32 = 0

  /// Of the large packets that were kept one by one, how many came at which rate: 8 times the bytes over the time since the
  /// packet before, from 32 kbit/s on, twice as much every two places. Filled when the first records are joined.
  public var spacings: [16 of UInt16] = .init(repeating: 0)
  /// How many came at lower rates.
  public var slow: UInt16 = 0
  // So that every passage begins on a cache line of its own.
  private var room: (UInt64, UInt64, UInt64, UInt64, UInt16) = (0, 0, 0, 0, 0)

  /// Something was lost.
  public var hasLosses: Bool { changed > 0 }

  /// Records near losses were joined.
  public var isCoarse: Bool { width > 0 }

  /// Rates from which on packets are counted in each place of `spacings`, bit/s.
  public static func spacingRate(_ place: Int) -> UInt64 { (place & 1 == 0 ? 32_000 : 45_255) << UInt64(place / 2) }

  /// Notes the largest packet of some.
  @inline(always)
  mutating func note(largest: UInt32, _ place: UInt32) {
    if largest &* 4 > peak &* 3 {
      peak = max(peak, largest)
      largeTime = place
      largeLost = lost
      largestSince = 0
    } else if largest > largestSince {
      largestSince = largest
    }
  }

  /// Counts how soon large packets came, before records of them are joined: what that hides shows a line (METHOD.md M3.7).
  /// Records of 200 ms, far from losses, are of several packets.
  mutating func tally(_ records: [PassageRecord]) {
    for (before, record) in zip(records, records.dropFirst()) where (500...1_600).contains(record.bytes) {
      let bits = 8 * UInt64(record.bytes) * 100_000
      let time = UInt64(max(1, record.time &- before.time))
      guard time < 20_000 else { continue }
      var place = -1
      while place + 1 < spacings.count, bits >= time * Self.spacingRate(place + 1) { place += 1 }
      if place >= 0, spacings[place] < .max { spacings[place] += 1 } else { slow = slow == .max ? .max : slow + 1 }
    }
  }

  /// A passage that begins now, with the direction's bytes so far.
  public init(start: Int64, bytes: UInt64) {
    self.start = start
    bytesBefore = bytes
  }
}

/// The passages of all calls.
public struct MediaPassages: ~Copyable {
  @usableFromInline var passages = Arena<MediaPassage, 6>()
  @usableFromInline var records = Runs<PassageRecord>(blank: PassageRecord())

  /// None.
  public init() {}

  /// A new passage's index.
  public mutating func begin(at time: Int64, bytes: UInt64) -> UInt32 {
    passages.append(MediaPassage(start: time, bytes: bytes))
  }

  /// A passage, in place.
  public subscript(index: UInt32) -> MediaPassage {
    _read { yield passages[index] }
    _modify { yield &passages[index] }
  }

  /// Asks for what the next packet behind a loss needs of a passage.
  @inlinable @inline(always)
  public func prefetch(_ index: UInt32) { passages.prefetchStart(index) }

  /// Asks for the room of the passage's next record; an index beyond the end asks for nothing.
  @inlinable @inline(always)
  public func prefetchRecord(_ index: UInt32) {
    guard Int(index) < passages.count, passages[index].list.count > 0 else { return }
    records.elements.prefetchStart(passages[index].list.current &* 64 &+ passages[index].list.used)
  }

  /// The records of a passage in order.
  public func records(of index: UInt32) -> [PassageRecord] { records.records(of: passages[index].list) }

  /// Takes in what a stream brought since its `noteDue` was set, at the latest with a packet behind a gap. `bytes`: of the
  /// direction so far; `step`: of the sequence number; `markers`: of the packet and of the one before; `transit`: least of the delay stream, else
  /// infinite. What comes back is the time from which on the stream's next packet is due.
  public mutating func note(
    _ index: UInt32, time: Int64, bytes: UInt64, step: Int32, markers: PassageRecord.Markers, stream: UInt16,
    transit: Float,
    largest: UInt32, frame: UInt32
  ) -> Int64 {
    Self.note(
      &passages[index], &records, time: time, bytes: bytes, step: step, markers: markers, stream: stream,
      transit: transit, largest: largest, frame: frame)
  }

  /// The same for a packet without a gap behind an earlier loss, where every packet is noted and there is nothing else to
  /// decide; false, and nothing is changed, where there is. `bytes` with those of doubles.
  public mutating func noteNext(
    _ stream: inout MediaStream, _ index: UInt32, _ step: Int32, time: Int64, bytes: UInt64
  ) -> Bool {
    guard step <= 1, stream.passage != FlowState.none, stream.twinBytes == 0, time >= stream.noteDue else {
      return false
    }
    return Self.noteNext(&passages[stream.passage], &records, &stream, index, time, bytes)
  }

  @inline(always)
  private static func noteNext(
    _ passage: inout MediaPassage, _ records: inout Runs<PassageRecord>, _ stream: inout MediaStream, _ index: UInt32,
    _ time: Int64, _ bytes: UInt64
  ) -> Bool {
    let isDelayStream = passage.delayStream == index
    guard passage.changed > 0, !passage.isComplete, isDelayStream || stream.jitterCount == 0, passage.list.used < 64,
      passage.list.count < MediaPassage.limit
    else { return false }
    let (place, added) = advance(&passage, time, bytes &- passage.twinBytes)
    if place > passage.changed, stream.largest > passage.largestAfter { passage.largestAfter = stream.largest }
    passage.note(largest: stream.largest, place)
    let record = PassageRecord(
      time: place, bytes: added, transit: isDelayStream ? Float(stream.leastTransit) : .infinity,
      markers: stream.markers(1), stream: stream.place)
    if !joinsLast(record, passage, &records) { records.append(record, to: &passage.list) }
    stream.leastTransit = .infinity
    stream.largest = 0
    stream.noteDue = Self.due(after: place, time, passage)
    return true
  }

  /// Where a packet lies in the passage, and what its direction carried since the record before.
  @inline(always)
  private static func advance(
    _ passage: inout MediaPassage, _ time: Int64, _ bytes: UInt64
  ) -> (place: UInt32, added: UInt32) {
    let added = UInt32(clamping: bytes &- passage.bytesBefore)
    passage.bytesBefore = bytes
    return (UInt32(clamping: (time &- passage.start) / 10_000), added)
  }

  /// When the stream's next packet is noted.
  @inline(always)
  private static func due(after place: UInt32, _ time: Int64, _ passage: MediaPassage) -> Int64 {
    place < passage.fineUntil ? time : time &+ Int64(max(plainTime, passage.width)) &* 10_000
  }

  private static func note(
    _ passage: inout MediaPassage, _ records: inout Runs<PassageRecord>, time: Int64, bytes: UInt64, step: Int32,
    markers: PassageRecord.Markers, stream: UInt16, transit: Float, largest: UInt32, frame: UInt32
  ) -> Int64 {
    let (place, added) = advance(&passage, time, bytes)
    if passage.isComplete { return .max }
    if step > 1, passage.lost <= strayLosses, place > passage.fineUntil {
      // What was lost before were strays.
      passage.largestBefore = max(passage.largestBefore, passage.largestAfter)
      passage.largestAfter = 0
      passage.changed = 0
    }
    if passage.changed == 0 {
      if step > 1 { passage.changed = place &+ 50_000 }
      if largest > passage.largestBefore { passage.largestBefore = largest }
    } else if place > passage.changed, largest > passage.largestAfter {
      passage.largestAfter = largest
    }
    passage.note(largest: largest, place)
    append(&passage, &records, place, added, step, markers, stream, transit, frame)
    return due(after: place, time, passage)
  }

  private static func append(
    _ passage: inout MediaPassage, _ records: inout Runs<PassageRecord>, _ place: UInt32, _ bytes: UInt32,
    _ step: Int32, _ markers: PassageRecord.Markers, _ stream: UInt16, _ transit: Float, _ frame: UInt32
  ) {
    var lost: UInt16 = 0
    if step > 1 {
      lost = UInt16(truncatingIfNeeded: step &- 1)
      passage.lost &+= UInt32(truncatingIfNeeded: step &- 1)
      if passage.frameCount < 6 {
        passage.frames[Int(passage.frameCount)] = frame
        passage.frameCount &+= 1
      }
    }
    if passage.list.count == MediaPassage.limit {
      shorten(&passage, &records)
      if passage.isComplete { return }
    }
    let record = PassageRecord(
      time: place, bytes: bytes, transit: transit, lost: lost, markers: markers, stream: stream)
    if !joinsLast(record, passage, &records) { records.append(record, to: &passage.list) }
    if lost > 0 { passage.fineUntil = place &+ fineTime }
  }

  /// Takes a record soon after a loss into the one before it where that is done with those that are there already.
  @inline(always)
  private static func joinsLast(
    _ record: PassageRecord, _ passage: borrowing MediaPassage, _ records: inout Runs<PassageRecord>
  ) -> Bool {
    guard passage.width > 0, record.time < passage.fineUntil else { return false }
    return join(&records[records.last(of: passage.list)], record, passage.width)
  }

  /// Joins two neighbors that lie closely. A loss lies before its record's last packet: it may take in what came before it,
  /// nothing may be put behind it.
  @inline(always)
  private static func join(_ last: inout PassageRecord, _ next: PassageRecord, _ width: UInt32) -> Bool {
    guard last.lost == 0, next.time &- last.time < width else { return false }
    last.join(next)
    return true
  }

  /// So many losses long before the others do not count as their beginning.
  private static var strayLosses: UInt32 { 3 }

  /// For how long records behind a loss are fine, 10 µs units.
  public static var fineTime: UInt32 { 500_000 }

  /// For how long a record far from losses lasts, 10 µs units.
  public static var plainTime: UInt32 { 20_000 }

  /// Joins neighbors until a quarter of the room is free. Where the losses alone fill the room, the passage is complete.
  private static func shorten(_ passage: inout MediaPassage, _ records: inout Runs<PassageRecord>) {
    if passage.width == 0 { passage.tally(records.records(of: passage.list)) }
    while passage.list.count > MediaPassage.limit / 4 * 3 {
      passage.width = max(passage.width &* 2, 200)
      if passage.width > Self.widest {
        passage.isComplete = true
        return
      }
      let width = passage.width
      records.fold(&passage.list) { last, next in join(&last, next, width) }
    }
  }

  /// Widest record near losses, 10 µs units: half a second, the time in which a small bucket fills.
  private static var widest: UInt32 { 50_000 }
}
