public import Verdict

/// Another flow of the same client, as a control.
public struct Neighbor: Sendable {
  /// Its place among the capture's flows.
  public let position: Int
  /// Client address.
  public let client: IPAddress
  /// Server address.
  public let server: IPAddress
  /// Server port.
  public let port: UInt16
  /// Client port; 0 if it does not matter.
  public let clientPort: UInt16
  /// Transport.
  public let transport: Transport
  /// First packet, ns since the epoch.
  public let first: Int64
  /// Latest packet from the server; `Int64.min` if none.
  public let lastAnswer: Int64
  /// Its first answer to a request or SYN, ns since the epoch; `Int64.min` if that is not known.
  public var firstAnswer = Int64.min
  /// One-second bins in which the server answered; TCP: handshakes completed.
  public let trials: Int
  /// Latest packet of the client; `Int64.min` if it was not measured.
  public let lastSent: Int64
  /// When the server showed last that it had heard the client, by an answer to a request or an acknowledgment of what was new;
  /// `Int64.min` if what it sends shows nothing of that.
  public let lastHeard: Int64
  /// What the client sent since then asks for an answer, and was sent more than once.
  public let isUnheard: Bool
  /// The longest time in which it was asked and did not answer, before it did again.
  public let unheardPause: TimeWindow?
  /// Longest time between two packets of the server, ns; `Int64.max` if it was not measured.
  public let longestGap: Int64
  /// The server is a relay.
  public let isRelay: Bool
  /// No router had passed its answers on: one of the client's own network answers in others' names, as a name server or a portal.
  public var isFromLink = false
  /// Whose relay or reflector the server is, if that is known.
  public var service: Application?
  /// When the server was seen to answer a socket of the client under another address or port than before, ns since the epoch;
  /// `Int64.max` if it never was.
  public var newMapping = Int64.max
  /// It was not the port alone: all of the client's sockets have another address since.
  public var hasNewAddress = false
  /// Packets of both sides until the server's latest; 0 if that is not known.
  public var exchanged: UInt64 = 0
  /// Packets and IP bytes of the client.
  public let sent: (packets: UInt64, bytes: UInt64)

  /// A neighbor.
  public init(
    position: Int, client: IPAddress, clientPort: UInt16 = 0, server: IPAddress, port: UInt16, transport: Transport,
    first: Int64, lastAnswer: Int64, lastSent: Int64 = .min, trials: Int, longestGap: Int64 = .max,
    lastHeard: Int64? = nil, isUnheard: Bool = false, unheardPause: TimeWindow? = nil,
    isRelay: Bool = false, sent: (packets: UInt64, bytes: UInt64) = (0, 0)
  ) {
    self.isRelay = isRelay
    self.position = position
    self.client = client
    self.clientPort = clientPort
    self.server = server
    self.port = port
    self.transport = transport
    self.first = first
    self.lastAnswer = lastAnswer
    self.lastSent = lastSent
    self.trials = trials
    self.longestGap = longestGap
    self.lastHeard = lastHeard ?? lastAnswer
    self.isUnheard = isUnheard
    self.unheardPause = unheardPause
    self.sent = sent
  }

  /// By its server's port, a tunnel that may take over all that its client sends: IKE and IPsec (RFC 3948), OpenVPN, WireGuard's usual
  /// one (wg-quick(8)).
  var isTunnel: Bool {
    switch port {
    case 500, 1194, 4500, 51_820: true
    default: false
    }
  }

  /// One-second bins in which the server surely answered within the window: all but those that found room outside of it, or as
  /// many as must hold a packet where no two of the server's are farther apart than `longestGap`.
  func trials(in window: TimeWindow) -> Int {
    let began = max(first, firstAnswer)
    let from = max(began, window.first)
    let to = min(lastAnswer, window.last)
    guard from <= to else { return 0 }
    let second: Int64 = 1_000_000_000
    // Bins count from the flow's first packet. One that lies on a border of the window may have been answered beyond it.
    let before = from > began ? (from &- first &- 1) / second &- (began &- first) / second &+ 1 : 0
    let behind = lastAnswer > to ? (lastAnswer &- first) / second &- (to &- first) / second &+ 1 : 0
    let outside = before &+ behind
    let spaced = longestGap == .max ? 0 : (to &- from) / max(longestGap, second)
    let least: Int64 = lastAnswer <= window.last ? 1 : 0
    return Int(max(min(Int64(trials), max(least, spaced)), Int64(trials) &- outside))
  }

  /// The server surely heard within the window what the client had sent, and answered: a packet that merely came shows the way
  /// down alone. What began within it and was answered was heard.
  func hears(in window: TimeWindow) -> Bool {
    (lastHeard >= window.first || first >= window.first) && trials(in: window) > 0 && !paused(in: window)
  }

  /// It was asked in vain for half of the window or more, and answered later.
  func paused(in window: TimeWindow) -> Bool {
    guard let pause = unheardPause else { return false }
    return 2 &* (min(pause.last, window.last) &- max(pause.first, window.first)) >= window.last &- window.first
  }

  /// Behind no router: a host of the client's own network, whose answers say nothing of the line (RFC 1918, 4193, 4291).
  var isOnLink: Bool { isFromLink || Surroundings.isOnLink(server, of: client) }

  /// It was answered in most seconds but for a pause of this length.
  func pauses(for span: Int64) -> Bool {
    guard longestGap != .max, longestGap >= span else { return false }
    return Int64(trials) &* 2_000_000_000 >= lastAnswer &- first &- longestGap
  }
}

/// A flow of a client that asked and was not answered at all.
public struct UnansweredFlow: Sendable {
  /// Server.
  public let server: IPAddress
  /// Transport.
  public let transport: Transport
  /// First packet, ns since the epoch.
  public let first: Int64
  /// Whose server it is, if that is known.
  public let application: Application?
  /// It asked a relay, reflector or STUN server.
  public let isOfCall: Bool

  /// A flow.
  public init(server: IPAddress, transport: Transport, first: Int64, application: Application?, isOfCall: Bool) {
    self.server = server
    self.transport = transport
    self.first = first
    self.application = application
    self.isOfCall = isOfCall
  }
}

/// An ARP reply: the local link carried a frame to `target`; nil if it is not known to whom.
public struct LinkReply: Sendable {
  /// When, ns since the epoch.
  public let time: Int64
  /// To whom.
  public let target: IPAddress?

  /// A reply.
  public init(time: Int64, target: IPAddress?) {
    self.time = time
    self.target = target
  }

  /// It may have reached this host.
  func mayReach(_ host: IPAddress) -> Bool { target.map { $0 == host } ?? true }
}

/// A path on which media went both ways.
public struct MediaPath: Sendable {
  /// Frame of its first packet.
  public let key: UInt64
  /// First packet of any kind, ns since the epoch.
  public let opened: Int64
  /// Its server is a peer, no relay.
  public let isPeer: Bool
  /// First time of media, and the server's latest.
  public let first, last: Int64

  /// A path.
  public init(key: UInt64, opened: Int64, isPeer: Bool, first: Int64, last: Int64) {
    self.key = key
    self.opened = opened
    self.isPeer = isPeer
    self.first = first
    self.last = last
  }
}
