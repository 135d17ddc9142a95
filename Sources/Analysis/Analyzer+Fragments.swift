internal import Flow
internal import Wire

/// Fragments on their way to packets, and packets that share a frame. Whole packets are taken in with the time and number of the frame that completed
/// them, first fragments that stay alone with their own.
extension Analyzer {
  /// Takes in a fragment, first or later.
  @inline(never)
  mutating func takeFragment(_ place: inout BatchedFrame, _ block: Span<UInt8>, _ frame: FrameInfo, depth: Int = 0) {
    let used = fragments.counts.used
    switch fragments.take(block, frame, networkOffset: place.packet.networkOffset) {
    case .held: break
    case .passed:
      if place.isShort { return hygiene.note(.truncated, block, frame) }
      guard place.packet.traits.contains(.firstFragment) else { return }
      place.isWanted = true
      take(&place, block, frame)
    case .complete:
      // Each was counted as undecoded when it came.
      hygiene.undecoded[Int(Undecoded.fragment.rawValue)] &-= fragments.counts.used &- used
      takeReassembled(depth: depth)
    }
  }

  /// Takes in the packets that share a frame.
  @inline(never)
  mutating func takeAggregate(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) {
    var frames = AggregatedFrames(packet, frame)
    while let part = frames.next(in: block) {
      var place = BatchedFrame()
      if let reason = Self.decode(block, part, table, into: &place) {
        hygiene.note(reason, block, part)
        guard reason == .fragment else { continue }
      }
      take(&place, block, part)
    }
  }

  /// Takes in first fragments that have waited long enough.
  @inline(never)
  mutating func releaseFragments(at time: Int64) {
    while fragments.expire(at: time) { takeReassembled(depth: 0) }
  }

  /// After the last frame: takes in what still waits.
  mutating func finish() {
    while fragments.drain() { takeReassembled(depth: 0) }
  }

  private mutating func takeReassembled(depth: Int) {
    guard let frame = fragments.packetFrame else { return }
    let bytes = fragments.packet
    var place = BatchedFrame()
    if let reason = Self.decode(bytes.span, frame, table, into: &place) {
      hygiene.note(reason, bytes.span, frame)
      guard reason == .fragment, depth < 3 else { return }
    }
    // A tunnel's packet may itself carry a fragment; what was released is a first fragment and stays one.
    if place.isFragment, !place.isWanted, depth < 3, place.packet.networkOffset > 0 {
      return takeFragment(&place, bytes.span, frame, depth: depth + 1)
    }
    if place.isShort, !place.isWanted { return hygiene.note(.truncated, bytes.span, frame) }
    guard place.isWanted || place.packet.traits.contains(.firstFragment) else { return }
    // Fragments have no ports to go by: other packets of the flow came to another worker, most likely.
    if isApart { return share(bytes.span, frame, .whole) }
    place.isWanted = true
    let taken = notBeforeFlow(frame, place)
    // Whole packets are as large as their sender made them: no sign of offload.
    let oversized = hygiene.oversized
    take(&place, bytes.span, taken)
    hygiene.oversized = oversized
  }
}
