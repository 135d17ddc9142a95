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
    if !outline.isTCP { observation.media = shard.media(flow, clientSide) }
    guard flow.facts != FlowState.none else { return observation }
    let facts = shard.analyzer.facts[flow.facts]
    observation.isServerRole = !outline.content.isDisjoint(with: [
      .turn, .reflectorHello, .reflectorLegacy, .stunToken4000, .stunType080x,
    ])
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

  /// Datagrams of no known format on a call's path from which on they are taken for media.
  static let opaqueMedia: UInt32 = 50
}

extension Shard {
  /// RTP of both sides, summed over confirmed streams.
  func media(_ flow: FlowState, _ clientSide: Int) -> (client: MediaObservation, server: MediaObservation) {
    var client = MediaObservation()
    var server = MediaObservation()
    var index = analyzer.udp[flow.detail].streams
    while index != FlowState.none {
      let stream = analyzer.streams[index]
      if stream.isConfirmed(analyzer.confirmingSteps) {
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
