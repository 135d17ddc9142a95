internal import Flow
internal import Recognition
public import Settings
internal import Synchronization
public import Wire

/// Frames in, flow states kept: the packet loop observes and decides nothing.
///
/// With `shards` > 1 an analyzer keeps only the flows whose hash falls to it; every analyzer sees every frame, because
/// DNS answers and ICMP errors concern flows of all of them. Results are put together by `Findings`.
public struct Analyzer: ~Copyable {
  let shard: UInt64
  let shards: UInt64
  var table: FlowTable
  var udp = Arena<UDPState, 13>()
  var tcp = Arena<TCPState, 12>()
  var resets = ResetTraces()
  var streams = Arena<MediaStream, 13>()
  var passages = MediaPassages()
  var segments = SegmentTraces()
  var recent = RecentSegments()
  var lossRuns = Arena<LossRuns, 8>()
  var bins = FlowBins()
  var facts = Arena<FlowFacts, 13>()
  var dialogues = Arena<Dialogue, 10>()
  var roundTrips = RoundTripLists()
  var ties = Arena<CallTies, 8>()
  var mediaFacts = Arena<MediaFacts, 8>()
  var sealed = Arena<Sides<SealedRecords>, 8>()
  var dialogs = SIPDialogs()
  var names = NameTable()
  var resolver = NameResolver()
  var dnsAnswers = DNSAnswers()
  var hellos = HelloAssembler()
  var fingerprints: HelloFingerprints
  /// What the hello that was read last offers.
  var offer = HelloOffer()
  var framed = FramedStreams()
  var described = DescribedMedia()
  var initials = QUICInitials()
  var hygiene = Hygiene()
  var fragments = FragmentReassembler()
  /// Names of apps by flow, where the capture program wrote them down; indices into `names`.
  var phoneApps: [UInt32: UInt32] = [:]
  /// Users by flow, where it wrote these down; their apps are known at the end.
  var phoneUsers: [UInt32: Int32] = [:]
  let times: SilenceTimes
  var bin: Int64 { times.bin }
  /// Packets and bytes of every flow are counted by time.
  let keepsBins: Bool
  /// Other workers see frames that this one does not: what concerns their flows is shared.
  let isApart: Bool
  /// What is to be shared.
  var shared: [SharedFrame] = []
  /// Transport records of evicted flows whose room a flow of the other transport took.
  var spareTCP: [UInt32] = []
  var spareUDP: [UInt32] = []
  /// What estimates of speech quality assume.
  let assumed: Thresholds.Quality
  /// What counts as late.
  let lateLimits: LatenessLimits
  let streamLimit: Int
  let maximumStep: Int32
  let confirmingSteps: Int64
  /// Losses of a stream that are worth a word.
  let leastLosses: UInt64
  /// ns for which media may go on behind a hang-up.
  let afterHangUp: Int64
  /// ns after which one side's silence beside the other has ended a connection.
  let quiet: Int64
  let reorder: Int64
  // Kept for its layout alone: a value that holds an atomic stays at one address. Without it, each call on an analyzer that
  // is lent, and reporting makes some twenty a flow, begins with a copy of its own two kilobytes of fields.
  private let inPlace = Atomic(false)
  // One batch, taken out while it is worked on, so that its frames can be lent to methods that change `self`.
  private var batch = [BatchedFrame](repeating: BatchedFrame(), count: 32)

  /// An analyzer of one capture. `seed` moves flows in the table and nothing else; `keepsBins` adds time bins to flows;
  /// `maximumFlows` replaces the threshold; with `isApart` it is one of several that see frames of their own.
  public init(
    thresholds: Thresholds = Thresholds(), seed: UInt64, shard: Int = 0, shards: Int = 1, keepsBins: Bool = false,
    maximumFlows: Int? = nil, isApart: Bool = false
  ) {
    self.keepsBins = keepsBins
    self.isApart = isApart
    assumed = thresholds.quality
    lateLimits = LatenessLimits(thresholds)
    self.shard = UInt64(shard)
    self.shards = UInt64(shards)
    table = FlowTable(
      seed: seed, maximum: max(2, (maximumFlows ?? Int(thresholds.flow.maximum.integer)) / shards),
      scan: Int(thresholds.flow.evictionScan.integer), udpIdle: thresholds.flow.udpIdle.integer)
    fingerprints = HelloFingerprints(seed: seed)
    times = SilenceTimes(thresholds.silence)
    streamLimit = Int(thresholds.flow.streams.integer)
    maximumStep = Int32(thresholds.media.maximumStep.integer)
    confirmingSteps = thresholds.media.confirmingSteps.integer
    leastLosses = UInt64(max(1, thresholds.power.losses.integer))
    afterHangUp = thresholds.calls.afterHangUp.integer
    quiet = thresholds.reset.silence.integer
    reorder = thresholds.reset.reorder.integer
  }

  /// Takes in the frames of one block, in order.
  public mutating func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    var batch: [BatchedFrame] = []
    swap(&batch, &self.batch)
    var start = 0
    while start < frames.count {
      let end = min(frames.count, start &+ batch.count)
      var room = batch.mutableSpan
      consume(&room, block, frames.extracting(start..<end))
      start = end
    }
    swap(&batch, &self.batch)
  }

  /// Decode all and ask for their slots; ask for their records; then update in order. The table has left the cache long
  /// before the capture ends, and two loads in flight for 32 packets hide most of its latency.
  private mutating func consume(
    _ batch: inout MutableSpan<BatchedFrame>, _ block: Span<UInt8>, _ frames: Span<FrameInfo>
  ) {
    hygiene.note(frames)
    if frames.count > 0, frames[0].time >= fragments.due { releaseFragments(at: frames[0].time) }
    for index in 0..<frames.count {
      if Self.decodeDatagram(block, frames[index], table, isApart, into: &batch[index]) { continue }
      if Self.decodePlain(block, frames[index], table, into: &batch[index]) { continue }
      if let reason = Self.decode(block, frames[index], table, into: &batch[index]) {
        hygiene.note(reason, block, frames[index])
      }
    }
    for index in 0..<frames.count { Self.prefetchRecord(table, &batch[index]) }
    if table.flows.count > Self.cachedFlows {
      for index in 0..<frames.count { prefetchState(&batch[index]) }
      for index in 0..<frames.count { prefetchStream(&batch[index]) }
      prefetchPassages(&batch, frames)
    }
    for index in 0..<frames.count {
      if batch[index].isPlain {
        if takePlain(&batch[index], block, frames[index].time, frames[index].number) { continue }
        beginPlain(&batch[index], block, frames[index])
      } else {
        take(&batch[index], block, frames[index])
      }
    }
  }

  /// Flows whose states, of a call some kilobyte each with streams and passages, fit a core's second-level cache beside the block
  /// that is read: nothing is gained by asking ahead.
  private static var cachedFlows: Int { 256 }

  /// Reads a datagram of the most frequent kind in its place of the batch and asks for its slot; false if it is another
  /// frame, or if other workers have to be told of it.
  @inline(always)
  private static func decodeDatagram(
    _ block: Span<UInt8>, _ frame: FrameInfo, _ table: borrowing FlowTable, _ isApart: Bool,
    into place: inout BatchedFrame
  ) -> Bool {
    place.isPlain = false
    if isApart { return false }
    guard place.datagram.decode(block, frame, largest: Hygiene.largestPacket) else { return false }
    place.isPlain = true
    place.hash = table.hash(of: &place.datagram)
    table.prefetchSlot(place.hash)
    return true
  }

  /// Decodes a frame of the most frequent kind in its place of the batch and asks for its slot; false if it is another.
  @inline(always)
  private static func decodePlain(
    _ block: Span<UInt8>, _ frame: FrameInfo, _ table: borrowing FlowTable, into place: inout BatchedFrame
  ) -> Bool {
    guard place.packet.decodePlain(block, frame) else { return false }
    place.isWanted = true
    place.isKeyed = true
    place.key.setIPv4(&place.packet)
    place.hash = table.hash(of: &place.key)
    table.prefetchSlot(place.hash)
    return true
  }

  /// The same for any frame; the reason if it is no packet.
  @inline(never)
  static func decode(
    _ block: Span<UInt8>, _ frame: FrameInfo, _ table: borrowing FlowTable, into place: inout BatchedFrame
  ) -> Undecoded? {
    place.isKeyed = false
    do throws(Undecoded) {
      try place.packet.decode(block, frame)
    } catch {
      place.isWanted = false
      place.isFragment = error == .fragment
      place.isAggregate = error == .aggregate
      place.isShort = false
      if place.isAggregate { return nil }
      // A first fragment may end within the transport's header (RFC 791 section 3.2 asks for eight bytes only).
      guard place.packet.traits.contains(.firstFragment), error == .truncated || error == .badLength else {
        return error
      }
      place.isFragment = true
      place.isShort = true
      return nil
    }
    place.isShort = false
    place.isWanted = true
    if place.packet.transport == .tcp || place.packet.transport == .udp {
      place.isKeyed = true
      place.key.set(&place.packet)
      place.hash = table.hash(of: &place.key)
      table.prefetchSlot(place.hash)
    }
    if place.packet.traits.contains(.firstFragment) {
      place.isWanted = false
      place.isFragment = true
    }
    return nil
  }

  @inline(always)
  private static func prefetchRecord(_ table: borrowing FlowTable, _ place: inout BatchedFrame) {
    place.flow = place.isPlain || place.isKeyed ? table.guess(place.hash) : FlowState.none
    if place.flow != FlowState.none { table.flows.prefetchStart(place.flow) }
  }

  /// Asks for the transport's state of the flow that a packet most likely belongs to.
  @inline(always)
  private func prefetchState(_ place: inout BatchedFrame) {
    place.next = FlowState.none
    guard place.flow != FlowState.none else { return }
    let detail = table.flows[place.flow].detail
    if !place.isPlain, place.packet.transport == .tcp { return tcp.prefetch(detail) }
    guard detail < udp.count else { return }
    place.next = detail
    udp.prefetch(detail)
  }

  /// Asks for the stream that the sender's latest media were of, or the flow's first.
  @inline(always)
  private mutating func prefetchStream(_ place: inout BatchedFrame) {
    guard place.next != FlowState.none else { return }
    let state = place.next
    let side = place.isPlain ? FlowTable.side(&place.datagram, of: &table.flows[place.flow]) : 0
    place.next = udp[state].stream(of: side)
    if place.next == FlowState.none { return streams.prefetchStart(udp[state].streams) }
    streams.prefetchHalf(place.next)
  }

  /// Asks for the passages that packets go into, where one is due of their stream, then for the room of their records.
  @inline(always)
  private func prefetchPassages(_ batch: inout MutableSpan<BatchedFrame>, _ frames: Span<FrameInfo>) {
    var count = 0
    for index in 0..<frames.count {
      let stream = batch[index].next
      if stream == FlowState.none { continue }
      batch[count].due = stream
      // Counted, not branched: one in some is due, and which nothing tells.
      count &+= frames[index].time >= streams[stream].noteDue ? 1 : 0
    }
    for place in 0..<count {
      let stream = batch[place].due
      streams.prefetchEnd(stream)
      passages.prefetch(streams[stream].passage)
    }
    for place in 0..<count { passages.prefetchRecord(streams[batch[place].due].passage) }
  }

  @inline(always)
  mutating func take(_ place: inout BatchedFrame, _ block: Span<UInt8>, _ frame: FrameInfo) {
    guard place.isWanted else {
      if place.isFragment {
        takeFragment(&place, block, frame)
      } else if place.isAggregate {
        takeAggregate(place.packet, block, frame)
      }
      return
    }
    if place.packet.ipLength > Hygiene.largestPacket { hygiene.oversized &+= 1 }
    if isApart, share(place.packet, block, frame) { return }
    switch place.packet.transport {
    case .udp:
      if place.packet.sourcePort == 53 { learnNames(place.packet, block, frame) }
      if isMine(place.hash) { takeDatagram(&place, block, frame) }
    case .tcp:
      if isMine(place.hash) { takeSegment(&place, block, frame) }
    case .icmp, .icmpv6: takeError(place.packet, block, frame)
    }
  }

  /// The flow of this hash falls to this shard.
  @inline(always)
  private func isMine(_ hash: UInt64) -> Bool { shards == 1 || (hash >> 40) % shards == shard }

  // MARK: UDP

  /// A datagram that was read as far as its flow; false, and nothing is done, if it begins one.
  @inline(always)
  private mutating func takePlain(
    _ place: inout BatchedFrame, _ block: Span<UInt8>, _ time: Int64, _ number: UInt64
  ) -> Bool {
    guard isMine(place.hash) else { return true }
    let index = table.find(&place.datagram, hash: place.hash, guess: place.flow, time: time)
    if index == FlowState.none { return false }
    take(
      &place.datagram, of: index, FlowTable.side(&place.datagram, of: &table.flows[index]), block, time, number)
    return true
  }

  /// The first datagram of a flow: the packet is decoded in full.
  @inline(never)
  private mutating func beginPlain(_ place: inout BatchedFrame, _ block: Span<UInt8>, _ frame: FrameInfo) {
    // The short way: it is IPv4 and UDP.
    guard Self.decodePlain(block, frame, table, into: &place) else { return }
    takeDatagram(&place, block, frame)
  }

  private mutating func takeDatagram(_ place: inout BatchedFrame, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let match = table.match(&place.key, &place.packet, hash: place.hash, time: frame.time)
    if match.isNew {
      startFlow(match, frame, isTCP: false)
      notePhoneApp(match.index, block, frame)
    }
    place.datagram.take(place.packet)
    place.datagram.readLeading(block)
    take(&place.datagram, of: match.index, match.side, block, frame.time, frame.number)
  }

  /// A datagram of a known flow: to a stream that is known, else the long way.
  @inline(always)
  private mutating func take(
    _ datagram: inout PlainDatagram, of index: UInt32, _ side: UInt8, _ block: Span<UInt8>, _ time: Int64,
    _ number: UInt64
  ) {
    if table.flows[index].decoder == PayloadDecoder.settled, takeSettled(&datagram, index, side, block, time, number) {
      return
    }
    observe(&datagram, of: index, Int(side), block, time, number)
  }

  /// Takes a datagram of a known flow in, from counting it to its decoder.
  @inline(never)
  private mutating func observe(
    _ datagram: inout PlainDatagram, of index: UInt32, _ side: Int, _ block: Span<UInt8>, _ time: Int64,
    _ number: UInt64
  ) {
    let flow = Self.count(&table.flows[index], side, datagram.ipLength, time)
    if keepsBins { bins.note(index, side: side, elapsed: time &- flow.first, bytes: datagram.ipLength) }
    udp[flow.detail].observe(side: side, time: time, start: flow.first, frame: number, times)
    if !TimeToLive.isUntouched(datagram.timeToLive) { udp[flow.detail].noteRouted(side) }
    let start = datagram.payloadStart
    takePayload(
      block.extracting(start..<(start &+ Int(datagram.payloadLength))),
      Datagram(
        flow: index, detail: flow.detail, side: side, time: time,
        place: UInt32(truncatingIfNeeded: number &- udp[flow.detail].firstFrame),
        wireLength: Int(datagram.payloadWireLength), ipLength: datagram.ipLength,
        ports: (datagram.sourcePort, datagram.destinationPort), timeToLive: datagram.timeToLive))
  }

  // MARK: Both

  /// Counts a packet; what else the packet's way depends on comes back with it.
  @inline(always)
  static func count(
    _ flow: inout FlowState, _ side: Int, _ bytes: UInt32, _ time: Int64
  ) -> (detail: UInt32, decoder: UInt8, first: Int64, bytes: UInt64) {
    let sum = flow.count(side, bytes: bytes)
    flow.last = max(flow.last, time)
    return (flow.detail, flow.decoder, flow.first, sum)
  }

  /// Index of the flow's facts, made if there were none.
  mutating func facts(of flow: UInt32) -> UInt32 {
    let index = table.flows[flow].facts
    if index != FlowState.none { return index }
    let new = facts.append(FlowFacts())
    table.flows[flow].facts = new
    return new
  }

  /// Index of the flow's dialogue, made if there was none.
  mutating func dialogue(of flow: UInt32) -> UInt32 {
    let fact = facts(of: flow)
    if facts[fact].dialogue != FlowState.none { return facts[fact].dialogue }
    let new = dialogues.append(Dialogue())
    facts[fact].dialogue = new
    return new
  }
}
