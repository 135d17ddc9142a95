internal import Detection
internal import Flow
internal import Verdict
internal import Wire

/// What limits every verdict of a capture, counted as it is read (METHOD.md M6.3).
struct Hygiene {
  /// Frames seen.
  var frames: UInt64 = 0
  /// Wire bytes.
  var bytes: UInt64 = 0
  /// Earliest frame time; `Int64.max` before the first.
  var first = Int64.max
  /// Latest frame time.
  var last = Int64.min
  /// Frames earlier than the one before them.
  var backwards: UInt64 = 0
  /// When the clock had been set back, ns since the epoch: times of frames that are much earlier than the one before.
  /// Bounded.
  var clockSteps: [Int64] = []
  /// Frames that a capture of several queues holds out of order are earlier by up to 2.6 ms (METHOD.md M3.2).
  private static let leastStep: Int64 = 5_000_000
  /// More are no steps of a clock but a file that was put together from several.
  static let mostSteps = 3
  private var previous = Int64.min
  /// Times in which no frame of anybody was seen, before another came. Bounded.
  private(set) var pauses: [TimeWindow] = []
  /// What is shorter happens in any capture.
  private static let leastPause: Int64 = 2_000_000_000
  /// Shorter ones, which a radio has as well. Bounded.
  private(set) var stills: [TimeWindow] = []
  private static let leastStill: Int64 = 500_000_000
  /// Most pauses kept.
  private static let mostPauses = 64
  /// Frames cut by the snapshot length.
  var cut: UInt64 = 0
  /// Most bytes behind the link's header that are left of a frame that was cut.
  var room: Int32 = 0
  /// So many are enough for any datagram to be told.
  private static let roomy: Int32 = 96
  /// IP packets larger than any usual MTU: offload merged them before the capture.
  var oversized: UInt64 = 0
  /// Larger IP packets than this were put together by the network card: 9000 is the usual jumbo MTU.
  static let largestPacket: UInt32 = 9216
  /// Segments captured twice, of this shard's flows.
  var twins: UInt64 = 0
  /// Frames that no decoder took, by `Undecoded`.
  var undecoded: [10 of UInt64] = .init(repeating: 0)
  /// ICMP packets.
  var icmp: UInt64 = 0
  /// ICMP errors that were cut too short to say what they are about.
  var cutErrors = CutErrors()
  /// STUN messages, inner ones included.
  var stunMessages: UInt64 = 0
  /// ARP replies: the local link was alive. Bounded.
  var linkAlive: [LinkReply] = []
  /// Most link times kept.
  static let linkTimes = 4096

  /// Counts the record headers of a batch: in registers, and stored once.
  mutating func note(_ batch: Span<FrameInfo>) {
    var sum: UInt64 = 0
    var (before, earlier) = (previous, UInt64(0))
    var short: UInt64 = 0
    var longest: Int64 = 0
    for index in 0..<batch.count {
      let frame = batch[index]
      sum &+= UInt64(UInt32(bitPattern: frame.wireLength))
      if frame.time < before { earlier &+= 1 }
      longest = max(longest, frame.time &- before)
      before = frame.time
      if frame.capturedLength < frame.wireLength { short &+= 1 }
    }
    if earlier == 0, batch.count > 0 {
      first = min(first, batch[0].time)
      last = max(last, before)
    } else {
      before = previous
      for index in 0..<batch.count {
        let time = batch[index].time
        if time < before, before &- time > Self.leastStep, clockSteps.count <= Self.mostSteps {
          clockSteps.append(time)
        }
        before = time
        first = min(first, time)
        last = max(last, time)
      }
    }
    if longest >= Self.leastStill { notePauses(batch) }
    if short > 0, room < Self.roomy { noteRoom(batch) }
    frames &+= UInt64(batch.count)
    bytes &+= sum
    previous = before
    backwards &+= earlier
    cut &+= short
  }

  @inline(never)
  private mutating func noteRoom(_ batch: Span<FrameInfo>) {
    for index in 0..<batch.count where batch[index].capturedLength < batch[index].wireLength {
      room = max(room, batch[index].capturedLength &- batch[index].linkType.headerLength)
    }
  }

  @inline(never)
  private mutating func notePauses(_ batch: Span<FrameInfo>) {
    var before = previous
    for index in 0..<batch.count {
      let time = batch[index].time
      if before != .min, time &- before >= Self.leastStill {
        let pause = TimeWindow(first: before, last: time)
        if time &- before < Self.leastPause {
          if stills.count < Self.mostPauses { stills.append(pause) }
        } else if pauses.count < Self.mostPauses {
          pauses.append(pause)
        }
      }
      before = time
    }
  }

  /// Pauses of a capture that is busy otherwise: no frame of anybody came for as long as it takes elsewhere for `least` of them.
  /// A path that fails leaves what its client sends.
  func holes(of least: Double) -> [TimeWindow] { busy(pauses, of: least) }

  /// The same of shorter ones.
  func stills(of least: Double) -> [TimeWindow] { busy(stills, of: least) }

  private func busy(_ windows: [TimeWindow], of least: Double) -> [TimeWindow] {
    let paused = (pauses + stills).reduce(0) { $0 &+ ($1.last &- $1.first) }
    guard last > first, last &- first > paused else { return [] }
    let rate = Double(frames) / Double(last &- first &- paused)
    return windows.filter { rate * Double($0.last &- $0.first) >= least }
  }

  /// Counts a frame that did not become a packet.
  mutating func note(_ reason: Undecoded, _ block: Span<UInt8>, _ frame: FrameInfo) {
    undecoded[Int(reason.rawValue)] &+= 1
    if reason == .notIP, linkAlive.count < Self.linkTimes, let target = ARPReply.target(block, frame) {
      linkAlive.append(LinkReply(time: frame.time, target: target == 0 ? nil : IPAddress(v4: target)))
    }
  }

  /// Notes an ICMP error of whose quote the capture lacks the ports.
  mutating func note(_ quote: CutQuote, _ packet: Packet, _ frame: FrameInfo) {
    let isV6 = packet.transport == .icmpv6
    guard Dialogue.explainsSilence(quote.type, quote.code, isV6: isV6) else { return }
    let isFromBeforeEnd = quote.destinationBits == (isV6 ? 128 : 32) && packet.source != quote.destination
    cutErrors.note(
      CutErrors.Entry(
        client: IPAddress(packet.destination, isV6: isV6), server: IPAddress(quote.destination, isV6: isV6),
        serverBits: quote.destinationBits, transport: quote.transport.map { $0 == .tcp ? .tcp : .udp },
        clientPort: quote.sourcePort,
        isNotice: isFromBeforeEnd && Dialogue.isNotice(quote.type, quote.code, isV6: isV6), time: frame.time,
        frame: frame.number))
  }

  /// Counts in what another worker saw of the same capture.
  mutating func add(_ other: Hygiene) {
    frames &+= other.frames
    bytes &+= other.bytes
    first = min(first, other.first)
    last = max(last, other.last)
    backwards &+= other.backwards
    clockSteps += other.clockSteps
    cut &+= other.cut
    room = max(room, other.room)
    oversized &+= other.oversized
    twins &+= other.twins
    for index in undecoded.indices { undecoded[index] &+= other.undecoded[index] }
    icmp &+= other.icmp
    cutErrors.add(other.cutErrors)
    stunMessages &+= other.stunMessages
    // Each saw frames of its own: what one missed the other may have seen.
    pauses = []
    stills = []
    linkAlive += other.linkAlive
    linkAlive.sort { $0.time < $1.time }
  }
}
