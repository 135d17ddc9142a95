internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Turns a flow's states into what detectors look at, and asks them.
struct FlowJudge {
  let shards: [Shard]
  let thresholds: Thresholds
  let around: Surroundings
  var reflectorPorts: Set<ServerEndpoint> = []

  init(shards: [Shard], thresholds: Thresholds, around: Surroundings) {
    self.shards = shards
    self.thresholds = thresholds
    self.around = around
  }

  /// The verdict of one flow.
  func judge(_ outline: FlowOutline) -> Judgment {
    let shard = shards[outline.shard]
    let flow = shard.analyzer.table.flows[outline.index]
    let observation = observe(outline)
    if outline.isTCP {
      let state = shard.analyzer.tcp[flow.detail]
      let trace = state.reset == FlowState.none ? nil : shard.analyzer.resets[state.reset]
      return Detectors.judge(observation, state, trace, around, thresholds)
    }
    return Detectors.judge(observation, shard.analyzer.udp[flow.detail], around, thresholds)
  }

  /// What detectors may look at.
  func observe(_ outline: FlowOutline) -> FlowObservation {
    let shard = shards[outline.shard]
    let flow = shard.analyzer.table.flows[outline.index]
    let clientSide = Int(outline.clientSide)
    var observation = FlowObservation(
      client: outline.client, server: outline.server, serverPort: outline.serverPort, first: outline.first,
      last: outline.last, firstFrame: outline.firstFrame, packets: outline.packets, clientSide: clientSide)
    if outline.isTCP {
      observation.isServerRole = Self.isServer(outline)
    } else {
      observation.media = shard.analyzer.media(flow, clientSide)
    }
    guard flow.facts != FlowState.none else { return observation }
    let facts = shard.analyzer.facts[flow.facts]
    if !outline.isTCP { observation.isServerRole = Self.isRelay(outline.content) }
    if !outline.content.isDisjoint(with: [.reflectorHello, .reflectorLegacy]) {
      observation.requestKind = .reflectorHello
    } else if !outline.content.isDisjoint(with: [.turn, .stunToken4000]) {
      observation.requestKind = .allocate
    }
    observation.isPeerPath =
      outline.content.contains(.iceCheck) && outline.content.isDisjoint(with: [.turn, .reflectorHello])
    observation.isReflectorPort =
      !outline.content.contains(.reflectorHello)
      && reflectorPorts.contains(ServerEndpoint(address: outline.server, port: outline.serverPort))
    observation.hasOpaqueMedia = facts.opaque[0] > FlowJudge.opaqueMedia || facts.opaque[1] > FlowJudge.opaqueMedia
    if facts.dialogue != FlowState.none {
      let dialogue = shard.analyzer.dialogues[facts.dialogue]
      observation.dialogue = dialogue
      observation.isSecured = dialogue.sealedRecords[0] > 0 && dialogue.sealedRecords[1] > 0
      observation.media.client.control = dialogue.controlPackets[clientSide]
      observation.media.server.control = dialogue.controlPackets[1 - clientSide]
    }
    return observation
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

  /// Datagrams of no known format on a call's path from which on they are taken for media.
  static let opaqueMedia: UInt32 = 50
}

extension Analyzer {
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
