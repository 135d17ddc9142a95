internal import Flow
internal import Recognition
public import Settings
public import Wire

/// Frames in, flow states kept: the packet loop observes and decides nothing.
///
/// With `shards` > 1 an analyzer keeps only the flows whose hash falls to it; every analyzer sees every frame, because
/// DNS answers and ICMP errors concern flows of all of them. Results are put together by `Findings`.
public struct Analyzer: ~Copyable {
  private let shard: UInt64
  private let shards: UInt64
  var table: FlowTable
  var udp = Arena<UDPState>(chunkShift: 13)
  var tcp = Arena<TCPState>(chunkShift: 12)
  var resets = Arena<ResetTrace>(chunkShift: 8)
  var streams = Arena<MediaStream>(chunkShift: 13)
  var facts = Arena<FlowFacts>(chunkShift: 13)
  var dialogues = Arena<Dialogue>(chunkShift: 10)
  var names = NameTable()
  var resolver = NameResolver()
  var hellos = HelloAssembler()
  var hygiene = Hygiene()
  let bin: Int64
  let streamLimit: Int
  let maximumStep: Int32
  let confirmingSteps: Int64
  private let reorder: Int64
  // One batch: decoded packets, their hashes, and whether they are to be taken in.
  // In an arena, whose elements are reached in place: reading one of an inline array in `self` copies all 32.
  private var batch = Arena<BatchedFrame>(chunkShift: 5)

  /// An analyzer of one capture. `seed` moves flows in the table and nothing else.
  public init(thresholds: Thresholds = Thresholds(), seed: UInt64, shard: Int = 0, shards: Int = 1) {
    self.shard = UInt64(shard)
    self.shards = UInt64(shards)
    table = FlowTable(
      seed: seed, maximum: max(2, Int(thresholds.flow.maximum.integer) / shards),
      scan: Int(thresholds.flow.evictionScan.integer), udpIdle: thresholds.flow.udpIdle.integer)
    bin = thresholds.silence.bin.integer
    streamLimit = Int(thresholds.flow.streams.integer)
    maximumStep = Int32(thresholds.media.maximumStep.integer)
    confirmingSteps = thresholds.media.confirmingSteps.integer
    reorder = thresholds.reset.reorder.integer
    for _ in 0..<32 { _ = batch.append(BatchedFrame()) }
  }

  /// Takes in the frames of one block, in order.
  public mutating func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    var start = 0
    while start < frames.count {
      let end = min(frames.count, start &+ 32)
      consumeBatch(block, frames.extracting(start..<end))
      start = end
    }
  }

  /// Decode all and ask for their slots; ask for their records; then update in order. The table has left the cache long
  /// before the capture ends, and two loads in flight for 32 packets hide most of its latency.
  private mutating func consumeBatch(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    let count = frames.count
    for index in 0..<count {
      let frame = frames[index]
      hygiene.note(frame)
      if let reason = Self.decode(block, frame, table, into: &batch[UInt32(truncatingIfNeeded: index)]) {
        hygiene.note(reason, block, frame)
      }
    }
    for index in 0..<count {
      let hash = batch[UInt32(truncatingIfNeeded: index)].hash
      if hash != 0 { table.prefetchRecord(hash) }
    }
    for index in 0..<count {
      let hash = batch[UInt32(truncatingIfNeeded: index)].hash
      if hash != 0 { prefetchState(hash) }
    }
    for index in 0..<count {
      // One look at the arena; the fields are then read from the copy.
      let taken = batch[UInt32(truncatingIfNeeded: index)]
      guard taken.isWanted else { continue }
      if taken.packet.ipLength > Hygiene.largestPacket { hygiene.oversized &+= 1 }
      switch taken.packet.transport {
      case .udp: takeDatagram(taken.packet, taken.hash, block, frames[index])
      case .tcp:
        if shards == 1 || (taken.hash >> 40) % shards == shard {
          takeSegment(taken.packet, taken.hash, block, frames[index])
        }
      case .icmp, .icmpv6: takeError(taken.packet, block, frames[index])
      }
    }
  }

  /// Decodes one frame in its place of the batch and asks for its slot; the reason if it is no packet.
  @inline(__always)
  private static func decode(
    _ block: Span<UInt8>, _ frame: FrameInfo, _ table: borrowing FlowTable, into place: inout BatchedFrame
  ) -> Undecoded? {
    place.hash = 0
    do throws(Undecoded) {
      try place.packet.decode(block, frame)
    } catch {
      place.isWanted = false
      return error
    }
    place.isWanted = true
    if place.packet.transport == .tcp || place.packet.transport == .udp {
      place.hash = table.hash(of: place.packet)
      table.prefetchSlot(place.hash)
    }
    return nil
  }

  /// Asks for the transport's state of the flow that a packet most likely belongs to.
  @inline(__always)
  private func prefetchState(_ hash: UInt64) {
    guard let index = table.likelyRecord(hash) else { return }
    let detail = table.flows[index].detail
    if table.flows[index].isTCP { tcp.prefetch(detail) } else { udp.prefetch(detail) }
  }

  // MARK: UDP

  private mutating func takeDatagram(_ packet: Packet, _ hash: UInt64, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let mine = shards == 1 || (hash >> 40) % shards == shard
    if packet.sourcePort == 53 { learnNames(packet, block, frame.time) }
    guard mine else { return }
    let match = table.match(packet, hash: hash, time: frame.time)
    let index = match.index
    if match.isNew { startFlow(match, frame, isTCP: false) }
    let side = Int(match.side)
    let detail = Self.count(&table.flows[index], side, packet.ipLength, frame.time)
    udp[detail].observe(
      side: side, time: frame.time, frame: frame.number, timeToLive: packet.timeToLive, bin: bin)
    let start = packet.payloadStart
    let payload = block.extracting(start..<(start &+ Int(packet.payloadLength)))
    let datagram = Datagram(
      flow: index, detail: detail, side: side, time: frame.time, frame: frame.number,
      wireLength: Int(packet.payloadWireLength), ipLength: packet.ipLength,
      ports: (packet.sourcePort, packet.destinationPort))
    takePayload(payload, datagram)
  }

  // MARK: TCP

  private mutating func takeSegment(_ packet: Packet, _ hash: UInt64, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let match = table.match(packet, hash: hash, time: frame.time)
    let index = match.index
    if match.isNew { startFlow(match, frame, isTCP: true) }
    let side = Int(match.side)
    let detail = Self.count(&table.flows[index], side, packet.ipLength, frame.time)
    let flags = packet.tcpFlags
    if flags.contains(.rst) || tcp[detail].reset != FlowState.none {
      takeReset(packet, detail, side, frame)
    }
    let kind = tcp[detail].observe(
      packet, side: side, time: frame.time, flowStart: table.flows[index].first, frame: frame.number,
      reorderWindow: reorder)
    if tcp[detail].reset != FlowState.none { noteAfterReset(detail, side, kind, flags, packet, frame) }
    if flags.contains(.rst)
      || (flags.contains(.fin) && tcp[detail].sides[0].sent.contains(.fin) && tcp[detail].sides[1].sent.contains(.fin))
    {
      table.flows[index].marks.insert(.closed)
    }
    if kind == .new, packet.payloadLength > 0, table.flows[index].decoder != PayloadDecoder.settled {
      let start = packet.payloadStart
      let payload = block.extracting(start..<(start &+ Int(packet.payloadLength)))
      takeStream(
        payload, flow: index, detail: detail, side: side, time: frame.time,
        wireLength: Int(packet.payloadWireLength))
    }
  }

  private mutating func takeReset(_ packet: Packet, _ detail: UInt32, _ side: Int, _ frame: FrameInfo) {
    guard packet.tcpFlags.contains(.rst) else { return }
    if tcp[detail].reset == FlowState.none { tcp[detail].reset = resets.append(ResetTrace()) }
    let trace = tcp[detail].reset
    let place = Int(resets[trace].count)
    guard place < 4 else { return }
    resets[trace].segments[place] = tcp[detail].describe(packet, side: side, time: frame.time, frame: frame.number)
    resets[trace].count = UInt8(place + 1)
  }

  /// What a side does after its own reset: a closed socket sends nothing.
  private mutating func noteAfterReset(
    _ detail: UInt32, _ side: Int, _ kind: SegmentKind, _ flags: TCPFlags, _ packet: Packet, _ frame: FrameInfo
  ) {
    let trace = tcp[detail].reset
    guard !flags.contains(.rst) else { return }
    var own = false
    for place in 0..<Int(resets[trace].count) where Int(resets[trace].segments[place].side) == side { own = true }
    if own {
      resets[trace].packetsAfter[side] &+= 1
      if kind == .new, packet.payloadWireLength > 0 {
        if resets[trace].dataAfter[side] == 0 {
          resets[trace].dataAfterFrame[side] = frame.number
          resets[trace].dataAfterTime[side] = frame.time
        }
        resets[trace].dataAfter[side] &+= 1
      }
    }
    if kind == .new || kind == .pureACK { resets[trace].exchangesAfter &+= 1 }
  }

  // MARK: Both

  private mutating func startFlow(_ match: FlowMatch, _ frame: FrameInfo, isTCP: Bool) {
    // An evicted flow of the same transport leaves its record; its streams and facts are lost room, which the
    // eviction count bounds.
    let old = table.recycled
    table.recycled = nil
    let before = match.previous == FlowState.none ? FlowState.none : table.flows[match.previous].detail
    if isTCP {
      var state = TCPState(firstFrame: frame.number)
      if before != FlowState.none, table.flows[match.previous].isTCP { state.ordinal = tcp[before].ordinal &+ 1 }
      if let old, old.isTCP {
        tcp[old.detail] = state
        table.flows[match.index].detail = old.detail
      } else {
        table.flows[match.index].detail = tcp.append(state)
      }
    } else {
      var state = UDPState(firstFrame: frame.number)
      if before != FlowState.none, !table.flows[match.previous].isTCP { state.ordinal = udp[before].ordinal &+ 1 }
      if let old, !old.isTCP {
        udp[old.detail] = state
        table.flows[match.index].detail = old.detail
      } else {
        table.flows[match.index].detail = udp.append(state)
      }
    }
  }

  @inline(__always)
  private static func count(_ flow: inout FlowState, _ side: Int, _ bytes: UInt32, _ time: Int64) -> UInt32 {
    if side == 0 {
      flow.packets.0 &+= 1
      flow.bytes.0 &+= UInt64(bytes)
    } else {
      flow.packets.1 &+= 1
      flow.bytes.1 &+= UInt64(bytes)
    }
    if time > flow.last { flow.last = time }
    return flow.detail
  }

  /// Ties an ICMP error to the flow whose packet it quotes.
  private mutating func takeError(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) {
    guard let quoted = QuotedPacket(packet, in: block), let match = table.find(quoted.packet) else { return }
    let dialogue = dialogue(of: match.index)
    dialogues[dialogue].icmpErrors &+= 1
    guard dialogues[dialogue].icmpErrors == 1 else { return }
    dialogues[dialogue].icmpType = quoted.type
    dialogues[dialogue].icmpCode = quoted.code
    dialogues[dialogue].icmpFrame = frame.number
    dialogues[dialogue].icmpTime = frame.time
    dialogues[dialogue].icmpFromSide0 = packet.source == table.endpoint(match.index, side: 0).address
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
