public import Verdict

/// What the rest of the capture says about the time and place of a flow.
public struct Surroundings: Sendable {
  /// Packets the capturing kernel dropped; nil if unknown.
  public var drops: UInt64?
  /// Share of the segments of long transfers that were acknowledged and never seen: the capture missed them. 0 where they
  /// are few.
  public var missedShare = 0.0
  /// No host in the capture ever answered another, and none heard an ARP reply.
  public var isOneSided = false
  /// Clients that nothing from beyond their own network reached, though they went on as after answers: of those the capture holds
  /// one direction only.
  public var unheardClients: Set<IPAddress> = []
  /// Clients that acknowledged data of connections of which the capture holds no packet of the server: it may lack a direction of
  /// their other flows too, as behind a mirror of one of several lines.
  public var halfHeardClients: Set<IPAddress> = []
  /// The capture is a host's own, of several interfaces or a tunnel: its addresses may all be that host's.
  public var isHostsOwn = false
  /// A radio in monitor mode overheard the capture: what it did not hear is missing from it, and nothing counts that.
  public var isOverheard = false
  /// The capture holds neither ICMP nor ARP.
  public var hasOnlySegmentsAndDatagrams = false
  /// Bytes of a packet that the capture keeps at most, from its IP header on; nil if it cut none.
  public var room: Int64?
  /// ICMP errors that were cut too short to say what they are about.
  public var cutErrors = CutErrors()
  /// ARP replies, in the order of the file.
  public var linkAlive: [LinkReply] = []
  /// Paths that carried media both ways, by the client's socket.
  private var mediaPaths: [Socket: [MediaPath]] = [:]
  /// Token buckets that explain the losses of several calls together.
  public var sharedBuckets = SharedBuckets()
  /// By the frame of its first packet, what was found out about a connection's rate.
  public var connectionCaps: [UInt64: ConnectionCap] = [:]
  /// Directions that carried something, of clients that have a flow which may be capped.
  public var carriers: [Carrier] = []
  /// Flows that were looked at for a cap in this report.
  public var examinedCaps = 0
  /// By the frame of its first packet, what held a long transfer back.
  public var phases: [UInt64: TransferPhases] = [:]
  /// Clients whose calls and transfers lost more packets than are looked at one by one: nothing is known of their caps.
  public var crowded: Set<IPAddress> = []
  /// Flows of calls that lost packets: what was lost in a time was perhaps not silenced.
  public var lossyCalls: [LossyCall] = [] {
    didSet {
      lossyPlaces = Dictionary(
        zip(lossyCalls.map(\.key), lossyCalls.indices), uniquingKeysWith: { first, _ in first })
      lossyClients = Dictionary(grouping: lossyCalls.indices) { lossyCalls[$0].client }
    }
  }
  /// Places among `lossyCalls`, by the frame of a flow's first packet and by client.
  private var lossyPlaces: [UInt64: Int] = [:]
  private var lossyClients: [IPAddress: [Int]] = [:]
  /// Of clients with such calls, how much longer than the fastest of their flow round trips took: when, ns since the epoch, and
  /// ms.
  public var lateTrips: [IPAddress: [(time: Int64, milliseconds: Double)]] = [:]
  /// By the frame of a flow's first packet, two answers to one question that contradict each other.
  public var answers: [UInt64: AnswerPair] = [:] {
    didSet { hasAnswers = !answers.isEmpty }
  }
  /// There are any: nearly no capture has.
  public private(set) var hasAnswers = false
  /// How the paths looked between hosts whose connections were reset in a way that may be somebody else's.
  public var paths = ServerPaths()
  /// SYNs that were refused in servers' names.
  public var refusals = Refusals()
  /// QUIC Initials that were never answered.
  public var initials = InitialRows()
  /// Pages in clear, whole and short.
  public var pages = Pages()
  /// RTCP in clear on flows of its own: beside each flow with media that is not multiplexed with it (RFC 3550 section 11).
  public var reports: [ControlPath: ControlReports] = [:]
  /// Those among them, from the client to the server, whose media are in the capture.
  public var reported: Set<ControlPath> = []
  /// How many packets of RTCP, encrypted or not, were sent on flows of its own.
  public var controls: [ControlPath: UInt32] = [:]
  /// Which way media were to go.
  public var agreed = AgreedDirections()
  /// Packets were captured twice.
  public var hasTwins = false
  /// Packets were put together before they were captured.
  public var hasMergedFrames = false
  /// Earliest frame of the capture, ns since the epoch.
  public var start = Int64.min
  /// Latest frame of the capture, ns since the epoch.
  public var end = Int64.max
  /// Frames came in order of time but for strays: what came first can be said.
  public var isOrderly = true
  /// When the capture's clock had been set back, ns since the epoch.
  public var clockSteps: [Int64] = []
  /// By the frame of a flow's first packet, how many packets of its RTP sources took other paths of the client meanwhile.
  private var elsewhere: [UInt64: (up: UInt64, down: UInt64)] = [:]
  /// Flows that fell silent while a source of their server's went on at another address of the host, by the frames of their first packets.
  private var left: Set<UInt64> = []
  /// Times in which a busy capture holds no frame of anybody: it may have paused itself.
  public var holes: [TimeWindow] = []
  /// Shorter ones, of half a second and more: a radio that is gone looks the same where the client sends nothing.
  public var stills: [TimeWindow] = []
  /// Flows that were tested for silence in this report.
  public var examined = 0
  var neighbors = AddressLists<Neighbor>()
  var unanswered = AddressLists<UnansweredFlow>()
  /// Servers at whose own end the capture was taken; of so many.
  private var ownServers: Set<IPAddress> = []
  /// Controls were looked for: a client without any has none.
  public var knowsControls = false
  var clientsByServer = AddressLists<(client: IPAddress, first: Int64)>()
  /// Clients in the order in which they appeared, with their first packets.
  var appearances: [(client: IPAddress, first: Int64)] = []
  /// When the first flow of each client began that may be of a call, or asked a STUN server: of so many.
  var firstSeen: [IPAddress: Int64] = [:]
  /// Most controls kept per client.
  static let limit = 512
  /// Most addresses of clients of a capture that may all be one host's: Wi-Fi, mobile, tunnel, each in both families.
  static let ownAddresses = 6

  /// The surroundings of a capture.
  public init(drops: UInt64?) { self.drops = drops }

  /// Makes room for so many controls at once: grown by doubling, they would be moved and take twice the memory.
  public mutating func reserve(controls count: Int) { neighbors.reserve(count) }

  /// Adds a flow that may serve as a control. Call in the order of first packets.
  public mutating func add(_ neighbor: Neighbor) {
    neighbors.append(neighbor, to: neighbor.client, atMost: Self.limit)
  }

  /// Adds a flow of a client that was not answered.
  public mutating func add(_ flow: UnansweredFlow, of client: IPAddress) {
    unanswered.append(flow, to: client, atMost: Self.limit)
  }

  /// Adds a path of a client's socket; of one with very many the first are kept.
  public mutating func note(_ path: MediaPath, of socket: Socket) {
    if mediaPaths[socket]?.count ?? 0 < 64 { mediaPaths[socket, default: []].append(path) }
  }

  /// Notes packets of a source that went another way than the flow `key`, in which some of it are missing.
  public mutating func noteElsewhere(_ packets: UInt64, isUp: Bool, besides key: UInt64) {
    var counted = elsewhere[key] ?? (0, 0)
    if isUp { counted.up += packets } else { counted.down += packets }
    elsewhere[key] = counted
  }

  /// Notes a flow that fell silent while a source of its server's went on at another address of the same host.
  public mutating func noteLeft(_ key: UInt64) { left.insert(key) }

  /// The media of this flow went on at another address of the host when it fell silent.
  func isLeft(_ key: UInt64) -> Bool { left.contains(key) }

  /// Packets of the sources of a flow's direction that took other paths meanwhile.
  func packetsElsewhere(_ key: UInt64, isUp: Bool) -> UInt64 {
    guard let counted = elsewhere[key] else { return 0 }
    return isUp ? counted.up : counted.down
  }

  /// Notes that `client` talked to `server` from `first` on.
  public mutating func noteClient(_ client: IPAddress, of server: IPAddress, first: Int64) {
    clientsByServer.append((client, first), to: server, atMost: 64)
    if firstSeen[client] == nil, firstSeen.count < 4_096 { firstSeen[client] = first }
    if appearances.count <= Self.ownAddresses, !appearances.contains(where: { $0.client == client }) {
      appearances.append((client, first))
    }
  }

  /// Notes a server at whose own end the capture was taken.
  public mutating func noteOwnServer(_ server: IPAddress) {
    if ownServers.count < Self.limit { ownServers.insert(server) }
  }

  /// The capture was taken at this server's own end: what is in it had arrived there. No place is the end of two networks: where
  /// servers of several look as if it were, a proxy beside the capture answers in their names.
  func isOwnServer(_ server: IPAddress) -> Bool {
    ownServers.contains(server) && ownServers.allSatisfy { $0.network == server.network }
  }

  /// The capture holds only what this client sent.
  func isOneSided(_ client: IPAddress) -> Bool { isOneSided || unheardClients.contains(client) }

  /// Behind no router: a host of the client's own network, whose answers say nothing of the line (RFC 1918, 4193, 4291).
  public static func isOnLink(_ server: IPAddress, of client: IPAddress) -> Bool {
    server.isPrivate || server.isMulticast
      || server.family == .v6 && client.family == .v6 && server.high == client.high
  }

  /// Other paths of the same socket of the client on which media went both ways meanwhile, to within `pause` of its end.
  public func mediaElsewhere(
    _ socket: Socket, besides key: UInt64, during window: TimeWindow, pause: Int64
  ) -> [MediaPath] {
    (mediaPaths[socket] ?? []).filter {
      $0.key != key && $0.first <= window.last && $0.last >= window.last &- pause
    }
  }

  /// What is known of a flow of a call, by the frame of its first packet; nil if it did not lose enough to be looked at.
  public func lossyCall(_ key: UInt64) -> LossyCall? {
    lossyPlaces.isEmpty ? nil : lossyPlaces[key].map { lossyCalls[$0] }
  }

  /// Largest share of a round trip's packets that the client's calls lost within the window. Close to either end one way shows
  /// no loss: it is taken to be as lossy as the other, for a radio and a crowded line lose both ways.
  public func roundTripLoss(of client: IPAddress, in window: TimeWindow) -> Double {
    (lossyClients[client] ?? []).reduce(0) { most, place in
      guard lossyCalls[place].overlaps(window) else { return most }
      let (up, down) = lossyCalls[place].losses(in: window)
      let unseen = min(up, down) == 0 ? max(up, down) : min(up, down)
      return max(most, 1 - (1 - max(up, down)) * (1 - unseen))
    }
  }

  /// Longest median delay around what the client's calls lost within the window, ms: a full queue's. 0 where they lost
  /// nothing.
  func delayAtLosses(of client: IPAddress, in window: TimeWindow) -> Double {
    (lossyClients[client] ?? []).reduce(0) { most, place in
      guard lossyCalls[place].overlaps(window) else { return most }
      return max(most, lossyCalls[place].delayAtLosses(in: window) ?? 0)
    }
  }

  /// How much longer than the fastest of its flow a round trip of this client took within the window or near it, ms at the
  /// median; nil where fewer than three are known, or its calls lost nothing.
  func roundTripGrowth(of client: IPAddress, in window: TimeWindow, slack: Int64) -> Double? {
    guard let trips = lateTrips[client] else { return nil }
    var late = trips.filter { $0.time >= window.first &- slack && $0.time <= window.last &+ slack }.map(\.milliseconds)
    guard late.count >= 3 else { return nil }
    late.sort()
    return late[late.count / 2]
  }
}
