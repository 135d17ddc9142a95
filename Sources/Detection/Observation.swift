public import Flow
public import Verdict

/// RTP of one side of a flow, summed over its confirmed streams.
public struct MediaObservation: Sendable, BitwiseCopyable {
  /// Packets.
  public var packets: UInt64 = 0
  /// Packets expected by sequence numbers.
  public var expected: UInt64 = 0
  /// Packets missing.
  public var lost: UInt64 = 0
  /// First packet, ns since the epoch; `Int64.max` if none.
  public var first = Int64.max
  /// Latest packet; `Int64.min` if none.
  public var last = Int64.min
  /// Packets of further sources, of which nothing else is known: too many sent on one flow.
  public var unfollowed: UInt64 = 0
  /// RTCP packets, those on the ports above the flow's own included.
  public var control: UInt32 = 0
  /// Packets that were captured close to their sender.
  public var nearby: UInt64 = 0
  /// Those among them that no router had passed on.
  public var untouched: UInt64 = 0
  /// Packets that came behind later ones.
  public var late: UInt64 = 0
  /// What streams that repeat others' packets lost and were expected to have: each repeat that is lost is asked for again.
  public var repeats = (lost: UInt64(0), expected: UInt64(0))
  /// The stream that lost the largest share, of those that lost enough to be named and repeat no other's packets.
  public var worst = (lost: UInt64(0), expected: UInt64(0))
  /// The burst of losses of one stream that lost most (RFC 3611 section 4.7.2), and how long it lasted at the stream's pace, ns.
  public var stretch = (lost: UInt64(0), packets: UInt64(0), span: Int64(0))
  /// What their receiver says of them in clear; nil if it says nothing.
  public var report: ReceiverReport?
  /// Packets that their sender says in clear it sent, between two reports of its own.
  public var announced: Int64 = 0

  /// No media.
  @inlinable
  public init() {}

  /// Share that the worst stream lost; 0 if none lost enough.
  var worstShare: Double { worst.expected == 0 ? 0 : Double(worst.lost) / Double(worst.expected) }
  /// Share lost of what was sent for the first time; nil without media.
  public var loss: Double? {
    let first = expected &- min(expected, repeats.expected)
    return first == 0 ? nil : Double(lost &- min(lost, repeats.lost)) / Double(first)
  }
  /// The same where it can be seen: nil where nothing is missing close to the sender, for the path lies behind it.
  public var seenLoss: Double? { lost == 0 && nearby == packets ? nil : loss }
  /// Share missing of what no router had passed on yet: the capture missed it, or its sender dropped it itself; nil where it
  /// may have been lost on the way.
  public var lossAtSource: Double? { packets > 0 && untouched == packets ? loss : nil }
  /// Nanoseconds of media.
  public var span: Int64 { last > first ? last &- first : 0 }
}

/// Media of one side that are not RTP: datagrams of no known format, or DTLS records.
public struct OpaqueObservation: Sendable, BitwiseCopyable {
  /// How many.
  public var packets: UInt32
  /// First and latest of them, ns since the epoch; `Int64.max` and `Int64.min` if there are none.
  public var first, last: Int64
  /// Longest time between two of them, ns.
  public var longestGap: Int64

  /// Media.
  @inlinable
  public init(packets: UInt32 = 0, first: Int64 = .max, last: Int64 = .min, longestGap: Int64 = 0) {
    self.longestGap = longestGap
    self.packets = packets
    self.first = first
    self.last = last
  }

  /// From the first to the latest, ns.
  public var span: Int64 { packets == 0 ? 0 : last &- first }
}

/// An RTP stream that ended before others of its direction.
public struct EndedStream: Sendable, BitwiseCopyable {
  /// The server had sent it.
  public var isServers: Bool
  /// Frame of its first packet.
  public var frame: UInt64
  /// Its latest packet, ns since the epoch.
  public var last: Int64
  /// Latest packet of its direction.
  public var others: Int64

  /// A stream.
  @inlinable
  public init(isServers: Bool, frame: UInt64, last: Int64, others: Int64) {
    self.isServers = isServers
    self.frame = frame
    self.last = last
    self.others = others
  }
}

/// Which requests a server owed answers to: the stage signatures U1 to U3 of METHOD.md M2.2.
public enum RequestKind: Sendable, BitwiseCopyable {
  /// TURN Allocate or what follows it.
  case allocate
  /// STUN Binding to a server.
  case binding
  /// Telegram reflector hello: it carries no STUN, so a filter for STUN alone does not explain its silence.
  case reflectorHello
  /// SIP REGISTER, and what else the registrar is asked for.
  case registration
  /// Discord's question to a voice server for the client's own address, and keep-alives that it had answered.
  case discovery
}

/// A dialogue that an observation keeps, in its place.
struct Kept {
  fileprivate let all: [Dialogue]

  var dialogue: Dialogue {
    @inline(always) _read { yield all[0] }
  }
}

/// Both directions of a flow, where one of them may show a cap.
public final class DirectionPassages: Sendable {
  /// From the client; nil if it lost nothing to speak of.
  public let client: Passage?
  /// From the server.
  public let server: Passage?

  /// Two directions.
  public init(client: Passage?, server: Passage?) {
    self.client = client
    self.server = server
  }

  /// Of the moments in which either direction lacks packets, the share in which both do; nil where one of them lacks fewer than `least`,
  /// or where that is so in more than half of the moments from `first` to `last`, ns since the epoch: then they meet by chance.
  func sharedMoments(_ least: Double, from first: Int64, to last: Int64) -> Double? {
    guard let client, let server,
      [client, server].allSatisfy({ Double($0.offers.reduce(0) { $1.fate == .passed ? $0 : $0 + 1 }) >= least })
    else { return nil }
    let (up, down) = (Self.moments(client), Self.moments(server))
    let either = up.union(down).count
    guard 2 * Int64(either) * Self.moment <= last &- first else { return nil }
    return Double(up.intersection(down).count) / Double(max(1, either))
  }

  /// Width of a moment, ns: two or more packets of a voice, so that both directions have lost some of what the capture missed then.
  private static let moment: Int64 = 250_000_000

  private static func moments(_ passage: Passage) -> Set<Int64> {
    var moments: Set<Int64> = []
    for offer in passage.offers where offer.fate != .passed { moments.insert(passage.moment(offer.time) / moment) }
    return moments
  }
}

/// What every detector may look at of a flow. Sides are already client (0) and server (1).
public struct FlowObservation: Sendable {
  /// Client address.
  public var client: IPAddress
  /// Server address.
  public var server: IPAddress
  /// Server port.
  public var serverPort: UInt16
  /// Client port; 0 if it does not matter.
  public var clientPort: UInt16 = 0
  /// First packet, ns since the epoch.
  public var first: Int64
  /// Latest packet.
  public var last: Int64
  /// Frame number of the first packet.
  public var firstFrame: UInt64
  /// Packets by client and server.
  public var packets: (client: UInt64, server: UInt64)
  /// IP bytes by client and server.
  public var bytes: (client: UInt64, server: UInt64) = (0, 0)
  /// Which index of the two-sided states is the client.
  public var clientSide: Int
  /// One of several RTP streams of a direction that ended long before the direction did, and nothing took its place.
  public var endedStream: EndedStream?
  /// Requests and answers, if any were recognized.
  public var dialogue: Dialogue? {
    get { dialogues.first }
    set { dialogues = newValue.map { [$0] } ?? [] }
  }
  // None or one. Beside the observation: most flows have none, and eight hundred bytes would go wherever it goes.
  @usableFromInline var dialogues: [Dialogue] = []
  /// The same in its place.
  var kept: Kept? { dialogues.isEmpty ? nil : Kept(all: dialogues) }
  /// Media by client and server.
  public var media: (client: MediaObservation, server: MediaObservation)
  /// Whose flow it is, if more than its address says so.
  public var application: Application?
  /// The server is a relay, STUN server or reflector that owes answers; TCP: a server by port, protocol or name.
  public var isServerRole = false
  /// What the client asked of it.
  public var requestKind = RequestKind.binding
  /// ICE checks ran between the two ends.
  public var isPeerPath = false
  /// STUN to a port where a reflector answers hellos: never a trial.
  public var isReflectorPort = false
  /// A DTLS handshake was completed.
  public var isSecured = false
  /// The flow carried a call's datagrams that are not RTP.
  public var hasOpaqueMedia = false
  /// These by client and server, and what else there is of DTLS records.
  public var opaque = (client: OpaqueObservation(), server: OpaqueObservation())
  /// An earlier UDP flow of the same addresses and ports had packets both ways.
  public var answeredEarlier = false

  /// UDP: since when the client has sent without a packet of the server, ns since the epoch, in how many one-second bins, and the
  /// longest time between two packets of the client, then or before, ns.
  public var unheard = (since: Int64.max, bins: UInt32(0), pause: Int64(0))
  /// How many packets that was.
  public var unheardPackets: UInt64 = 0
  /// UDP: the latest packet of either, ns since the epoch; `Int64.min` before the first.
  public var latest = (client: Int64.min, server: Int64.min)

  /// SIP or DNS: its requests ask for answers, and are not held against them here.
  public var asksUncounted = false

  /// The client sent what only an answer allows, as after a challenge (RFC 8489 section 9.2) or on a relay's channel.
  public var followsAnswer = false

  /// How much longer than the fastest the latest answer to the client's requests took, ms; 0 where that is not asked for.
  public var roundTripGrowth = 0.0

  /// A connection whose opening is not in the capture.
  public var lacksOpening = false

  /// The connection began as HTTP in clear.
  public var isHTTP = false

  /// The connection began as TLS.
  public var isTLS = false

  /// Over TCP, what browsers speak.
  var isWeb: Bool { (isHTTP || isTLS) && !isLogIn }

  /// A service that begins with a log-in, over TLS or not: servers shut out, for minutes and longer, those that fail at it.
  var isLogIn: Bool { Self.logInPorts.contains(serverPort) }

  /// FTP, SSH, Telnet, mail by SMTP, POP3, IMAP and ManageSieve, RDP, VNC (IANA, service names and port numbers).
  private static let logInPorts: Set<UInt16> = [
    21, 22, 23, 25, 110, 143, 465, 587, 990, 992, 993, 995, 3389, 4190, 5900,
  ]

  /// Bytes that a TLS record lacks which the server has begun.
  public var owedBytes: UInt16 = 0

  /// Bytes of the server that stopped behind a segment as large as the one before; 0 if it did not.
  public var fullAfter: UInt32 = 0

  /// That segment was cut off from more: it is full, or says that more was queued.
  public var isCutOff = false

  /// Bytes that the server's numbers say were sent, that came nowhere here and were never acknowledged; and for how long the
  /// client's acknowledgment had stood still at the end, ns.
  public var unreceived = (bytes: UInt32(0), stood: Int64(0))

  /// What was offered and came through, where that may show a cap.
  public var passages: DirectionPassages?

  /// Media without RTP numbers, where its loss may be told or is asked for.
  public var sealed: SealedMedia?

  /// Media or answers that came late; nil if none did.
  public var lateness: Lateness?

  /// Bytes of the IP and UDP headers of each of its datagrams, options and extensions aside.
  var datagramHeaders: Int64 { server.family == .v6 ? 48 : 28 }

  /// Latest media of either side, of any kind, ns since the epoch; `Int64.min` if there were none.
  public var lastMedia: Int64 {
    let known = max(media.client.last, media.server.last)
    return hasOpaqueMedia ? max(known, opaque.client.last, opaque.server.last) : known
  }

  /// The same of the server alone.
  public var lastMediaHeard: Int64 {
    hasOpaqueMedia ? max(media.server.last, opaque.server.last) : media.server.last
  }

  /// Media of any kind was seen.
  public var hasMediaOrOpaque: Bool { hasOpaqueMedia || media.client.packets > 0 || media.server.packets > 0 }

  /// An observation of a flow.
  @inlinable
  public init(
    client: IPAddress, server: IPAddress, serverPort: UInt16, first: Int64, last: Int64, firstFrame: UInt64,
    packets: (client: UInt64, server: UInt64), clientSide: Int
  ) {
    self.client = client
    self.server = server
    self.serverPort = serverPort
    self.first = first
    self.last = last
    self.firstFrame = firstFrame
    self.packets = packets
    self.clientSide = clientSide
    media = (MediaObservation(), MediaObservation())
  }

  /// Becomes the observation of another flow in its place; the room for a dialogue stays.
  @inline(always)
  public mutating func renew(
    client: IPAddress, server: IPAddress, serverPort: UInt16, first: Int64, last: Int64, firstFrame: UInt64,
    packets: (client: UInt64, server: UInt64), clientSide: Int
  ) {
    self.client = client
    self.server = server
    self.serverPort = serverPort
    self.first = first
    self.last = last
    self.firstFrame = firstFrame
    self.packets = packets
    self.clientSide = clientSide
    bytes = (0, 0)
    if !dialogues.isEmpty { dialogues.removeAll(keepingCapacity: true) }
    media = (MediaObservation(), MediaObservation())
    endedStream = nil
    application = nil
    isServerRole = false
    requestKind = .binding
    isPeerPath = false
    isReflectorPort = false
    isSecured = false
    hasOpaqueMedia = false
    opaque = (OpaqueObservation(), OpaqueObservation())
    answeredEarlier = false
    followsAnswer = false
    asksUncounted = false
    unheard = (.max, 0, 0)
    unheardPackets = 0
    latest = (.min, .min)
    roundTripGrowth = 0
    if passages != nil { passages = nil }
    if sealed != nil { sealed = nil }
    if lateness != nil { lateness = nil }
    isHTTP = false
    isTLS = false
    owedBytes = 0
    fullAfter = 0
    isCutOff = false
    unreceived = (0, 0)
    lacksOpening = false
  }

  /// Takes a flow's dialogue in.
  public mutating func keep(_ dialogue: Dialogue) {
    if !dialogues.isEmpty { dialogues.removeAll(keepingCapacity: true) }
    dialogues.append(dialogue)
  }
}
