internal import Recognition
internal import Settings
internal import Verdict

/// The times that tell calls apart, ns.
struct CallLimits {
  let slack, memory, streamMemory, handover, pause, silence, mediaPause, overlap, afterHangUp, release, afterEnd: Int64

  init(_ thresholds: Thresholds) {
    let calls = thresholds.calls
    slack = calls.slack.integer
    memory = calls.memory.integer
    streamMemory = calls.streamMemory.integer
    handover = calls.handover.integer
    pause = calls.pause.integer
    silence = calls.silence.integer
    mediaPause = calls.mediaPause.integer
    overlap = calls.overlap.integer
    afterHangUp = calls.afterHangUp.integer
    release = calls.release.integer
    afterEnd = calls.afterEnd.integer
  }
}

/// Flows that are surely of one call, and what tells this call from others of the same client.
///
/// A class: each call is compared with many others and moves through several lists until its flows are all known, and a copy
/// of its dozen lists costs more than a comparison.
final class CallGroup {
  /// Kinds of media with when each ran.
  private struct Kind {
    let isUp: Bool
    let payloadType: UInt8
    let clock: UInt32
    var span: TimeSpan
    /// By its clock: video has 90 kHz (RFC 3551 section 5).
    var isAudio: Bool { clock != 0 && clock != 90_000 }
  }

  /// Indices of candidates.
  private(set) var members: [Int] = []
  /// Indices of SIP dialogs.
  var dialogs: [Int] = []
  private(set) var span = TimeSpan()
  private(set) var clients: [IPAddress] = []
  private(set) var application: ApplicationMatch?
  /// What a server's address and port hint at, where no flow names the application: too weak to name the call's, but
  /// another application's call is not this one.
  private var hint: Application?
  /// Messages that only WhatsApp's own program sends.
  private var isWhatsAppNative = false
  private(set) var media = TimeSpan()
  /// Media that came from the other end.
  private var heard = TimeSpan()
  private var lastSent = Int64.min
  private var hangUps: [Int64] = []
  private var tags: [UInt64] = []
  private var names: [UInt64] = []
  private var kinds: [Kind] = []
  private var sources: [(ssrc: UInt32, isUp: Bool)] = []
  /// The client's sockets, and the servers of media.
  private var sockets: Set<Socket> = []
  private var mediaServers: Set<IPAddress> = []
  private var servers: Set<IPAddress> = []
  /// The phone's programs that sent its flows, where it says so.
  private var programs: [UInt64] = []
  /// Public addresses of those whom its relays were to talk to.
  private var peers: [UInt64] = []
  /// Something came back on one of its flows.
  private var isAnswered = false

  private let limits: CallLimits

  /// An empty group.
  init(_ limits: CallLimits) { self.limits = limits }

  /// Adds a flow; one that is no call's for itself says nothing about the call.
  func add(_ candidate: CallCandidate, at index: Int) {
    members.append(index)
    let outline = candidate.outline
    if !clients.contains(outline.client) { clients.append(outline.client) }
    guard outline.isCallTraffic else { return }
    if candidate.program != 0, !programs.contains(candidate.program) { programs.append(candidate.program) }
    span.add(TimeSpan(first: outline.first, last: outline.last))
    sockets.insert(Socket(outline.client, outline.clientPort))
    if outline.packets.server > 0 { isAnswered = true }
    servers.insert(outline.server)
    if !candidate.anyMedia.isEmpty { mediaServers.insert(outline.server) }
    if let own = outline.application {
      if own.grade == .weak { hint = hint ?? own.application } else { application = .louder(application, own) }
    }
    if !outline.content.isDisjoint(with: [.stunToken4000, .stunType080x]) { isWhatsAppNative = true }
    media.add(candidate.anyMedia)
    heard.add(candidate.media.server)
    lastSent = max(lastSent, candidate.lastSent)
    if candidate.hangUp != .max { hangUps.append(candidate.hangUp) }
    if let ties = candidate.ties {
      if ties.tag != 0, !tags.contains(ties.tag) { tags.append(ties.tag) }
      for index in CallTies.publicPeerIndices {
        let peer = UInt64(ties.publicPeer(index))
        if peer != 0, !peers.contains(peer) { peers.append(peer) }
      }
      for index in ties.nameIndices {
        let pair = ties.name(index, clientSide: outline.clientSide)
        let name = UInt64(pair.own) << 32 | UInt64(pair.peer)
        if !names.contains(name) { names.append(name) }
      }
    }
    for stream in candidate.streams { note(stream) }
  }

  /// Adds a call that SIP told of.
  func add(dialog: SIPDialog, at index: Int, client: IPAddress?) {
    dialogs.append(index)
    if let client, !clients.contains(client) { clients.append(client) }
    span.add(TimeSpan(first: dialog.first, last: dialog.last))
    application = ApplicationMatch.louder(application, ApplicationMatch(.sip, .likely))
    if let end = dialog.end { hangUps.append(end.time) }
  }

  /// Takes another group's flows in.
  func add(_ other: CallGroup) {
    members += other.members
    dialogs += other.dialogs
    span.add(other.span)
    for client in other.clients where !clients.contains(client) { clients.append(client) }
    application = ApplicationMatch.louder(application, other.application)
    hint = hint ?? other.hint
    isWhatsAppNative = isWhatsAppNative || other.isWhatsAppNative
    media.add(other.media)
    heard.add(other.heard)
    lastSent = max(lastSent, other.lastSent)
    hangUps += other.hangUps
    tags += other.tags
    names += other.names
    peers += other.peers
    kinds += other.kinds
    sources += other.sources
    sockets.formUnion(other.sockets)
    mediaServers.formUnion(other.mediaServers)
    servers.formUnion(other.servers)
    for program in other.programs where !programs.contains(program) { programs.append(program) }
    isAnswered = isAnswered || other.isAnswered
  }

  private func note(_ stream: StreamPrint) {
    if stream.ssrc >= StreamPrint.randomSources { sources.append((stream.ssrc, stream.isUp)) }
    for index in kinds.indices
    where kinds[index].isUp == stream.isUp && kinds[index].payloadType == stream.payloadType
      && kinds[index].clock == stream.clock
    {
      return kinds[index].span.add(stream.span)
    }
    kinds.append(
      Kind(isUp: stream.isUp, payloadType: stream.payloadType, clock: stream.clock, span: stream.span))
  }

  /// First sign of an end after which no media went on; `Int64.max` if none.
  var hangUp: Int64 {
    hangUps.lazy.filter { [media, limits] in media.isEmpty || media.last <= $0 &+ limits.afterHangUp }.min() ?? .max
  }

  /// A later group of the same client may belong to this call: by time and application, and because nothing says that it
  /// is another one.
  func mayTake(_ other: CallGroup) -> Bool {
    guard isNear(other.span), !Self.differ(programs, other.programs) else { return false }
    if let mine = application?.application ?? hint, let theirs = other.application?.application ?? other.hint,
      !Self.agree(mine, theirs)
    {
      return false
    }
    return !isAnother(other)
  }

  /// Nothing but requests to relays: no name, no tag, no media.
  var asksOnly: Bool {
    !members.isEmpty && dialogs.isEmpty && media.isEmpty && names.isEmpty && tags.isEmpty && clients.count == 1
  }

  /// IP family of all of its clients; nil if it has none, or of both.
  var family: IPAddress.Family? {
    guard let family = clients.first?.family, clients.allSatisfy({ $0.family == family }) else { return nil }
    return family
  }

  /// A call that began when `other` did, over the other IP family, perhaps the same host's.
  func asksOverOtherFamily(_ other: CallGroup) -> Bool {
    guard !media.isEmpty || asksOnly, dialogs.isEmpty,
      clients.allSatisfy({ $0.family != other.clients[0].family }),
      abs(span.first &- other.span.first) <= limits.pause, !Self.differ(programs, other.programs),
      // WhatsApp's own program asks over both from one port: `CallUnion` ties those.
      !isWhatsAppNative || !other.isWhatsAppNative
    else { return false }
    guard let mine = application?.application, let theirs = other.application?.application else { return true }
    return Self.agree(mine, theirs)
  }

  /// The phone says that another program than the call's sent a flow.
  func isOfAnother(_ candidate: CallCandidate) -> Bool {
    candidate.program != 0 && Self.differ(programs, [candidate.program])
  }

  /// One of its flows is from this socket.
  func uses(_ socket: Socket) -> Bool { sockets.contains(socket) }

  /// Whether a span lies beside the call's.
  func isNear(_ other: TimeSpan) -> Bool {
    other.first <= span.last &+ limits.slack && other.last &+ limits.slack >= span.first
  }

  /// `meta` is one of two.
  static func agree(_ left: Application, _ right: Application) -> Bool {
    if left == right { return true }
    let ofMeta: [Application] = [.whatsapp, .messenger]
    return left == .meta && ofMeta.contains(right) || right == .meta && ofMeta.contains(left)
  }

  private func isAnother(_ other: CallGroup) -> Bool {
    if !dialogs.isEmpty, !other.dialogs.isEmpty { return true }
    // What is sent on one path comes back on the other: both ends are behind this address.
    if sources.contains(where: { mine in other.sources.contains { $0.ssrc == mine.ssrc && $0.isUp != mine.isUp } }) {
      return false
    }
    // WhatsApp's own program asks peers without a user name (METHOD.md W2.1).
    if isWhatsAppNative && !other.names.isEmpty || other.isWhatsAppNative && !names.isEmpty { return true }
    let isForeign = isForeign(other)
    if isForeign, isOtherAttempt(other) || mediaOverlap(other) >= limits.overlap { return true }
    if isMeeting(other) { return true }
    let differ = Self.differ(tags, other.tags) || Self.differ(names, other.names)
    // One after the other.
    if other.span.first >= hangUp, !media.isEmpty || other.span.first > hangUp &+ limits.pause { return true }
    if differ, other.span.first > lastSent &+ limits.pause { return true }
    // Nothing ties them, and a call that is alive or being set up asks, or tells that it is there, more often. What SIP
    // told of may ring in silence.
    if dialogs.isEmpty, other.dialogs.isEmpty, other.span.first > lastSent &+ limits.silence { return true }
    if isApart(other, differ: differ || isForeign) { return true }
    guard !media.isEmpty, !other.media.isEmpty else { return false }
    if other.span.first > media.last &+ limits.mediaPause { return true }
    // Beside each other.
    guard mediaOverlap(other) >= limits.overlap else { return false }
    // A page's connections to one media server have names of their own each: one sends, the others bring what others say.
    if Self.differ(names, other.names), !Self.differ(tags, other.tags), !kinds.isEmpty, !other.kinds.isEmpty,
      !mediaServers.isDisjoint(with: other.mediaServers), !sharesKind(other, isUp: true)
    {
      return false
    }
    return differ || sharesKind(other)
  }

  /// For how long both had media, ns; less than 0 if one began behind the other's end.
  private func mediaOverlap(_ other: CallGroup) -> Int64 {
    media.isEmpty || other.media.isEmpty
      ? .min : min(media.last, other.media.last) &- max(media.first, other.media.first)
  }

  /// One is an application's by what it sends, the other WebRTC that names itself and no application: its way to the peer, which it
  /// asks for when it asks for relays, or a page's, if they began apart.
  private func isForeign(_ other: CallGroup) -> Bool {
    abs(other.span.first &- span.first) > limits.slack && (isOfUnnamed(other) || other.isOfUnnamed(self))
  }

  /// An application's call without ICE names, beside one with such names alone.
  private func isOfUnnamed(_ other: CallGroup) -> Bool {
    application != nil && names.isEmpty && dialogs.isEmpty && other.application == nil && other.tags.isEmpty
      && !other.names.isEmpty && other.dialogs.isEmpty
  }

  /// It asked its relays in vain, and the other one began later.
  private func isOtherAttempt(_ other: CallGroup) -> Bool {
    media.isEmpty && !isAnswered && other.span.first > span.first
  }

  /// Neither is known to be an application's; this one asked its relays in vain for long, and the other one has names or media of its
  /// own on other sockets and with other hosts. A call asks its peer when it asks its relays, or from the sockets that asked them
  /// (RFC 8445 section 5.1.1).
  private func isMeeting(_ other: CallGroup) -> Bool {
    asksOnly && !isAnswered && application == nil && other.application == nil
      && other.span.first > span.first &+ limits.slack && other.dialogs.isEmpty
      && !(other.names.isEmpty && other.media.isEmpty)
      && sockets.isDisjoint(with: other.sockets) && servers.isDisjoint(with: other.servers)
  }

  /// What asks relays in the silence behind this call's media, when one with other credentials follows at once: it is that one's.
  /// `next`: a later group of the same client.
  func leaves(_ asking: CallGroup, to next: CallGroup) -> Bool {
    !media.isEmpty && asking.asksOnly && asking.span.first > max(media.last, lastSent) &+ limits.pause
      && next.span.first <= asking.span.last &+ limits.slack && !asking.isAnother(next)
      && (Self.differ(tags, next.tags) || Self.differ(names, next.names))
      && next.span.first > max(media.last, lastSent) &+ limits.pause
      && !sources.contains { mine in next.sources.contains { $0.ssrc == mine.ssrc } }
  }

  /// A call of one client whose other end went silent in the middle of it, while the client asked on.
  var fellSilent: Bool {
    hangUp == .max && dialogs.isEmpty && !heard.isEmpty && clients.count == 1
      && heard.last >= span.first &+ limits.slack && lastSent >= heard.last &+ limits.pause
  }

  /// Of a call that fell silent: its client may have begun anew elsewhere at a time, ns since the epoch.
  func mayHaveLeft(at time: Int64) -> Bool {
    time >= heard.last &- limits.handover && time <= heard.last &+ limits.slack
  }

  /// Of a call that fell silent, and one that began about then from another address of the same family, with the same application, server
  /// and kind of media, and not with other peers: one client's, if it moved to another network then. `isHostsOwn`: all addresses may be the recording host's.
  func mayHaveMoved(to other: CallGroup, isHostsOwn: Bool) -> Bool {
    guard other.dialogs.isEmpty, !other.heard.isEmpty,
      mayHaveLeft(at: other.span.first),
      other.heard.first > heard.last,
      clients[0].family == other.clients[0].family, !other.clients.contains(clients[0]),
      isHostsOwn || !servers.isDisjoint(with: other.servers),
      application?.application == other.application?.application, !Self.differ(programs, other.programs),
      !Self.differ(peers, other.peers)
    else { return false }
    return kinds.contains { mine in
      mine.isUp
        && other.kinds.contains { $0.isUp && $0.payloadType == mine.payloadType && $0.clock == mine.clock }
    }
  }

  /// Latest media of the other end, and of the client whatever it sent, ns since the epoch.
  var silence: TimeWindow { TimeWindow(first: heard.last, last: lastSent) }

  /// Nothing ties them, and the call went on for long as if nothing had been: one that has its media asks no other relays on
  /// other sockets unless it lost its way. What asks in vain then, or has credentials of its own, is another program's.
  private func isApart(_ other: CallGroup, differ: Bool) -> Bool {
    // What the client sends on to silence shows no way.
    let alive = heard.isEmpty ? media.last : heard.last
    guard !media.isEmpty, other.media.isEmpty,
      other.span.first > media.first &+ limits.handover, alive > other.span.first &+ limits.slack,
      sockets.isDisjoint(with: other.sockets)
    else { return false }
    return differ || !other.isAnswered
  }

  /// Both have credentials of a kind, and none in common.
  private static func differ(_ left: [UInt64], _ right: [UInt64]) -> Bool {
    !left.isEmpty && !right.isEmpty && !left.contains { right.contains($0) }
  }

  /// Both carry the same kind of media the same way at the same time: a call's audio and video may have sockets of their
  /// own, but no two audio streams of one microphone do, whatever types their sessions gave it.
  private func sharesKind(_ other: CallGroup, isUp: Bool? = nil) -> Bool {
    kinds.contains { mine in
      other.kinds.contains { theirs in
        mine.isUp == theirs.isUp && mine.isUp == isUp ?? mine.isUp && mine.clock == theirs.clock
          && (mine.payloadType == theirs.payloadType || mine.isUp && mine.isAudio)
          && min(mine.span.last, theirs.span.last) &- max(mine.span.first, theirs.span.first) >= limits.overlap
      }
    }
  }
}
