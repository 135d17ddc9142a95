internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// The limits of silence that are asked for every flow.
struct SilenceLimits {
  let synTrials: Int64
  let trials: Int64
  let retransmissions: Int64
  let initials: Int64
  let pauseTrials: Int64
  let pathPayload: Int64
  let segmentPause: Int64

  init(_ thresholds: Thresholds) {
    synTrials = thresholds.silence.synTrials.integer
    trials = thresholds.silence.trials.integer
    retransmissions = thresholds.silence.retransmissions.integer
    initials = thresholds.silence.initials.integer
    pauseTrials = thresholds.silence.pauseTrials.integer
    pathPayload = thresholds.silence.pathPayload.integer
    segmentPause = thresholds.silence.segmentPause.integer
  }
}

extension ObservedContent {
  /// Traffic of calls and what stands beside it: which client talked to which server, and when, may explain a silence.
  static let surveyed = callTraffic.union(.stun)
}

extension Analyzer {
  /// Shows what a connection's handshake says of the path between its ends.
  func show(_ place: FlowList.Place, to paths: inout ServerPaths) {
    guard table.flows[place.index].isTCP else { return }
    let ends = ends(place)
    guard paths.asks(client: ends.client, server: ends.server) else { return }
    let detail = table.flows[place.index].detail
    paths.note(
      tcp[detail], tcp[detail].reset == FlowState.none ? nil : resets[tcp[detail].reset], client: ends.client,
      server: ends.server, first: table.flows[place.index].first)
  }

  /// Shows a connection whose SYN was refused.
  func showRefusal(_ place: FlowList.Place, to refusals: inout Refusals, _ limits: Thresholds.Reset) {
    guard table.flows[place.index].isTCP else { return }
    let trace = tcp[table.flows[place.index].detail].reset
    guard trace != FlowState.none else { return }
    let ends = ends(place)
    refusals.note(
      resets[trace], client: ends.client, server: ends.server, spread: limits.refusalSpread.integer)
  }

  /// Whether a flow has enough unanswered requests to be tested, and whether the client spoke last for several seconds or
  /// was not answered for as long.
  @inline(always)
  func silence(
    _ place: FlowList.Place, _ limits: SilenceLimits
  ) -> (isCandidate: Bool, mayHaveBegun: Bool) {
    let detail = table.flows[place.index].detail
    let client = place.clientSide
    let isUnanswered = packets(place).server == 0
    if table.flows[place.index].isTCP {
      let isCandidate = isUnanswered && Int64(tcp[detail].opening.syns) >= limits.synTrials
      let copies =
        client == 0
        ? max(tcp[detail].sides.first.unansweredCopies, tcp[detail].sides.first.stalledCopies)
        : max(tcp[detail].sides.second.unansweredCopies, tcp[detail].sides.second.stalledCopies)
      return (
        isCandidate,
        Int64(copies) >= limits.retransmissions || tcp[detail].owedBytes > 0
          || tcp[detail].endsInFull(above: limits.pathPayload, pause: limits.segmentPause)
      )
    }
    var isCandidate = false
    let bins = client == 0 ? udp[detail].sides.first.runBins : udp[detail].sides.second.runBins
    var mayHaveBegun = Int64(bins) >= limits.trials
    let fact = table.flows[place.index].facts
    if fact != FlowState.none, facts[fact].dialogue != FlowState.none {
      let dialogue = facts[fact].dialogue
      if isUnanswered {
        isCandidate =
          Int64(dialogues[dialogue].server.bins) >= limits.trials
          || Int64(dialogues[dialogue].initial.asked) >= limits.initials
        // Together with those of other ports they may be enough.
        if dialogues[dialogue].initial.asked > 0 { mayHaveBegun = true }
      } else if !mayHaveBegun {
        mayHaveBegun = Int64(dialogues[dialogue].longestRow) >= limits.pauseTrials
      }
    }
    return (isCandidate, mayHaveBegun)
  }

  /// Shows QUIC Initials that were never answered.
  func showInitials(_ place: FlowList.Place, to rows: inout InitialRows) {
    guard packets(place).server == 0, !table.flows[place.index].isTCP else { return }
    let fact = table.flows[place.index].facts
    guard fact != FlowState.none, facts[fact].dialogue != FlowState.none else { return }
    let ask = dialogues[facts[fact].dialogue].initial
    guard ask.asked > 0 else { return }
    let ends = ends(place)
    rows.note(ask, client: ends.client, server: ends.server, port: ends.serverPort)
  }

  /// Shows a page in clear.
  func showPage(_ place: FlowList.Place, to pages: inout Pages) {
    guard table.flows[place.index].isTCP, packets(place).server > 0 else { return }
    let ends = ends(place)
    pages.note(
      tcp[table.flows[place.index].detail], clientSide: Int(place.clientSide), client: ends.client, server: ends.server)
  }

  /// A flow without the server's packets whose client went on as after an answer: the capture lacks what came.
  func followsAnswer(_ place: FlowList.Place) -> Bool {
    guard packets(place).server == 0 else { return false }
    if table.flows[place.index].isTCP {
      let detail = table.flows[place.index].detail
      let sent = place.clientSide == 0 ? tcp[detail].sides.first.sent : tcp[detail].sides.second.sent
      return sent.contains(.ack)
    }
    let fact = table.flows[place.index].facts
    return fact != FlowState.none && followsAnswer(content(place.index), fact)
  }

  /// A connection without the server's packets whose client acknowledged more than before: what it received is not in the capture.
  func acknowledgesUnseen(_ place: FlowList.Place) -> Bool {
    guard packets(place).server == 0, table.flows[place.index].isTCP else { return false }
    let side = tcp[table.flows[place.index].detail].sides[place.clientSide]
    // 0: there was none.
    return side.previousAcknowledgment != SequenceNumber(0)
      && side.latestAcknowledgment - side.previousAcknowledgment > 0
  }

  /// Datagrams of media that are not RTP were counted on a UDP flow.
  func hasSealedMedia(_ flow: UInt32) -> Bool {
    let fact = table.flows[flow].facts
    return !table.flows[flow].isTCP && fact != FlowState.none && sealedRecords(facts[fact]) != nil
  }

  /// Notes a TCP server whose packets no router had passed on, and its client's had: the capture was taken at its own end.
  func noteOwnServer(_ place: FlowList.Place, in around: inout Surroundings) {
    guard let first = firstTimesToLive(place), TimeToLive.isUntouched(first.server), first.client != 0,
      !TimeToLive.isUntouched(first.client)
    else { return }
    around.noteOwnServer(ends(place).server)
  }

  /// No router had passed on what either side of a connection sent, as their first packets show; false if one sent nothing.
  func isUnrouted(_ place: FlowList.Place) -> Bool {
    firstTimesToLive(place).map { TimeToLive.isUntouched($0.client) && TimeToLive.isUntouched($0.server) } ?? false
  }

  /// TTL of each side's first packet, 0 of one that sent nothing; nil over UDP.
  private func firstTimesToLive(_ place: FlowList.Place) -> (client: UInt8, server: UInt8)? {
    guard table.flows[place.index].isTCP else { return nil }
    let detail = table.flows[place.index].detail
    let first = tcp[detail].sides.first.timesToLive[0]
    let second = tcp[detail].sides.second.timesToLive[0]
    return place.clientSide == 0 ? (first, second) : (second, first)
  }

  /// The flow, if it asked and was not answered at all.
  func unanswered(_ outline: FlowOutline, _ place: FlowList.Place) -> UnansweredFlow? {
    guard packets(place).server == 0 else { return nil }
    let content = content(place.index)
    if table.flows[place.index].isTCP {
      guard tcp[table.flows[place.index].detail].opening.syns > 1 else { return nil }
    } else {
      let fact = table.flows[place.index].facts
      guard fact != FlowState.none else { return nil }
      let asks = facts[fact].dialogue != FlowState.none && dialogues[facts[fact].dialogue].server.asked > 0
      guard asks || !content.isDisjoint(with: [.dns, .quic]) else { return nil }
    }
    return UnansweredFlow(
      server: outline.server, transport: outline.transport, first: table.flows[place.index].first,
      application: outline.application?.application, isOfCall: !content.isDisjoint(with: .surveyed))
  }

  /// The path that a flow's media took, if they went both ways.
  func mediaPath(_ outline: FlowOutline) -> (socket: Socket, path: MediaPath)? {
    guard !outline.isTCP else { return nil }
    let media = media(table.flows[outline.index], Int(outline.clientSide))
    var first = max(media.client.first, media.server.first)
    var last = media.server.last
    if media.client.packets == 0 || media.server.packets == 0 {
      // Media without RTP, both ways.
      let flow = table.flows[outline.index].facts
      guard flow != FlowState.none, let records = opaqueMedia(facts[flow]), sealed[records].first.packets > 0,
        sealed[records].second.packets > 0
      else { return nil }
      first = max(sealed[records].first.first, sealed[records].second.first)
      last = sealed[records][1 - Int(outline.clientSide)].last
    }
    return (
      Socket(outline.client, outline.clientPort),
      MediaPath(
        key: outline.firstFrame, opened: outline.first, isPeer: !FlowJudge.isRelay(outline.content), first: first,
        last: last)
    )
  }

  /// When a request of the client was answered last on UDP, and whether two or more went unanswered since.
  private func answered(_ place: FlowList.Place) -> (last: Int64, isUnheard: Bool, pause: TimeWindow?) {
    let fact = table.flows[place.index].facts
    guard fact != FlowState.none, facts[fact].dialogue != FlowState.none else { return (.min, false, nil) }
    let dialogue = facts[fact].dialogue
    var found: (last: Int64, isUnheard: Bool, pause: TimeWindow?) = (.min, false, nil)
    func note(_ tally: RequestTally) {
      found.last = max(found.last, tally.lastAnswer)
      if tally.run > 1 { found.isUnheard = true }
      let pause = Int64(tally.pauseMilliseconds) &* 1_000_000
      if pause > found.pause.map({ $0.last &- $0.first }) ?? 0 {
        found.pause = TimeWindow(first: tally.pauseStart, last: tally.pauseStart &+ pause)
      }
    }
    if dialogues[dialogue].asker == place.clientSide { note(dialogues[dialogue].server) }
    note(dialogues[dialogue][.check(by: place.clientSide)])
    if dialogues[dialogue].greeter == place.clientSide { note(dialogues[dialogue].clientHello) }
    note(dialogues[dialogue].initial)
    return found
  }

  /// The flow as a control for one of `clients`: how often and until when the server answered; nil if it never did.
  @inline(always)
  /// `isFromLink`: what no router had passed on is of the client's own network.
  func neighbor(
    _ place: FlowList.Place, at position: Int, of clients: borrowing AddressIndex, isFromLink: Bool = false
  ) -> Neighbor? {
    guard packets(place).server > 0 else { return nil }
    let detail = table.flows[place.index].detail
    let isTCP = table.flows[place.index].isTCP
    let server = 1 - place.clientSide
    let last: Int64
    let lastSent: Int64
    let longestGap: Int64
    var heard: (last: Int64, isUnheard: Bool, pause: TimeWindow?) = (.min, false, nil)
    var mapping = (time: Int64.max, isNewAddress: false)
    var firstAnswer = Int64.max
    if isTCP {
      let sent = server == 0 ? tcp[detail].sides.first.sent : tcp[detail].sides.second.sent
      let segments = server == 0 ? tcp[detail].sides.first.dataSegments : tcp[detail].sides.second.dataSegments
      guard sent.contains(.synACK) || segments > 0 else { return nil }
      last = server == 0 ? tcp[detail].sides.first.last : tcp[detail].sides.second.last
      lastSent = server == 0 ? tcp[detail].sides.second.last : tcp[detail].sides.first.last
      longestGap = server == 0 ? tcp[detail].sides.first.longestGap : tcp[detail].sides.second.longestGap
      heard.last =
        server == 0 ? tcp[detail].sides.first.acknowledgmentTime : tcp[detail].sides.second.acknowledgmentTime
      // A SYN may have been repeated until its way was open.
      let offset = tcp[detail].opening.synACKOffset
      if offset > 0, offset < .max { firstAnswer = table.flows[place.index].first &+ Int64(offset) &* 1_000 }
      let copies = server == 0 ? tcp[detail].sides.second.stalledCopies : tcp[detail].sides.first.stalledCopies
      heard.isUnheard = copies > 1
    } else {
      guard udp[detail].exchangeBins(by: 0) > 0 || udp[detail].exchangeBins(by: 1) > 0 else { return nil }
      last = server == 0 ? udp[detail].sides.first.last : udp[detail].sides.second.last
      lastSent = server == 0 ? udp[detail].sides.second.last : udp[detail].sides.first.last
      longestGap = server == 0 ? udp[detail].sides.first.longestGap : udp[detail].sides.second.longestGap
      heard = answered(place)
      let fact = table.flows[place.index].facts
      if fact != FlowState.none, facts[fact].dialogue != FlowState.none {
        mapping.time = dialogues[facts[fact].dialogue].newMapping
        mapping.isNewAddress = dialogues[facts[fact].dialogue].hasNewAddress
        // Where the flow began with a request, nothing was answered before its answer.
        if dialogues[facts[fact].dialogue].server.first == table.flows[place.index].first {
          firstAnswer = dialogues[facts[fact].dialogue].server.firstAnswer
        }
      }
    }
    let ends = ends(place)
    guard clients.find(ends.client) != nil else { return nil }
    var neighbor = Neighbor(
      position: position, client: ends.client, clientPort: ends.clientPort, server: ends.server, port: ends.serverPort,
      transport: isTCP ? .tcp : .udp, first: table.flows[place.index].first, lastAnswer: last, lastSent: lastSent,
      trials: isTCP ? 1 : Int(udp[detail].exchangeBins(by: Int(server))), longestGap: longestGap, lastHeard: heard.last,
      isUnheard: heard.isUnheard, unheardPause: heard.pause,
      isRelay: !isTCP && content(place.index).contains(.turn), sent: sentByClient(place))
    neighbor.isFromLink =
      isTCP ? isFromLink && isUnrouted(place) : ends.serverPort == 53 && !udp[detail].isRouted(server)
    neighbor.newMapping = mapping.time
    neighbor.hasNewAddress = mapping.isNewAddress
    if firstAnswer != .max { neighbor.firstAnswer = firstAnswer }
    if !isTCP {
      neighbor.exchanged = table.flows[place.index].totalPackets &- UInt64(udp[detail].sides[Int(1 - server)].run)
    }
    return neighbor
  }
}
