public import CSystem
public import Wire

/// Where a packet belongs.
public struct FlowMatch: BitwiseCopyable, Sendable {
  /// Index of the flow's record.
  public var index: UInt32
  /// 0 if the packet's sender is the flow's first sender.
  public var side: UInt8
  /// This packet begins the flow.
  public var isNew: Bool
  /// The ended flow of the same five-tuple that this one follows; `FlowState.none` if there is none in the table.
  public var previous = FlowState.none

  @inlinable
  init(index: UInt32, side: UInt8, isNew: Bool, previous: UInt32 = FlowState.none) {
    self.index = index
    self.side = side
    self.isNew = isNew
    self.previous = previous
  }
}

/// Five-tuple to record, open addressing: slots of `tag32 | index32`, linear probing, half full at most.
///
/// Records stay in `flows` in the order of their first packet; ending a flow only unlinks it. A bounded number is held:
/// beyond it the longest idle of the next few by index gives up its room, so that what is lost depends on age and
/// order, never on the hash seed.
@safe
public struct FlowTable: ~Copyable {
  // Proof for the slot pointer: `mask + 1` initialized words, a power of two; every access is masked. Allocated and freed by
  // `emptySlots` and `free` alone, which tell by the count what kind of memory it is.
  @usableFromInline var slots: UnsafeMutablePointer<UInt64>
  @usableFromInline var mask: Int
  private var used = 0
  @usableFromInline let seed: UInt64
  /// Most flows held.
  public let maximum: Int
  private let scan: Int
  @usableFromInline let udpIdle: Int64
  private var hand: UInt32 = 0
  /// The hot records.
  public var flows = Arena<FlowState, 15>()
  @usableFromInline var pairs = Arena<AddressPair, 12>()
  private var freePairs: [UInt32] = []
  /// Flows whose room was taken.
  public private(set) var evicted: UInt64 = 0
  /// The state that the latest new flow's record held before, if its room was taken from an older flow: the owner of
  /// the transport records gives their room away with it.
  public var recycled: FlowState?

  /// Both addresses of an IPv6 flow, canonical order.
  @usableFromInline
  struct AddressPair: BitwiseCopyable {
    @usableFromInline var aHigh: UInt64
    @usableFromInline var aLow: UInt64
    @usableFromInline var bHigh: UInt64
    @usableFromInline var bLow: UInt64
  }

  /// An empty table. `seed` changes where flows lie, never what is reported.
  public init(seed: UInt64, maximum: Int, scan: Int, udpIdle: Int64) {
    // Few bits would make the multiplications of the hash weak: any seed is spread over all of them first.
    self.seed = FlowKey.fold(seed ^ 0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03)
    self.maximum = max(2, maximum)
    self.scan = max(1, scan)
    self.udpIdle = udpIdle
    mask = (1 << 12) - 1
    unsafe slots = Self.emptySlots(mask + 1)
  }

  deinit { unsafe Self.free(slots, mask + 1) }

  /// So many slots, from 2 MiB on in large pages: look-ups reach for them at random.
  private static func emptySlots(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    // Of zeros.
    if isLarge(count) {
      return unsafe ringback_region_open(count * 8).bindMemory(to: UInt64.self, capacity: count)
    }
    let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    unsafe slots.initialize(repeating: 0, count: count)
    return unsafe slots
  }

  /// So many slots fill large pages: both are powers of two.
  private static func isLarge(_ count: Int) -> Bool { count * 8 >= 2 << 20 }

  private static func free(_ slots: UnsafeMutablePointer<UInt64>, _ count: Int) {
    if isLarge(count) {
      unsafe ringback_region_close(slots, count * 8)
    } else {
      unsafe slots.deallocate()
    }
  }

  /// Hash of a five-tuple, the same for both directions.
  @inlinable @inline(always)
  public func hash(of key: inout FlowKey) -> UInt64 { key.hash(seed) }

  /// Asks for the slot's cache line before `match` needs it.
  @inlinable @inline(always)
  public func prefetchSlot(_ hash: UInt64) {
    unsafe ringback_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask))
  }

  /// Index of the record that the hash's slot points to, or, where that is another hash's, the next slot; `FlowState.none` if it is
  /// empty. It is that of the packet's flow unless several hashes met: of a table as full as it gets one in five lies behind another,
  /// and few farther.
  @inlinable @inline(always)
  public func guess(_ hash: UInt64) -> UInt32 {
    // An empty slot is 0, and no record is numbered 2^32 - 1.
    let position = Int(truncatingIfNeeded: hash)
    let (first, second) = unsafe (slots[position & mask], slots[(position &+ 1) & mask])
    // No branch: which it is, nothing foretells.
    let other = UInt32(truncatingIfNeeded: first &>> 32) ^ UInt32(truncatingIfNeeded: hash)
    return UInt32(truncatingIfNeeded: first ^ ((first ^ second) & other.isSet.all)) &- 1
  }

  /// Whether a plain datagram goes on with the flow of this record, unless that was silent for too long.
  @inlinable @inline(always)
  static func isLinked(_ datagram: inout PlainDatagram, _ flow: inout FlowState) -> Bool {
    // One that is linked is the only one of its five-tuple.
    isOf(&datagram, ports(&datagram), &flow) && !flow.marks.contains(.unlinked)
  }

  /// The flow of a packet, if it is in the table; nothing is created.
  public mutating func find(_ packet: Packet) -> FlowMatch? {
    var key = FlowKey(packet)
    let index = unsafe Self.probe(slots, mask, UInt32(truncatingIfNeeded: key.hash(seed))) {
      Self.isOf(&key, &flows[$0], pairs)
    }
    if index == FlowState.none { return nil }
    return FlowMatch(index: index, side: Self.side(&key, &flows[index]), isNew: false)
  }

  /// Index of the first record with this tag that `isIt` accepts; `FlowState.none` if the chain ends before. The pointer
  /// and the mask are the table's: the closure may change its records.
  @inlinable @inline(always)
  static func probe(
    _ slots: UnsafeMutablePointer<UInt64>, _ mask: Int, _ tag: UInt32, _ isIt: (UInt32) -> Bool
  ) -> UInt32 {
    var position = Int(tag) & mask
    var slot = unsafe slots[position]
    while slot != 0 {
      if UInt32(truncatingIfNeeded: slot &>> 32) == tag {
        let index = UInt32(truncatingIfNeeded: slot) &- 1
        if isIt(index) { return index }
      }
      position = (position &+ 1) & mask
      slot = unsafe slots[position]
    }
    return FlowState.none
  }

  /// The flow of a packet seen at `time`; starts one where there is none, or where the old one has ended.
  ///
  /// UDP: ended by its idle timeout, in packet time. TCP: by a new SYN after a close (the observer sets `closed`).
  /// `key` and `packet` are lent in place and not changed.
  @inlinable @inline(always)
  public mutating func match(_ key: inout FlowKey, _ packet: inout Packet, hash: UInt64, time: Int64) -> FlowMatch {
    let tag = UInt32(truncatingIfNeeded: hash)
    let index = unsafe Self.probe(slots, mask, tag) { Self.isOf(&key, &flows[$0], pairs) }
    if index == FlowState.none || Self.hasEnded(&flows[index], &packet, time, udpIdle) {
      return start(&key, tag, time, behind: index)
    }
    return FlowMatch(index: index, side: Self.side(&key, &flows[index]), isNew: false)
  }

  /// Hash of a plain datagram's five-tuple: that of its key.
  @inlinable @inline(always)
  public func hash(of datagram: inout PlainDatagram) -> UInt64 {
    FlowKey.hash(datagram.lower &>> 16, datagram.higher &>> 16, Self.ports(&datagram), 17, seed)
  }

  /// Index of the flow that a plain datagram seen at `time` goes on with; `FlowState.none` if it begins one.
  /// `guess` is what the function of that name said of the hash.
  @inlinable @inline(always)
  public mutating func find(_ datagram: inout PlainDatagram, hash: UInt64, guess: UInt32, time: Int64) -> UInt32 {
    var index = guess
    if index == FlowState.none || !Self.isLinked(&datagram, &flows[index]) { index = probe(&datagram, hash) }
    return index == FlowState.none || time &- flows[index].last > udpIdle ? FlowState.none : index
  }

  @usableFromInline @inline(never)
  mutating func probe(_ datagram: inout PlainDatagram, _ hash: UInt64) -> UInt32 {
    let ports = Self.ports(&datagram)
    return unsafe Self.probe(slots, mask, UInt32(truncatingIfNeeded: hash)) {
      Self.isOf(&datagram, ports, &flows[$0])
    }
  }

  /// Side of a plain datagram's sender in its flow.
  @inlinable @inline(always)
  public static func side(_ datagram: inout PlainDatagram, of flow: inout FlowState) -> UInt8 {
    datagram.isReversed == flow.marks.contains(.initiatorIsB) ? 0 : 1
  }

  @inlinable @inline(always)
  static func isOf(_ datagram: inout PlainDatagram, _ ports: UInt32, _ flow: inout FlowState) -> Bool {
    flow.ports == ports && flow.kind == 17 && flow.a == UInt32(truncatingIfNeeded: datagram.lower &>> 16)
      && flow.b == UInt32(truncatingIfNeeded: datagram.higher &>> 16)
  }

  /// As `FlowKey.ports`.
  @inlinable @inline(always)
  static func ports(_ datagram: inout PlainDatagram) -> UInt32 {
    UInt32(truncatingIfNeeded: datagram.lower & 0xFFFF) &<< 16 | UInt32(truncatingIfNeeded: datagram.higher & 0xFFFF)
  }

  /// Starts a flow, `behind` the one of the same five-tuple that has ended; `FlowState.none` if there is none.
  @usableFromInline
  mutating func start(_ key: inout FlowKey, _ tag: UInt32, _ time: Int64, behind ended: UInt32) -> FlowMatch {
    if ended == FlowState.none { return insert(key, tag, time) }
    flows[ended].marks.insert(.unlinked)
    return replace(key, tag, time, previous: ended)
  }

  @inlinable @inline(always)
  static func hasEnded(_ flow: inout FlowState, _ packet: inout Packet, _ time: Int64, _ udpIdle: Int64) -> Bool {
    if packet.transport == .tcp {
      return flow.marks.contains(.closed) && packet.tcpFlags.intersection([.syn, .ack, .rst]) == .syn
    }
    return time &- flow.last > udpIdle
  }

  @inlinable @inline(always)
  static func isOf(_ key: inout FlowKey, _ flow: inout FlowState, _ pairs: borrowing Arena<AddressPair, 12>) -> Bool {
    guard flow.ports == key.ports, flow.kind == key.kind else { return false }
    if key.kind & 0x100 == 0 {
      return UInt64(flow.a) == key.aLow && UInt64(flow.b) == key.bLow
    }
    let pair = pairs[flow.a]
    return pair.aLow == key.aLow && pair.bLow == key.bLow && pair.aHigh == key.aHigh && pair.bHigh == key.bHigh
  }

  @inlinable @inline(always)
  static func side(_ key: inout FlowKey, _ flow: inout FlowState) -> UInt8 {
    key.reversed == flow.marks.contains(.initiatorIsB) ? 0 : 1
  }

  private mutating func insert(_ key: FlowKey, _ tag: UInt32, _ time: Int64) -> FlowMatch {
    if (used &+ 1) &* 2 > mask &+ 1 { grow() }
    let index = newRecord(key, time)
    var position = Int(tag) & mask
    while unsafe slots[position] != 0 { position = (position &+ 1) & mask }
    unsafe slots[position] = UInt64(tag) << 32 | UInt64(index &+ 1)
    used &+= 1
    return FlowMatch(index: index, side: 0, isNew: true)
  }

  /// Takes over a flow of another table; call in the order of indices. What the record points to is the caller's to move.
  public mutating func adopt(_ index: UInt32, of other: borrowing FlowTable) -> UInt32 {
    var state = other.flows[index]
    if state.isIPv6 { state.a = pairs.append(other.pairs[state.a]) }
    let new = flows.append(state)
    guard !state.marks.contains(.unlinked) else { return new }
    if (used &+ 1) &* 2 > mask &+ 1 { grow() }
    let tag = UInt32(truncatingIfNeeded: key(of: new).hash(seed))
    var position = Int(tag) & mask
    while unsafe slots[position] != 0 { position = (position &+ 1) & mask }
    unsafe slots[position] = UInt64(tag) << 32 | UInt64(new &+ 1)
    used &+= 1
    return new
  }

  /// Bytes allocated for slots.
  public var slotBytes: Int { (mask + 1) * 8 }

  /// Counts on where another table has stopped, whose flows were taken over but for those `givenUp`.
  public mutating func continueCounts(of other: borrowing FlowTable, givenUp: Int = 0) {
    evicted = other.evicted &+ UInt64(givenUp)
  }

  private mutating func replace(_ ended: FlowKey, _ tag: UInt32, _ time: Int64, previous: UInt32) -> FlowMatch {
    var key = ended
    let index = newRecord(key, time)
    // Making room may have moved the slots: look the old entry up again by its place in the chain.
    var place = Int(tag) & mask
    while true {
      let slot = unsafe slots[place]
      if slot == 0 {
        used &+= 1
        break
      }
      if UInt32(truncatingIfNeeded: slot >> 32) == tag {
        let old = UInt32(truncatingIfNeeded: slot) &- 1
        // Its own room may be what was taken: then the slot names the new record already.
        if old == index || flows[old].marks.contains(.unlinked) && Self.isOf(&key, &flows[old], pairs) { break }
      }
      place = (place &+ 1) & mask
    }
    unsafe slots[place] = UInt64(tag) << 32 | UInt64(index &+ 1)
    return FlowMatch(index: index, side: 0, isNew: true, previous: previous == index ? FlowState.none : previous)
  }

  private mutating func newRecord(_ key: FlowKey, _ time: Int64) -> UInt32 {
    var a = UInt32(truncatingIfNeeded: key.aLow)
    var b = UInt32(truncatingIfNeeded: key.bLow)
    let freed = flows.count >= maximum ? evict() : nil
    if key.kind & 0x100 != 0 {
      let pair = AddressPair(aHigh: key.aHigh, aLow: key.aLow, bHigh: key.bHigh, bLow: key.bLow)
      if let free = freePairs.popLast() {
        pairs[free] = pair
        a = free
      } else {
        a = pairs.append(pair)
      }
      b = 0
    }
    let state = FlowState(
      a: a, b: b, ports: key.ports, kind: key.kind, marks: key.reversed ? .initiatorIsB : [], decoder: 0,
      packets: (0, 0), bytes: (0, 0), first: time, last: time, detail: FlowState.none, facts: FlowState.none)
    if let freed {
      flows[freed] = state
      return freed
    }
    return flows.append(state)
  }

  /// Frees the record of the flow that was silent longest among the next `scan` by index, of those about which nothing is
  /// known if there are any: a flood of new flows does not push out calls.
  private mutating func evict() -> UInt32 {
    var oldest = hand
    var candidate = hand
    for _ in 0..<scan {
      let isKnown = flows[candidate].facts != FlowState.none
      let oldestIsKnown = flows[oldest].facts != FlowState.none
      if isKnown == oldestIsKnown ? flows[candidate].last < flows[oldest].last : oldestIsKnown { oldest = candidate }
      candidate = candidate &+ 1 == UInt32(truncatingIfNeeded: flows.count) ? 0 : candidate &+ 1
    }
    hand = oldest &+ 1 == UInt32(truncatingIfNeeded: flows.count) ? 0 : oldest &+ 1
    if !flows[oldest].marks.contains(.unlinked) { remove(oldest) }
    if flows[oldest].isIPv6 { freePairs.append(flows[oldest].a) }
    recycled = flows[oldest]
    evicted &+= 1
    return oldest
  }

  /// Takes a record's slot out and closes the gap by moving later entries of the chain back.
  private mutating func remove(_ index: UInt32) {
    let tag = UInt32(truncatingIfNeeded: key(of: index).hash(seed))
    var hole = Int(tag) & mask
    while unsafe UInt32(truncatingIfNeeded: slots[hole]) != index &+ 1 {
      guard unsafe slots[hole] != 0 else { return }
      hole = (hole &+ 1) & mask
    }
    var next = (hole &+ 1) & mask
    while unsafe slots[next] != 0 {
      let home = unsafe Int(truncatingIfNeeded: slots[next] >> 32) & mask
      if (next &- home) & mask >= (next &- hole) & mask {
        unsafe slots[hole] = slots[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    unsafe slots[hole] = 0
    used &-= 1
  }

  private mutating func grow() {
    let oldCount = mask + 1
    let old = unsafe slots
    mask = oldCount * 2 - 1
    unsafe slots = Self.emptySlots(mask + 1)
    for index in 0..<oldCount {
      let slot = unsafe old[index]
      if slot == 0 { continue }
      var position = Int(truncatingIfNeeded: slot >> 32) & mask
      while unsafe slots[position] != 0 { position = (position &+ 1) & mask }
      unsafe slots[position] = slot
    }
    unsafe Self.free(old, oldCount)
  }

  /// Slots of the longest run without an empty one: what a look-up may have to walk.
  var longestChain: Int {
    var longest = 0
    var current = 0
    for index in 0...(2 * mask + 1) {
      current = unsafe slots[index & mask] == 0 ? 0 : current + 1
      longest = max(longest, min(current, mask + 1))
    }
    return longest
  }
}
