internal import Wire

/// Indices of one side's SRTCP: they stand in clear and count each source's packets by one, so a gap is a loss (RFC 3711
/// section 3.4). Where the index stands is the profile's choice (RFC 7714 section 9.1); it is where it counts.
struct ControlIndices: BitwiseCopyable {
  /// The index of one source, read in one place.
  private struct Counter: BitwiseCopyable {
    var base: UInt32 = 0
    var highest: UInt32 = 0
    /// Packets whose index fits the ones before; of these, the repeated.
    var packets: UInt32 = 0
    var duplicates: UInt32 = 0
    /// The index does not count here: ciphertext or a tag was read.
    var isRefuted = false
    /// Bit n: `highest - n` came.
    var window: UInt64 = 0

    mutating func note(_ index: SRTCPIndex) {
      guard !isRefuted else { return }
      // RFC 3711 section 3.4: encrypting SRTCP is optional, but then all its headers would be readable.
      guard index.isEncrypted else {
        isRefuted = true
        return
      }
      let value = index.value
      defer { packets &+= 1 }
      if packets == 0 {
        base = value
        highest = value
        window = 1
      } else if value > highest, value &- highest <= ControlIndices.stride {
        let step = UInt64(value &- highest)
        window = step < 64 ? window << step | 1 : 1
        highest = value
      } else if value <= highest, highest &- value < 64 {
        let bit = UInt64(1) << UInt64(highest &- value)
        if window & bit != 0 { duplicates &+= 1 }
        window |= bit
        base = min(base, value)
      } else {
        isRefuted = true
      }
    }
  }

  private struct Source: BitwiseCopyable {
    var ssrc: UInt32 = 0
    var beforeTag = Counter()
    var atEnd = Counter()
  }

  /// Sources that are followed: audio and video.
  private static let limit = 2
  /// Most packets that may be missing between two: RTCP leaves each second or so, and ten minutes of silence end a flow.
  fileprivate static let stride: UInt32 = 4_096
  /// Packets of a source from which on its index is believed: ciphertext counts on by chance once in 2^19.
  private static let least: UInt32 = 3

  private var sources: [2 of Source] = .init(repeating: Source())
  private var count: UInt8 = 0
  /// A packet's end was not captured: its index would pass for a gap.
  private var isCut = false

  /// One secured packet.
  mutating func note(_ compound: RTCPCompound) {
    guard let beforeTag = compound.indexBeforeTag, let atEnd = compound.indexAtEnd, let ssrc = compound.first.ssrc
    else {
      isCut = true
      return
    }
    var place = 0
    while place < Int(count), sources[place].ssrc != ssrc { place += 1 }
    if place == Int(count) {
      guard place < Self.limit else { return }
      sources[place].ssrc = ssrc
      count &+= 1
    }
    sources[place].beforeTag.note(beforeTag)
    sources[place].atEnd.note(atEnd)
  }

  /// Packets that came, without repeated ones, and how many their indices say were sent from the first to the last; nil
  /// if no index counts, or one was not captured.
  var counts: (packets: UInt64, expected: UInt64)? {
    guard !isCut else { return nil }
    var sum: (packets: UInt64, expected: UInt64) = (0, 0)
    for place in 0..<Int(count) {
      let source = sources[place]
      let counter = source.beforeTag.isRefuted ? source.atEnd : source.beforeTag
      guard !counter.isRefuted, counter.packets >= Self.least else { continue }
      sum.packets += UInt64(counter.packets &- counter.duplicates)
      sum.expected += UInt64(counter.highest &- counter.base) + 1
    }
    return sum.expected == 0 ? nil : sum
  }
}
