internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Turns a flow's states into what detectors look at, and asks them.
struct FlowJudge {
  let analyzers: Analyzers
  let known: Circumstances
  let reflectorPorts: Set<Socket>

  /// The verdict of one flow.
  func judge(_ outline: FlowOutline) -> Judgment {
    let observation = observe(outline)
    return judge(outline, observation)
  }

  /// The verdict of a flow that was observed already.
  func judge(_ outline: FlowOutline, _ observation: FlowObservation) -> Judgment {
    var judgment = Judgment(.inconclusive, grade: .inconclusive, reason: Phrase(""))
    judge(outline, observation, into: &judgment)
    return judgment
  }

  /// The same, in the place of another verdict.
  func judge(_ outline: FlowOutline, _ observation: FlowObservation, into judgment: inout Judgment) {
    analyzers[outline.shard].judge(outline, observation, known, into: &judgment)
  }

  /// Whether the resets of a connection may be somebody else's.
  func mayAccuse(_ place: FlowList.Place) -> Bool {
    analyzers[Int(place.shard)].mayAccuse(place.index, known)
  }

  /// Whether a connection's SYN was answered with a reset.
  func isRefused(_ place: FlowList.Place) -> Bool {
    analyzers[Int(place.shard)].isRefused(place.index)
  }

  /// The server's name that a flow told.
  func name(_ outline: FlowOutline) -> String? { analyzers[outline.shard].names.text(outline.name) }

  /// A relay, STUN server or reflector by what was exchanged, or a server that mixes or forwards a call's media.
  static func isRelay(_ content: ObservedContent) -> Bool {
    !content.isDisjoint(
      with: [.turn, .reflectorHello, .reflectorLegacy, .stunToken4000, .stunType080x, .discordFraming])
  }

  /// What detectors may look at.
  func observe(_ outline: FlowOutline) -> FlowObservation {
    var observation = FlowObservation()
    observe(outline, into: &observation)
    return observation
  }

  /// The same, in the place of another flow's.
  func observe(_ outline: FlowOutline, into observation: inout FlowObservation) {
    analyzers[outline.shard].observe(outline, reflectorPorts, known, into: &observation)
  }
}

extension FlowObservation {
  /// Of no flow.
  init() {
    let nobody = IPAddress(v4: 0)
    self.init(
      client: nobody, server: nobody, serverPort: 0, first: 0, last: 0, firstFrame: 0, packets: (0, 0), clientSide: 0)
  }
}

extension Analyzer {
  /// The verdict of a flow that was observed; given again where the capture's own drops may be its reason.
  func judge(
    _ outline: FlowOutline, _ observation: FlowObservation, _ known: Circumstances, into judgment: inout Judgment
  ) {
    judgeOnce(outline, observation, known, into: &judgment)
    guard let doubted = known.doubted(judgment, of: observation) else { return }
    if judgment.outcome == .degraded, let lossy = Silence.lossyCapture(doubted) {
      judgment = lossy
    } else {
      judgeOnce(outline, observation, doubted, into: &judgment)
    }
  }

  private func judgeOnce(
    _ outline: FlowOutline, _ observation: FlowObservation, _ known: Circumstances, into judgment: inout Judgment
  ) {
    let detail = table.flows[outline.index].detail
    if !outline.isTCP {
      if Detectors.judgeOrdinary(observation, known, into: &judgment) { return }
      judgment = Detectors.judge(observation, udp[detail], known)
    } else if tcp[detail].reset == FlowState.none {
      let first = TransferSide(tcp[detail].sides.first)
      let second = TransferSide(tcp[detail].sides.second)
      let isFirst = outline.clientSide == 0
      if Detectors.judgeOrdinary(
        observation, isFirst ? first : second, isFirst ? second : first, known, into: &judgment)
      {
        return
      }
      judgment = Detectors.judge(observation, tcp[detail], nil, known)
    } else {
      judgment = Detectors.judge(observation, tcp[detail], resets[tcp[detail].reset], known)
    }
    if outline.isTCP, judgment.isFinding,
      let precedent = known.replication.precedent(of: observation, name: names.text(outline.name), known)
    {
      judgment.evidence.append(precedent)
    }
  }

  fileprivate func mayAccuse(_ index: UInt32, _ known: Circumstances) -> Bool {
    let detail = table.flows[index].detail
    let reset = tcp[detail].reset
    return reset != FlowState.none && Resets.mayAccuse(tcp[detail], resets[reset], known)
  }

  fileprivate func isRefused(_ index: UInt32) -> Bool {
    let reset = tcp[table.flows[index].detail].reset
    return reset != FlowState.none && Resets.isRefusal(resets[reset])
  }

  /// What the outline and the flow's states say, in the place of another flow's.
  func observe(
    _ outline: FlowOutline, _ reflectorPorts: Set<Socket>, _ known: Circumstances,
    into observation: inout FlowObservation
  ) {
    observation.renew(
      client: outline.client, server: outline.server, serverPort: outline.serverPort, first: outline.first,
      last: outline.last, firstFrame: outline.firstFrame, packets: outline.packets, clientSide: Int(outline.clientSide))
    observation.bytes = outline.bytes
    observation.clientPort = outline.clientPort
    if let match = outline.application, match.grade != .weak { observation.application = match.application }
    let clientSide = Int(outline.clientSide)
    let fact = table.flows[outline.index].facts
    if outline.isTCP {
      observation.isServerRole = Self.isServer(outline)
      observation.isHTTP = outline.content.contains(.http)
      observation.isTLS = outline.content.contains(.tls)
      let detail = table.flows[outline.index].detail
      observation.owedBytes = tcp[detail].owedBytes
      // Answers of one segment each, of one length, are all as large as the one before: a download has more segments than requests.
      let limits = known.thresholds.silence
      if tcp[detail].endsInFull(above: limits.pathPayload.integer, pause: limits.segmentPause.integer),
        tcp[detail].sides[1 - clientSide].dataSegments >= 2 * tcp[detail].sides[clientSide].dataSegments
      {
        observation.fullAfter = tcp[detail].sides[1 - clientSide].payload
        observation.isCutOff = tcp[detail].newestIsCutOff(spare: limits.segmentSpare.integer)
      }
      observation.lacksOpening = tcp[detail].opener == 2
      let unreceived = tcp[detail].unreceivedBytes(from: 1 - clientSide)
      if unreceived > 0 {
        observation.unreceived = (unreceived, outline.last &- tcp[detail].sides[clientSide].acknowledgmentTime)
      }
    } else {
      let side = udp[table.flows[outline.index].detail].sides[clientSide]
      observation.latest = (side.last, udp[table.flows[outline.index].detail].sides[1 - clientSide].last)
      if side.run > 0 { observation.unheard = (side.runStart, side.runBins, side.longestGap) }
      observation.unheardPackets = UInt64(side.run)
      observation.asksUncounted = !outline.content.isDisjoint(with: [.sip, .dns])
    }
    if !outline.isTCP, udp[table.flows[outline.index].detail].streams != FlowState.none {
      observation.media = media(table.flows[outline.index], clientSide)
      observation.endedStream = endedStream(table.flows[outline.index], outline, observation.media, known)
      observation.passages = known.around.lossyCall(outline.firstFrame)?.passages
      observation.lateness = lateness(table.flows[outline.index], clientSide: outline.clientSide)
      addReports(outline, known, to: &observation)
    }
    guard fact != FlowState.none else { return }
    if !outline.isTCP { observation.isServerRole = FlowJudge.isRelay(outline.content) }
    if !outline.content.isDisjoint(with: [.reflectorHello, .reflectorLegacy]) {
      observation.requestKind = .reflectorHello
    } else if !outline.content.isDisjoint(with: [.turn, .stunToken4000]) {
      observation.requestKind = .allocate
    } else if outline.content.contains(.discordFraming) {
      observation.requestKind = .discovery
    } else if outline.content.contains(.sipRegister) {
      observation.requestKind = .registration
      observation.isServerRole = true
    }
    observation.isPeerPath =
      outline.content.contains(.iceCheck) && outline.content.isDisjoint(with: [.turn, .reflectorHello])
    observation.isReflectorPort =
      !reflectorPorts.isEmpty && !outline.content.contains(.reflectorHello)
      && reflectorPorts.contains(Socket(outline.server, outline.serverPort))
    observation.hasOpaqueMedia = hasOpaqueMedia(facts[fact])
    if !outline.isTCP, outline.packets.server == 0 {
      observation.followsAnswer = followsAnswer(outline.content, fact)
    }
    let index = facts[fact].dialogue
    if index != FlowState.none {
      observation.keep(dialogues[index])
      if dialogues[index].hangUp != .max {
        var settled = settled(index, of: table.flows[outline.index])
        // Signalling goes on behind the end of each call.
        if outline.isSIP { settled.forgetHangUps() }
        observation.keep(settled)
      }
      let trips = dialogues[index].roundTrips[clientSide]
      if trips != FlowState.none, dialogues[index].longestRow > 1 {
        observation.roundTripGrowth = roundTrips[trips].growth
      }
      observation.isSecured = dialogues[index].sealedRecords[0] > 0 && dialogues[index].sealedRecords[1] > 0
      observation.media.client.control = dialogues[index].controlPackets[clientSide]
      observation.media.server.control = dialogues[index].controlPackets[1 - clientSide]
    }
    if !outline.isTCP {
      if udp[table.flows[outline.index].detail].streams != FlowState.none {
        addControl(outline, known, to: &observation)
      }
      observation.answeredEarlier = udp[table.flows[outline.index].detail].wasAnswered
    }
    // Over TCP: what a relay's channels carry.
    if let records = sealedRecords(facts[fact]) {
      observation.opaque = (
        OpaqueObservation(sealed[records][clientSide]), OpaqueObservation(sealed[records][1 - clientSide])
      )
      if !outline.isTCP {
        let isUntouched = !udp[table.flows[outline.index].detail].isRouted(clientSide)
        observation.sealed = sealed(observation, records, fact, clientSide, isUntouched: isUntouched)
      }
    }
  }

  /// What a client sends on UDP only after an answer: a challenge's REALM (RFC 8489 section 9.2) or credentials for it, data on a
  /// relay's channel, media.
  func followsAnswer(_ content: ObservedContent, _ fact: UInt32) -> Bool {
    if facts[fact].realm != NameTable.none || !content.isDisjoint(with: [.channelData, .rtp, .dtlsData]) {
      return true
    }
    return facts[fact].dialogue != FlowState.none && dialogues[facts[fact].dialogue].followsChallenge
  }

  /// Media without RTP numbers; nil if there is nothing to look at.
  private func sealed(
    _ observation: FlowObservation, _ records: UInt32, _ fact: UInt32, _ clientSide: Int, isUntouched: Bool
  ) -> SealedMedia? {
    func side(_ sealed: SealedRecords, _ streams: MediaObservation) -> SealedSide? {
      guard streams.packets == 0 else { return nil }
      if sealed.numbered > 0 {
        guard sealed.lost >= 15, let losses = sealed.losses else { return nil }
        return SealedSide(pattern: losses, cadence: sealed.cadence, roundTrips: roundTrips(fact, clientSide))
      }
      guard observation.hasOpaqueMedia, sealed.packets >= 300 else { return nil }
      return SealedSide(pattern: nil, cadence: sealed.cadence, roundTrips: roundTrips(fact, clientSide))
    }
    let client = side(sealed[records][clientSide], observation.media.client)
    let server = side(sealed[records][1 - clientSide], observation.media.server)
    return client == nil && server == nil
      ? nil : SealedMedia(client: client, server: server, isClientUntouched: isUntouched)
  }

  /// A TCP server by its port, by what it speaks or by its name: one that owes answers. A peer-to-peer host does not.
  private static func isServer(_ outline: FlowOutline) -> Bool {
    if outline.serverPort < 1024 || outline.application != nil { return true }
    if outline.name != NameTable.none || outline.resolved != NameTable.none { return true }
    if !outline.content.isDisjoint(with: [.tls, .http, .stun, .turn, .sip, .noiseOpening, .mtprotoTag]) { return true }
    switch outline.serverPort {
    // TURN and STUN, chat services, alternative web ports (IANA registry; METHOD.md W2.1 for 4244, 5222 and 5242).
    case 3478...3481, 5349, 4244, 5222, 5223, 5228, 5242, 8080, 8443, 19302...19309: return true
    default: return false
    }
  }

  /// Of streams that ended early, the one that ended first. Another that began about then went on with what it sent: a camera
  /// that turns, an encoder that starts anew.
  private func endedStream(
    _ flow: FlowState, _ outline: FlowOutline, _ media: (client: MediaObservation, server: MediaObservation),
    _ known: Circumstances
  ) -> EndedStream? {
    let limits = known.thresholds.power
    var found: EndedStream?
    forEachStream(of: flow) { index in
      let stream = streams[index]
      let isClients = stream.side == outline.clientSide
      let end = isClients ? media.client.last : media.server.last
      // What took its place may not be followed.
      guard (isClients ? media.client.unfollowed : media.server.unfollowed) == 0,
        end &- stream.last >= known.thresholds.silence.cutoff.integer,
        Int64(stream.packets) >= limits.mediaPackets.integer, stream.last &- stream.first >= limits.mediaSpan.integer,
        stream.last < found?.last ?? .max, !isReplaced(stream, flow, within: limits.mediaSpan.integer)
      else { return }
      found = EndedStream(
        isServers: !isClients, frame: outline.firstFrame + UInt64(stream.firstFrame), last: stream.last, others: end)
    }
    return found
  }

  private func isReplaced(_ ended: MediaStream, _ flow: FlowState, within span: Int64) -> Bool {
    var index = udp[flow.detail].streams
    while index != FlowState.none {
      let stream = streams[index]
      if stream.side == ended.side, stream.ssrc != ended.ssrc, stream.first >= ended.last &- span { return true }
      index = stream.following
    }
    return false
  }
}

extension OpaqueObservation {
  fileprivate init(_ records: SealedRecords) {
    self.init(
      packets: records.packets, first: records.first, last: records.last, longestGap: records.longestGap)
  }
}
