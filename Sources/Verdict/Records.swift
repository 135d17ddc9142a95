/// Community ID v1: the 20 bytes of the SHA-1, base64 in text.
public struct CommunityID: Sendable, Equatable, BitwiseCopyable {
  /// The 28 base64 characters (RFC 4648, padded) as the bytes of words, first character lowest.
  public let characters: (UInt64, UInt64, UInt64, UInt32)

  /// From a digest's bytes 0 to 7, 8 to 15 and 16 to 19, most significant first.
  @inlinable
  public init(high: UInt64, middle: UInt64, low: UInt32) {
    let last = Self.base64(UInt64(low & 0xFFFF) << 32)
    characters = (
      Self.base64(high >> 16), Self.base64((high & 0xFFFF) << 32 | middle >> 32),
      Self.base64((middle & 0xFFFF_FFFF) << 16 | UInt64(low >> 16)),
      UInt32(truncatingIfNeeded: last) & 0x00FF_FFFF | 0x3D00_0000
    )
  }

  /// From a digest.
  public init(digest: [20 of UInt8]) {
    var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
    for index in 0..<8 {
      words.0 = words.0 << 8 | UInt64(digest[index])
      words.1 = words.1 << 8 | UInt64(digest[index + 8])
    }
    for index in 16..<20 { words.2 = words.2 << 8 | UInt32(digest[index]) }
    self.init(high: words.0, middle: words.1, low: words.2)
  }

  /// Equal digests.
  public static func == (left: CommunityID, right: CommunityID) -> Bool { left.characters == right.characters }

  /// Eight characters of 48 bits: halves, quarters, eighths are spread over the lanes of a word, then all lanes are moved
  /// into the alphabet at once.
  @inlinable
  static func base64(_ bits: UInt64) -> UInt64 {
    let halves = bits >> 24 | (bits & 0xFF_FFFF) << 32
    let quarters = halves >> 12 & 0x0000_0FFF_0000_0FFF | (halves & 0x0000_0FFF_0000_0FFF) << 16
    let lanes = quarters >> 6 & 0x003F_003F_003F_003F | (quarters & 0x003F_003F_003F_003F) << 8
    let ones: UInt64 = 0x0101_0101_0101_0101
    // A lane's high bit tells that its value has reached 26 (a), 52 (0), 62 (+), 63 (/).
    let small = (lanes &+ ones &* 102) >> 7 & ones
    let digit = (lanes &+ ones &* 76) >> 7 & ones
    let plus = (lanes &+ ones &* 66) >> 7 & ones
    let slash = (lanes &+ ones &* 65) >> 7 & ones
    return lanes &+ ones &* 0x41 &+ small &* 6 &+ slash &* 3 &- digit &* 75 &- plus &* 15
  }
}

/// One end of a flow and what it sent.
public struct EndpointRecord: Sendable, BitwiseCopyable {
  /// Address.
  public let address: IPAddress
  /// Port.
  public let port: UInt16
  /// Packets in the capture.
  public let packets: UInt64
  /// IP bytes.
  public let bytes: UInt64

  /// An end of a flow.
  @inlinable
  public init(address: IPAddress, port: UInt16, packets: UInt64, bytes: UInt64) {
    self.address = address
    self.port = port
    self.packets = packets
    self.bytes = bytes
  }
}

/// STUN messages of a flow.
public struct STUNRecord: Sendable {
  /// Requests sent by either end.
  public var requests: UInt32 = 0
  /// Success responses.
  public var responses: UInt32 = 0
  /// Error responses.
  public var errors: UInt32 = 0
  /// Indications.
  public var indications: UInt32 = 0
  /// Requests that repeat the transaction id of an unanswered one.
  public var retransmissions: UInt32 = 0
  /// Transactions without an answer.
  public var unanswered: UInt32 = 0
  /// REALM seen.
  public var realm: String?
  /// SOFTWARE seen.
  public var software: String?

  /// No messages.
  public init() {}
}

/// One RTP stream: an SSRC in one direction.
public struct StreamRecord: Sendable {
  /// Synchronization source.
  public let ssrc: UInt32
  /// Payload type seen most recently at the start of the stream.
  public let payloadType: UInt8
  /// Direction in its flow.
  public let direction: Direction
  /// Packets seen.
  public let packets: UInt64
  /// Packets expected by extended sequence numbers.
  public let expected: UInt64
  /// expected - packets + duplicates, never below 0.
  public let lost: UInt64
  /// Packets that came after a later one.
  public let outOfOrder: UInt64
  /// Packets seen twice.
  public let duplicates: UInt64
  /// Mean of the RFC 3550 running jitter, ms; nil if the clock is unknown.
  public let jitter: Double?
  /// Largest running jitter, ms.
  public let jitterMax: Double?
  /// RTP clock, Hz; nil if unknown.
  public let clockRate: UInt32?
  /// IP bits per second over the stream's span; nil for a span of zero.
  public let bitrate: Int64?
  /// Estimate of what listeners would say of it; nil for video, and where too little is known.
  public let quality: QualityEstimate?
  /// How its losses lie; nil without losses.
  public let bursts: BurstRecord?
  /// It repeats packets of another stream (RFC 4588): what it lost was lost there before.
  public let isRepeat: Bool

  /// Mean opinion score estimate, 1 to 4.5.
  public var mos: Double? { quality?.mos }

  /// A stream.
  @inlinable
  public init(
    ssrc: UInt32, payloadType: UInt8, direction: Direction, packets: UInt64, expected: UInt64, lost: UInt64,
    outOfOrder: UInt64, duplicates: UInt64, jitter: Double?, jitterMax: Double?, clockRate: UInt32?, bitrate: Int64?,
    quality: QualityEstimate? = nil, bursts: BurstRecord? = nil, isRepeat: Bool = false
  ) {
    self.isRepeat = isRepeat
    self.ssrc = ssrc
    self.payloadType = payloadType
    self.direction = direction
    self.packets = packets
    self.expected = expected
    self.lost = lost
    self.outOfOrder = outOfOrder
    self.duplicates = duplicates
    self.jitter = jitter
    self.jitterMax = jitterMax
    self.clockRate = clockRate
    self.bitrate = bitrate
    self.quality = quality
    self.bursts = bursts
  }
}

/// A `call` line.
public struct CallRecord: Sendable {
  /// First 64 bits of the SHA-256 that names the call.
  public var id: UInt64
  /// Application.
  public var application: Application?
  /// How well it is known.
  public var applicationGrade: ApplicationGrade?
  /// Flow ids, in the order of their first packet.
  public var flows: [UInt64]
  /// How far it got.
  public var stage: Stage
  /// It ended inside the capture.
  public var ended: Bool
  /// Who ended it.
  public var endedBy: EndedBy?
  /// First packet, ns since the epoch.
  public var first: Int64
  /// Last packet, ns since the epoch.
  public var last: Int64
  /// First packet to first media, ms.
  public var setup: Double?
  /// Seconds of media.
  public var media: Double?
  /// The verdict.
  public var verdict: Judgment
  /// Flows or calls that worked at the same time on the same link.
  public var controls: [UInt64]
  /// The call went on over another path although its first path was interfered with.
  public var masked: Bool
  /// First packet to each stage in the order of `Stage`, ms; nil where it was not reached or not seen when.
  public var stages: [Double?] = []
  /// Seconds from the first to the last media packet of this side.
  public var mediaUp: Double?
  /// The same of the other side.
  public var mediaDown: Double?
  /// The record of the same call as its other end saw it, where that is proven.
  public var peer: UInt64?
  /// What was heard and seen by the losses of what came in. Says nothing of their cause.
  public var symptoms: [HeardLoss] = []
  /// The call goes on: what is said may be revised.
  public var isProvisional = false

  /// A call line.
  public init(
    id: UInt64, application: Application?, applicationGrade: ApplicationGrade?, flows: [UInt64], stage: Stage,
    ended: Bool, endedBy: EndedBy?, first: Int64, last: Int64, setup: Double?, media: Double?, verdict: Judgment,
    controls: [UInt64], masked: Bool
  ) {
    self.id = id
    self.application = application
    self.applicationGrade = applicationGrade
    self.flows = flows
    self.stage = stage
    self.ended = ended
    self.endedBy = endedBy
    self.first = first
    self.last = last
    self.setup = setup
    self.media = media
    self.verdict = verdict
    self.controls = controls
    self.masked = masked
  }
}

/// A `capture` line.
public struct CaptureRecord: Sendable {
  /// Input name as given.
  public var path: String
  /// Frames read.
  public var packets: UInt64 = 0
  /// Wire bytes of the frames.
  public var bytes: UInt64 = 0
  /// Link types in order of appearance, LINKTYPE names in lower case.
  public var linkTypes: [String] = []
  /// Earliest frame, ns since the epoch; nil for an empty capture.
  public var first: Int64?
  /// Latest frame, ns since the epoch.
  public var last: Int64?
  /// Largest snapshot length of the file's interfaces; nil if unlimited or unknown.
  public var snaplen: UInt32?
  /// The file ended inside a record.
  public var truncated = false
  /// Packets the capturing kernel dropped; nil if the file does not say.
  public var drops: UInt64?
  /// What limits the verdicts of this capture, codes.
  public var hygiene: [StaticString] = []
  /// Digest of signatures and thresholds, 16 hex digits.
  public var rules: String = ""
  /// SHA-256 of the file as it lies on disk, lower-case hex; written only if it was asked for.
  public var sha256: String?
  /// Frames that no decoder took, by reason; written as an extra field.
  public var undecoded: [(reason: StaticString, packets: UInt64)] = []
  /// Flows dropped for want of room.
  public var evictedFlows: UInt64 = 0
  /// IP packets given up because their fragments overlap; written as an extra field.
  public var overlappingFragments: UInt64 = 0
  /// STUN messages seen, inner ones of TURN included; written as an extra field.
  public var stunMessages: UInt64 = 0
  /// The second capture of a pair.
  public var pair: PairRecord?
  /// The capture goes on: counts are those of now.
  public var isProvisional = false

  /// An empty capture.
  public init(path: String) { self.path = path }
}

/// The `summary` line.
public struct SummaryRecord: Sendable {
  /// Measured costs, only with `--stats`: they differ from run to run.
  public struct Cost: Sendable {
    /// Wall time, s.
    public let elapsed: Double
    /// Packets per second of wall time.
    public let packetsPerSecond: Double
    /// Peak resident set, bytes.
    public let peakResidentBytes: UInt64

    /// Costs of a run.
    public init(elapsed: Double, packetsPerSecond: Double, peakResidentBytes: UInt64) {
      self.elapsed = elapsed
      self.packetsPerSecond = packetsPerSecond
      self.peakResidentBytes = peakResidentBytes
    }
  }

  /// Captures read.
  public var captures: UInt64 = 0
  /// Frames read.
  public var packets: UInt64 = 0
  /// Flows reported.
  public var flows: UInt64 = 0
  /// Calls reported.
  public var calls: UInt64 = 0
  /// Flows by outcome, in the order of `Outcome.allCases`.
  public var outcomes: [6 of UInt64] = [0, 0, 0, 0, 0, 0]
  /// Flows whose verdict is a finding.
  public var findings: UInt64 = 0
  /// Costs, with `--stats`.
  public var cost: Cost?

  /// Nothing read yet.
  public init() {}

  /// Counts one flow.
  public mutating func count(_ verdict: Judgment) {
    flows += 1
    if verdict.isFinding { findings += 1 }
    switch verdict.outcome {
    case .ok: outcomes[0] += 1
    case .reset: outcomes[1] += 1
    case .dropped: outcomes[2] += 1
    case .capped: outcomes[3] += 1
    case .degraded: outcomes[4] += 1
    case .inconclusive: outcomes[5] += 1
    }
  }
}
