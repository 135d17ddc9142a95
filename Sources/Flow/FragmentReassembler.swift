public import Wire

/// Puts the fragments of IP packets together again, in bounded memory and time (RFC 791 section 3.2, RFC 8200 section 4.5).
///
/// A packet's first fragment is held until the others are there. If they do not come within ``hold``, it is handed back
/// as what it is, a packet whose payload is cut: nothing that a capture holds is lost. A capture without any later
/// fragment (a filter by ports passes none) gets its first ones back at once.
///
/// Fragments that overlap are not put together (RFC 5722; Linux does the same for IPv4 since 2018): which bytes an end
/// takes depends on its system. Repeated ones with the same bytes are duplicates and do no harm.
public struct FragmentReassembler: Sendable {
  /// Most packets put together at a time; the oldest gives way.
  static let packetLimit = 256
  /// Most fragments of one packet: 65,535 bytes at IPv6's smallest MTU are 53, at 576 bytes 119.
  static let fragmentLimit = 256
  /// How long a first fragment waits, ns: a sender writes the fragments back to back, and 64 KiB at 2 Mbit/s take this.
  static let hold: Int64 = 250_000_000
  /// How long the other fragments wait for their first one, ns (Linux: 30 s).
  static let patience: Int64 = 30_000_000_000

  /// What became of the fragments.
  public struct Counts: Sendable, Equatable {
    /// Fragments taken in, first ones included.
    public var fragments: UInt64 = 0
    /// Packets put together.
    public var completed: UInt64 = 0
    /// Later fragments that became part of a packet.
    public var used: UInt64 = 0
    /// Later fragments seen.
    public var later: UInt64 = 0
    /// Fragments that were there before with the same bytes.
    public var duplicates: UInt64 = 0
    /// Packets given up because fragments overlapped.
    public var overlaps: UInt64 = 0
    /// Packets given up because lengths contradicted each other.
    public var malformed: UInt64 = 0
    /// Packets given up because fragments were missing.
    public var expired: UInt64 = 0
  }

  /// What to do after a fragment was taken in.
  public enum Outcome: Sendable {
    /// Nothing yet.
    case held
    /// ``packet`` is whole.
    case complete
    /// It is not for reassembly: a first fragment is a cut packet, a later one is none.
    case passed
  }

  /// A packet in raw IP, whole or its first fragment; valid until the next call.
  public private(set) var packet: [UInt8] = []
  /// Record header of ``packet``: time and number of the frame that completed it, or of the first fragment.
  public private(set) var packetFrame: FrameInfo?
  /// What became of the fragments so far.
  public private(set) var counts = Counts()
  private var pending: [Pending] = []
  private var firstExpired = false
  /// Earliest time at which something is due; `Int64.max` if nothing waits.
  public private(set) var due = Int64.max

  /// Packets that wait for fragments.
  public var waiting: Int { pending.count }

  /// Nothing waits.
  public init() {}

  private struct Run: Sendable {
    let start: Int
    let end: Int
    let captured: Int
  }

  private struct Pending: Sendable {
    let key: FragmentHeader.Key
    let opened: Int64
    var runs: [Run] = []
    var data: [UInt8] = []
    var total: Int?
    var headers: [UInt8] = []
    var nextField = 0
    var next: UInt8 = 0
    var first: FrameInfo?

    var due: Int64 {
      let start = first?.time ?? opened
      return start.addingReportingOverflow(
        first == nil ? FragmentReassembler.patience : FragmentReassembler.hold
      ).partialValue
    }
  }

  /// Takes in the fragment whose IP header lies `networkOffset` bytes into the frame (``Packet/networkOffset``).
  public mutating func take(_ block: Span<UInt8>, _ frame: FrameInfo, networkOffset: UInt8) -> Outcome {
    counts.fragments &+= 1
    guard networkOffset != .max, let header = FragmentHeader(block, frame, networkOffset: Int(networkOffset)) else {
      return .passed
    }
    let isFirst = header.offset == 0
    if !isFirst { counts.later &+= 1 }
    // A filter by ports lets no later fragment through: waiting would only turn the order of packets around.
    if isFirst, firstExpired, counts.later == 0 { return .passed }
    let end = header.offset &+ header.length
    let place = pending.firstIndex { $0.key == header.key }
    // Units of eight bytes except at the end; nothing beyond what a length field can say.
    let outside = header.key.family == 4 ? header.headers.count : header.headers.count &- 40
    let isSound = header.length > 0 && (!header.hasMore || header.length & 7 == 0) && end &+ outside <= 65_535
    guard isSound else {
      if let place { return giveUp(place, \.malformed, with: isFirst) }
      counts.malformed &+= 1
      return .passed
    }
    guard let index = place ?? open(header.key, frame.time) else { return .passed }
    if let total = pending[index].total, end > total || (!header.hasMore && end != total) {
      return giveUp(index, \.malformed, with: isFirst)
    }
    if !header.hasMore, let last = pending[index].runs.last, last.end > end {
      return giveUp(index, \.malformed, with: isFirst)
    }
    switch insert(header, block, into: index) {
    case .duplicate:
      counts.duplicates &+= 1
      return .held
    case .overlap: return giveUp(index, \.overlaps, with: isFirst)
    case .tooMany: return giveUp(index, \.malformed, with: isFirst)
    case .inserted: break
    }
    if !header.hasMore { pending[index].total = end }
    if isFirst {
      pending[index].headers = Self.copy(block, header.headers)
      pending[index].nextField = header.nextField
      pending[index].next = header.next
      pending[index].first = frame
    }
    if let length = wholeLength(index) {
      finish(index, length, frame)
      return .complete
    }
    due = min(due, pending[index].due)
    return .held
  }

  /// Gives up what waited too long by `time`; true if that left a first fragment in ``packet``. Ask until it is false.
  public mutating func expire(at time: Int64) -> Bool {
    while time >= due {
      guard let index = pending.firstIndex(where: { $0.due <= time }) else {
        due = pending.reduce(Int64.max) { min($0, $1.due) }
        return false
      }
      if release(index, \.expired) { return true }
    }
    return false
  }

  /// Gives up whatever still waits, oldest first; as ``expire(at:)``.
  public mutating func drain() -> Bool {
    while !pending.isEmpty { if release(0, \.expired) { return true } }
    return false
  }

  // MARK: Pieces

  private enum Insertion {
    case inserted, duplicate, overlap, tooMany
  }

  /// A place for a packet; nil if all are taken by packets whose first fragment waits.
  private mutating func open(_ key: FragmentHeader.Key, _ time: Int64) -> Int? {
    if pending.count == Self.packetLimit {
      // The oldest stands first; without a first fragment nothing of it would come out.
      guard let oldest = pending.firstIndex(where: { $0.first == nil }) else {
        counts.expired &+= 1
        return nil
      }
      counts.expired &+= 1
      pending.remove(at: oldest)
    }
    pending.append(Pending(key: key, opened: time))
    return pending.count - 1
  }

  private mutating func insert(_ header: FragmentHeader, _ block: Span<UInt8>, into index: Int) -> Insertion {
    let start = header.offset
    let end = start &+ header.length
    var place = pending[index].runs.count
    while place > 0, pending[index].runs[place - 1].start >= start { place -= 1 }
    // The neighbors are all that can overlap, as the runs themselves do not.
    for neighbor in [place - 1, place] where pending[index].runs.indices.contains(neighbor) {
      let run = pending[index].runs[neighbor]
      guard run.start < end, start < run.end else { continue }
      guard run.start == start, run.end == end, isSame(header, block, index, run) else { return .overlap }
      return .duplicate
    }
    guard pending[index].runs.count < Self.fragmentLimit else { return .tooMany }
    pending[index].runs.insert(Run(start: start, end: end, captured: start &+ header.captured), at: place)
    if pending[index].data.count < start &+ header.captured {
      pending[index].data.append(
        contentsOf: repeatElement(0, count: start &+ header.captured - pending[index].data.count))
    }
    for byte in 0..<header.captured { pending[index].data[start &+ byte] = block[header.start &+ byte] }
    return .inserted
  }

  private func isSame(_ header: FragmentHeader, _ block: Span<UInt8>, _ index: Int, _ run: Run) -> Bool {
    for byte in 0..<min(header.captured, run.captured - run.start) {
      if pending[index].data[run.start &+ byte] != block[header.start &+ byte] { return false }
    }
    return true
  }

  /// Bytes of the packet's data if all of it is there.
  private func wholeLength(_ index: Int) -> Int? {
    guard let total = pending[index].total else { return nil }
    var reached = 0
    for run in pending[index].runs {
      if run.start != reached { return nil }
      reached = run.end
    }
    return reached == total ? total : nil
  }

  /// Writes the whole packet: the first fragment's headers, length and fragment fields set right, and the data up to the
  /// first byte that was not captured.
  private mutating func finish(_ index: Int, _ length: Int, _ frame: FrameInfo) {
    let whole = pending.remove(at: index)
    var captured = 0
    for run in whole.runs {
      captured = run.captured
      if run.captured < run.end { break }
    }
    packet = whole.headers
    packet[whole.nextField] = whole.next
    let total = whole.headers.count &+ length
    if whole.key.family == 4 {
      Self.store(min(total, 65_535), at: 2, in: &packet)
      Self.store(0, at: 6, in: &packet)
    } else {
      Self.store(min(total &- 40, 65_535), at: 4, in: &packet)
    }
    packet.append(contentsOf: whole.data[..<min(captured, whole.data.count)])
    packetFrame = Self.raw(frame, captured: packet.count, wire: total)
    counts.completed &+= 1
    counts.used &+= UInt64(whole.runs.count - 1)
  }

  /// Drops the packet of a fragment that does not fit. If its first fragment waited, that one is handed back at the next
  /// ``expire(at:)``; the fragment at hand is passed on as it is.
  private mutating func giveUp(
    _ index: Int, _ reason: WritableKeyPath<Counts, UInt64>, with isFirst: Bool
  ) -> Outcome {
    counts[keyPath: reason] &+= 1
    if pending[index].first == nil {
      pending.remove(at: index)
    } else {
      // Nothing completes it any more: no data, and a run that nothing can follow.
      pending[index].total = 0
    }
    return isFirst ? .passed : .held
  }

  private mutating func release(_ index: Int, _ reason: WritableKeyPath<Counts, UInt64>) -> Bool {
    let old = pending.remove(at: index)
    if old.total != 0 { counts[keyPath: reason] &+= 1 }
    guard let first = old.first, let run = old.runs.first else { return false }
    if old.total != 0 { firstExpired = true }
    packet = old.headers
    if old.key.family == 4 {
      // As it came: more fragments follow.
      packet.append(contentsOf: old.data[..<min(run.captured, old.data.count)])
    } else {
      // The fragment header was left out: put one back, the first of several.
      packet[old.nextField] = 44
      packet.append(contentsOf: [old.next, 0, 0, 1])
      for shift in [24, 16, 8, 0] as [UInt32] {
        packet.append(UInt8(truncatingIfNeeded: old.key.identification >> shift))
      }
      packet.append(contentsOf: old.data[..<min(run.captured, old.data.count)])
    }
    packetFrame = Self.raw(first, captured: packet.count, wire: packet.count &- run.captured &+ run.end)
    return true
  }

  private static func raw(_ frame: FrameInfo, captured: Int, wire: Int) -> FrameInfo {
    FrameInfo(
      time: frame.time, number: frame.number, start: 0, capturedLength: Int32(captured), wireLength: Int32(wire),
      linkType: .raw, interface: frame.interface)
  }

  private static func copy(_ block: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count)
    for offset in range { bytes.append(block[offset]) }
    return bytes
  }

  private static func store(_ value: Int, at offset: Int, in bytes: inout [UInt8]) {
    bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
}
