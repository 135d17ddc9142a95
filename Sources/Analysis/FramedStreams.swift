internal import Wire

/// Messages of STUN and TURN over TCP that did not end with their segment: what is there of them, and where the rest
/// must begin.
///
/// Bounded: at most `limit` at a time, of at most `longest` bytes each; longer messages are media and are passed over.
struct FramedStreams {
  /// What a side's next segment goes on with.
  struct Rest {
    /// Sequence number at which it begins.
    var start: SequenceNumber
    /// The unfinished message so far.
    var bytes: [UInt8] = []
    /// Bytes to pass over instead, where none were kept.
    var skip = 0
  }

  static let limit = 1024
  static let longest = 2048
  private var rests: [UInt64: Rest] = [:]

  /// A source that may be RTP's, by flow, and how often it was seen.
  private var sources: [UInt32: (ssrc: UInt32, packets: UInt8)] = [:]

  /// How many messages wait.
  var count: Int { rests.count }

  private static func key(_ flow: UInt32, _ side: Int) -> UInt64 { UInt64(flow) << 1 | UInt64(side) }

  /// Takes out what waits for the side's next segment.
  mutating func take(_ flow: UInt32, _ side: Int) -> Rest? {
    rests.isEmpty ? nil : rests.removeValue(forKey: Self.key(flow, side))
  }

  /// Whether this is the third packet in a row of one source in the flow.
  mutating func confirms(_ ssrc: UInt32, _ flow: UInt32) -> Bool {
    guard let known = sources[flow], known.ssrc == ssrc else {
      if sources.count < Self.limit || sources[flow] != nil { sources[flow] = (ssrc, 1) }
      return false
    }
    sources[flow] = (ssrc, known.packets + 1)
    guard known.packets >= 2 else { return false }
    sources[flow] = nil
    return true
  }

  /// Keeps what the next segment goes on with, if there is room.
  mutating func keep(_ rest: Rest, _ flow: UInt32, _ side: Int) {
    guard rests.count < Self.limit else { return }
    rests[Self.key(flow, side)] = rest
  }

  /// Flows have new numbers; nil for those that are gone.
  mutating func renumber(_ number: (UInt32) -> UInt32?) {
    var moved: [UInt64: Rest] = [:]
    for (key, rest) in rests {
      if let flow = number(UInt32(key >> 1)) { moved[UInt64(flow) << 1 | key & 1] = rest }
    }
    rests = moved
    var found: [UInt32: (ssrc: UInt32, packets: UInt8)] = [:]
    for (flow, source) in sources { if let flow = number(flow) { found[flow] = source } }
    sources = found
  }
}
