internal import Detection
internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// Turns a flow's states into what detectors look at, and asks them.
struct FlowJudge {
  let shards: [Shard]
  let known: Circumstances
  let reflectorPorts: Set<ServerEndpoint>

  /// The verdict of one flow.
  func judge(_ outline: FlowOutline) -> Judgment {
    shards[outline.shard].analyzer.judge(outline, known, reflectorPorts)
  }

  /// The verdict of a flow that was observed already.
  func judge(_ outline: FlowOutline, _ observation: FlowObservation) -> Judgment {
    shards[outline.shard].analyzer.judge(outline, observation, known)
  }

  /// Whether the resets of a connection may be somebody else's.
  func mayAccuse(_ place: FlowList.Place) -> Bool {
    shards[Int(place.shard)].analyzer.mayAccuse(place.index, known)
  }

  /// The server's name that a flow told.
  func name(_ outline: FlowOutline) -> String? { shards[outline.shard].analyzer.names.text(outline.name) }

  /// What detectors may look at.
  func observe(_ outline: FlowOutline) -> FlowObservation {
    var observation = FlowObservation(outline)
    shards[outline.shard].analyzer.observe(outline, reflectorPorts, into: &observation)
    return observation
  }
}

extension FlowObservation {
  /// What the outline says already.
  @inline(__always)
  fileprivate init(_ outline: FlowOutline) {
    self.init(
      client: outline.client, server: outline.server, serverPort: outline.serverPort, first: outline.first,
      last: outline.last, firstFrame: outline.firstFrame, packets: outline.packets, clientSide: Int(outline.clientSide))
    bytes = outline.bytes
    if let match = outline.application, match.grade != .weak { application = match.application }
  }
}

extension Analyzer {
  /// The verdict of one flow.
  func judge(
    _ outline: FlowOutline, _ known: Circumstances, _ reflectorPorts: Set<ServerEndpoint>
  ) -> Judgment {
    var observation = FlowObservation(outline)
    observe(outline, reflectorPorts, into: &observation)
    return judge(outline, observation, known)
  }

  fileprivate func judge(
    _ outline: FlowOutline, _ observation: FlowObservation, _ known: Circumstances
  ) -> Judgment {
    let detail = table.flows[outline.index].detail
    if !outline.isTCP { return Detectors.judge(observation, udp[detail], known) }
    let reset = tcp[detail].reset
    var judgment =
      reset == FlowState.none
      ? Detectors.judge(observation, tcp[detail], nil, known)
      : Detectors.judge(observation, tcp[detail], resets[reset], known)
    if judgment.isFinding,
      let precedent = known.replication.precedent(of: observation, name: names.text(outline.name), known)
    {
      judgment.evidence.append(precedent)
    }
    return judgment
  }

  fileprivate func mayAccuse(_ index: UInt32, _ known: Circumstances) -> Bool {
    let detail = table.flows[index].detail
    let reset = tcp[detail].reset
    return reset != FlowState.none && Resets.mayAccuse(tcp[detail], resets[reset], known)
  }

  /// Adds what the flow's states say.
  fileprivate func observe(
    _ outline: FlowOutline, _ reflectorPorts: Set<ServerEndpoint>, into observation: inout FlowObservation
  ) {
    let flow = table.flows[outline.index]
    let clientSide = Int(outline.clientSide)
    if outline.isTCP {
      observation.isServerRole = Self.isServer(outline)
      observation.isHTTP = outline.content.contains(.http)
    } else if udp[flow.detail].streams != FlowState.none {
      observation.media = media(flow, clientSide)
      observation.passages = CapTraces.passages(self, flow, clientSide)
    }
    guard flow.facts != FlowState.none else { return }
    if outline.content.contains(.dns), !outline.isTCP {
      observation.answers = dnsAnswers.pair(
        client: AddressBits(outline.client), port: outline.clientPort, server: AddressBits(outline.server))
    }
    if !outline.isTCP { observation.isServerRole = Self.isRelay(outline.content) }
    if !outline.content.isDisjoint(with: [.reflectorHello, .reflectorLegacy]) {
      observation.requestKind = .reflectorHello
    } else if !outline.content.isDisjoint(with: [.turn, .stunToken4000]) {
      observation.requestKind = .allocate
    }
    observation.isPeerPath =
      outline.content.contains(.iceCheck) && outline.content.isDisjoint(with: [.turn, .reflectorHello])
    observation.isReflectorPort =
      !reflectorPorts.isEmpty && !outline.content.contains(.reflectorHello)
      && reflectorPorts.contains(ServerEndpoint(address: outline.server, port: outline.serverPort))
    observation.hasOpaqueMedia = facts[flow.facts].hasOpaqueMedia
    let index = facts[flow.facts].dialogue
    if index != FlowState.none {
      observation.dialogue = dialogues[index]
      observation.isSecured = dialogues[index].sealedRecords[0] > 0 && dialogues[index].sealedRecords[1] > 0
      observation.media.client.control = dialogues[index].controlPackets[clientSide]
      observation.media.server.control = dialogues[index].controlPackets[1 - clientSide]
    }
  }

  private static func isRelay(_ content: ObservedContent) -> Bool {
    !content.isDisjoint(with: [.turn, .reflectorHello, .reflectorLegacy, .stunToken4000, .stunType080x])
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

  /// RTP of both sides, summed over confirmed streams.
  func media(_ flow: FlowState, _ clientSide: Int) -> (client: MediaObservation, server: MediaObservation) {
    var client = MediaObservation()
    var server = MediaObservation()
    var index = udp[flow.detail].streams
    while index != FlowState.none {
      let stream = streams[index]
      if stream.isConfirmed(confirmingSteps) {
        if Int(stream.side) == clientSide { add(stream, to: &client) } else { add(stream, to: &server) }
      }
      index = stream.following
    }
    return (client, server)
  }

  private func add(_ stream: MediaStream, to media: inout MediaObservation) {
    media.packets += UInt64(stream.packets)
    media.expected += stream.expected
    media.lost += stream.lost
    media.first = min(media.first, stream.first)
    media.last = max(media.last, stream.last)
  }
}

/// A server's address and port.
struct ServerEndpoint: Hashable {
  let address: IPAddress
  let port: UInt16
}
