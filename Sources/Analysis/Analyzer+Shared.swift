internal import Flow
internal import Wire

/// A frame that concerns flows of other workers than the one that got it.
struct SharedFrame: Sendable {
  enum Purpose: Sendable {
    /// A DNS answer: names are looked up with the first worker.
    case names
    /// An ICMP error: whoever has the flow that it quotes.
    case error
    /// A packet in a tunnel: the kernel shares out by the tunnel's ends and may give its two directions to two workers.
    case tunneled
    /// A packet put together from fragments: whoever has its flow.
    case whole
  }

  let bytes: [UInt8]
  /// Its record header; it begins at the first of the bytes.
  let frame: FrameInfo
  let purpose: Purpose
}

/// Several workers, each with frames of its own: the kernel shares them out by flow. What concerns flows of others is rare,
/// and handed to them.
extension Analyzer {
  private static var firstWorker: UInt64 { 0 }

  /// Shares a packet that concerns others; true if it is theirs alone.
  @inline(never)
  mutating func share(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) -> Bool {
    if packet.traits.contains(.tunnel), shard != Self.firstWorker {
      share(block, frame, .tunneled)
      return true
    }
    switch packet.transport {
    case .udp: if packet.sourcePort == 53, shard != Self.firstWorker { share(block, frame, .names) }
    case .tcp: break
    case .icmp, .icmpv6: share(block, frame, .error)
    }
    return false
  }

  mutating func share(_ block: Span<UInt8>, _ frame: FrameInfo, _ purpose: SharedFrame.Purpose) {
    guard shared.count < Self.mostShared else { return }
    var bytes: [UInt8] = []
    let end = frame.start + Int(frame.capturedLength)
    bytes.reserveCapacity(Int(frame.capturedLength))
    for index in frame.start..<end { bytes.append(block[index]) }
    var copy = frame
    copy.start = 0
    shared.append(SharedFrame(bytes: bytes, frame: copy, purpose: purpose))
  }

  /// Most frames that wait to be handed over: those of one block.
  private static var mostShared: Int { 4096 }

  /// Takes in what another worker shared.
  mutating func receive(_ shared: SharedFrame) {
    var place = BatchedFrame()
    guard Self.decode(shared.bytes.span, shared.frame, table, into: &place) == nil else { return }
    if place.packet.traits.contains(.firstFragment) { place.isWanted = true }
    guard place.isWanted else { return }
    let frame = notBeforeFlow(shared.frame, place)
    switch shared.purpose {
    case .names: learnNames(place.packet, shared.bytes.span, frame)
    case .error: takeError(place.packet, shared.bytes.span, frame)
    case .tunneled: take(&place, shared.bytes.span, frame)
    case .whole: if table.find(place.packet) != nil { take(&place, shared.bytes.span, frame) }
    }
  }

  /// The frame with a number that does not lie before its flow's first: flows keep numbers as distances from it, and what
  /// was held back would fall before.
  mutating func notBeforeFlow(_ frame: FrameInfo, _ place: BatchedFrame) -> FrameInfo {
    var taken = frame
    if place.isKeyed, let match = table.find(place.packet) {
      let detail = table.flows[match.index].detail
      taken.number = max(taken.number, table.flows[match.index].isTCP ? tcp[detail].firstFrame : udp[detail].firstFrame)
    }
    return taken
  }
}
