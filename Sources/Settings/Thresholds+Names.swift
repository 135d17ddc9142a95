extension Thresholds {
  /// Every threshold by its name, `group.field`: for overriding one by name. A test holds the list complete.
  ///
  /// Written out, because a key path cannot be made from a name.
  static let paths: [(name: String, path: any WritableKeyPath<Thresholds, Threshold> & Sendable)] = [
    ("flow.udpIdle", \.flow.udpIdle),
    ("flow.maximum", \.flow.maximum),
    ("flow.evictionScan", \.flow.evictionScan),
    ("flow.streams", \.flow.streams),
    ("media.confirmingSteps", \.media.confirmingSteps),
    ("media.maximumStep", \.media.maximumStep),
    ("calls.slack", \.calls.slack),
    ("calls.memory", \.calls.memory),
    ("calls.streamMemory", \.calls.streamMemory),
    ("calls.handover", \.calls.handover),
    ("calls.pause", \.calls.pause),
    ("calls.silence", \.calls.silence),
    ("calls.mediaPause", \.calls.mediaPause),
    ("calls.overlap", \.calls.overlap),
    ("calls.afterHangUp", \.calls.afterHangUp), ("calls.release", \.calls.release),
    ("calls.afterEnd", \.calls.afterEnd),
    ("silence.trials", \.silence.trials),
    ("silence.span", \.silence.span),
    ("silence.bin", \.silence.bin),
    ("silence.cutoff", \.silence.cutoff),
    ("silence.gapFactor", \.silence.gapFactor),
    ("silence.retransmissions", \.silence.retransmissions),
    ("silence.synTrials", \.silence.synTrials),
    ("silence.controlOverlap", \.silence.controlOverlap),
    ("silence.requestPause", \.silence.requestPause),
    ("silence.together", \.silence.together),
    ("silence.answeredShare", \.silence.answeredShare),
    ("silence.lineGap", \.silence.lineGap),
    ("silence.hangUp", \.silence.hangUp),
    ("silence.natIdle", \.silence.natIdle),
    ("silence.freezeLeastPackets", \.silence.freezeLeastPackets),
    ("silence.freezeMostPackets", \.silence.freezeMostPackets),
    ("silence.freezeLeastBytes", \.silence.freezeLeastBytes),
    ("silence.freezeMostBytes", \.silence.freezeMostBytes),
    ("silence.freezeFlows", \.silence.freezeFlows),
    ("silence.freezeSpread", \.silence.freezeSpread),
    ("silence.freezeAmount", \.silence.freezeAmount),
    ("silence.freezeVariation", \.silence.freezeVariation),
    ("silence.allowedNetworks", \.silence.allowedNetworks),
    ("silence.notices", \.silence.notices),
    ("silence.initials", \.silence.initials),
    ("silence.initialSpan", \.silence.initialSpan),
    ("silence.probes", \.silence.probes),
    ("silence.acknowledgment", \.silence.acknowledgment),
    ("silence.probeShare", \.silence.probeShare),
    ("silence.pauseTrials", \.silence.pauseTrials),
    ("silence.oneWayLoss", \.silence.oneWayLoss),
    ("silence.consent", \.silence.consent),
    ("silence.rowChance", \.silence.rowChance),
    ("silence.waited", \.silence.waited),
    ("silence.leastPathPayload", \.silence.leastPathPayload),
    ("silence.pathPayload", \.silence.pathPayload),
    ("silence.segmentSpare", \.silence.segmentSpare),
    ("silence.segmentPause", \.silence.segmentPause),
    ("silence.pathPacket", \.silence.pathPacket),
    ("silence.mediaSpan", \.silence.mediaSpan),
    ("reset.sequenceSlack", \.reset.sequenceSlack),
    ("reset.reorder", \.reset.reorder),
    ("reset.early", \.reset.early),
    ("reset.distance", \.reset.distance),
    ("reset.pairWindow", \.reset.pairWindow),
    ("reset.identification", \.reset.identification),
    ("reset.idle", \.reset.idle),
    ("reset.fresh", \.reset.fresh),
    ("reset.stateLoss", \.reset.stateLoss),
    ("reset.radioIdle", \.reset.radioIdle),
    ("reset.repetition", \.reset.repetition),
    ("reset.silence", \.reset.silence),
    ("reset.residual", \.reset.residual),
    ("reset.awake", \.reset.awake),
    ("reset.steady", \.reset.steady),
    ("reset.front", \.reset.front),
    ("reset.refusalNear", \.reset.refusalNear),
    ("reset.refusalHops", \.reset.refusalHops),
    ("reset.refusalSpread", \.reset.refusalSpread),
    ("reset.refusalNetworks", \.reset.refusalNetworks),
    ("reset.local", \.reset.local),
    ("grade.probability", \.grade.probability),
    ("grade.servers", \.grade.servers),
    ("grade.capped", \.grade.capped),
    ("grade.overlap", \.grade.overlap),
    ("grade.fullRate", \.grade.fullRate),
    ("grade.connections", \.grade.connections),
    ("pair.bins", \.pair.bins),
    ("pair.others", \.pair.others),
    ("pair.share", \.pair.share),
    ("power.packets", \.power.packets),
    ("power.payload", \.power.payload),
    ("power.mediaPackets", \.power.mediaPackets),
    ("power.losses", \.power.losses),
    ("power.lossShare", \.power.lossShare),
    ("power.streamLoss", \.power.streamLoss),
    ("power.stretchLoss", \.power.stretchLoss),
    ("power.late", \.power.late),
    ("power.lateAnswers", \.power.lateAnswers),
    ("power.retransmissionShare", \.power.retransmissionShare),
    ("power.fewCopies", \.power.fewCopies),
    ("power.fewSegments", \.power.fewSegments),
    ("power.fewShare", \.power.fewShare),
    ("power.pauseRow", \.power.pauseRow),
    ("power.pauses", \.power.pauses),
    ("power.mediaSpan", \.power.mediaSpan),
    ("power.ownLoss", \.power.ownLoss),
    ("power.ownShare", \.power.ownShare),
    ("power.sharedMoments", \.power.sharedMoments),
    ("power.holeFrames", \.power.holeFrames),
    ("power.twins", \.power.twins),
    ("power.twinShare", \.power.twinShare),
    ("power.captureEdge", \.power.captureEdge),
    ("cap.losses", \.cap.losses),
    ("cap.filledGaps", \.cap.filledGaps),
    ("cap.span", \.cap.span),
    ("cap.transferSpan", \.cap.transferSpan),
    ("cap.conformity", \.cap.conformity),
    ("cap.coarseConformity", \.cap.coarseConformity),
    ("cap.coarseGoodput", \.cap.coarseGoodput),
    ("cap.connectionConformity", \.cap.connectionConformity),
    ("cap.burstConformity", \.cap.burstConformity),
    ("cap.nearGoodput", \.cap.nearGoodput),
    ("cap.hopeless", \.cap.hopeless),
    ("cap.edge", \.cap.edge),
    ("cap.chance", \.cap.chance),
    ("cap.draws", \.cap.draws),
    ("cap.offers", \.cap.offers),
    ("cap.drawBudget", \.cap.drawBudget),
    ("cap.drawShare", \.cap.drawShare),
    ("cap.lossesEnough", \.cap.lossesEnough),
    ("cap.sure", \.cap.sure),
    ("cap.goodputLeast", \.cap.goodputLeast),
    ("cap.goodputMost", \.cap.goodputMost),
    ("cap.goodputBound", \.cap.goodputBound),
    ("cap.emptyShare", \.cap.emptyShare),
    ("cap.rateSpread", \.cap.rateSpread),
    ("cap.strayShare", \.cap.strayShare),
    ("cap.strayPause", \.cap.strayPause),
    ("cap.strayRate", \.cap.strayRate),
    ("cap.queue", \.cap.queue),
    ("cap.queueBin", \.cap.queueBin),
    ("cap.peakBin", \.cap.peakBin),
    ("cap.peakApart", \.cap.peakApart),
    ("cap.peakReach", \.cap.peakReach),
    ("cap.peakLosses", \.cap.peakLosses),
    ("cap.peaksElsewhere", \.cap.peaksElsewhere),
    ("cap.standing", \.cap.standing),
    ("cap.variation", \.cap.variation),
    ("cap.steady", \.cap.steady),
    ("cap.steadyLosses", \.cap.steadyLosses),
    ("cap.closing", \.cap.closing),
    ("cap.bunched", \.cap.bunched),
    ("cap.bunchedPace", \.cap.bunchedPace),
    ("cap.bunchedPairs", \.cap.bunchedPairs),
    ("cap.bunchedStep", \.cap.bunchedStep),
    ("cap.closeSegments", \.cap.closeSegments),
    ("cap.closePackets", \.cap.closePackets),
    ("cap.bunchHold", \.cap.bunchHold),
    ("cap.bunchBetween", \.cap.bunchBetween),
    ("cap.rhythmLosses", \.cap.rhythmLosses),
    ("cap.rhythmCount", \.cap.rhythmCount),
    ("cap.rhythmKept", \.cap.rhythmKept),
    ("cap.rhythmStray", \.cap.rhythmStray),
    ("cap.rhythmTime", \.cap.rhythmTime),
    ("cap.rhythmDeviations", \.cap.rhythmDeviations),
    ("cap.rhythmLeast", \.cap.rhythmLeast),
    ("cap.gapLosses", \.cap.gapLosses),
    ("cap.gapPause", \.cap.gapPause),
    ("cap.fullSegment", \.cap.fullSegment),
    ("cap.segmentPairs", \.cap.segmentPairs),
    ("cap.lineSegments", \.cap.lineSegments),
    ("cap.lineSegmentsJoined", \.cap.lineSegmentsJoined),
    ("cap.roundTrips", \.cap.roundTrips),
    ("cap.sharedShare", \.cap.sharedShare),
    ("cap.besideShare", \.cap.besideShare),
    ("cap.steadyGap", \.cap.steadyGap),
    ("cap.steadyReach", \.cap.steadyReach),
    ("cap.heldShare", \.cap.heldShare),
    ("cap.lineShare", \.cap.lineShare),
    ("cap.longRoundTrip", \.cap.longRoundTrip),
    ("cap.keeping", \.cap.keeping),
    ("cap.onset", \.cap.onset),
    ("cap.onsetBytes", \.cap.onsetBytes),
    ("cap.onsetTransfer", \.cap.onsetTransfer),
    ("cap.onsetDeviations", \.cap.onsetDeviations),
    ("cap.onsetOffer", \.cap.onsetOffer),
    ("cap.plateau", \.cap.plateau),
    ("cap.plateauWidth", \.cap.plateauWidth),
    ("cap.discardShare", \.cap.discardShare),
    ("cap.regular", \.cap.regular),
    ("cap.clustered", \.cap.clustered),
    ("cap.correlation", \.cap.correlation),
    ("cap.chanceCorrelation", \.cap.chanceCorrelation),
    ("cap.lossFree", \.cap.lossFree),
    ("cap.paceSlack", \.cap.paceSlack),
    ("cap.paceWidth", \.cap.paceWidth),
    ("cap.paceShare", \.cap.paceShare),
    ("cap.pacePauses", \.cap.pacePauses),
    ("cap.sizeRatio", \.cap.sizeRatio),
    ("cap.sizeCut", \.cap.sizeCut),
    ("cap.sizeTail", \.cap.sizeTail),
    ("cap.sizeStep", \.cap.sizeStep),
    ("cap.sizeStreams", \.cap.sizeStreams),
    ("cap.queueShare", \.cap.queueShare),
    ("cap.queueSlope", \.cap.queueSlope),
    ("cap.inflation", \.cap.inflation),
    ("cap.inflationFloor", \.cap.inflationFloor),
    ("cap.phases", \.cap.phases),
    ("cap.phasePause", \.cap.phasePause),
    ("cap.growth", \.cap.growth),
    ("cap.windowShare", \.cap.windowShare),
    ("cap.resolution", \.cap.resolution),
    ("comparison.samples", \.comparison.samples),
    ("comparison.area", \.comparison.area),
    ("comparison.alike", \.comparison.alike),
    ("comparison.p", \.comparison.p),
    ("quality.packets", \.quality.packets),
    ("quality.frozenShare", \.quality.frozenShare),
    ("quality.heardShare", \.quality.heardShare),
    ("quality.concealed", \.quality.concealed),
    ("quality.delay", \.quality.delay),
    ("quality.equipmentG711", \.quality.equipmentG711),
    ("quality.robustnessG711", \.quality.robustnessG711),
    ("quality.equipmentG729", \.quality.equipmentG729),
    ("quality.robustnessG729", \.quality.robustnessG729),
    ("score.ok", \.score.ok),
    ("score.blackhole", \.score.blackhole),
    ("score.cutoff", \.score.cutoff),
    ("score.resetInjected", \.score.resetInjected),
    ("score.resetRewritten", \.score.resetRewritten),
    ("score.resetEndpoint", \.score.resetEndpoint),
    ("score.policer", \.score.policer),
    ("score.shaper", \.score.shaper),
    ("score.randomDiscard", \.score.randomDiscard),
    ("score.degraded", \.score.degraded),
  ]

  /// Names of all thresholds.
  public static var allNames: [String] { paths.map(\.name) }

  /// What came of setting a threshold.
  public enum Setting: Sendable {
    case set
    case unknown
    /// 0 or less, no number, or more than the program can count with, a share or a probability can be.
    case outOfRange(unit: Threshold.Unit, most: Double)
    /// A part of one where things are counted.
    case notWhole
  }

  /// Last words of names whose ratios are parts of one whole.
  private static let parts = ["share", "Share", "Loss", "probability", "area", ".p"]

  /// Sets the threshold of this name.
  public mutating func set(_ name: String, to value: Double) -> Setting {
    guard let path = Self.paths.first(where: { $0.name == name })?.path else { return .unknown }
    let unit = self[keyPath: path].unit
    let isPart = name.hasPrefix("score.") || Self.parts.contains { name.hasSuffix($0) }
    let most: Double =
      switch unit {
      case .nanoseconds: 1e15
      case .count: 1e9
      case .bytes, .bitsPerSecond: 1e12
      case .milliseconds: 1e6
      case .ratio: isPart ? 1 : 1e6
      }
    // What is 0 unless it is set may be set to that.
    let isDefault = value == Thresholds()[keyPath: path].value
    guard value > 0 || isDefault, value <= most else { return .outOfRange(unit: unit, most: most) }
    guard unit != .count || value == value.rounded() else { return .notWhole }
    self[keyPath: path].value = value
    return .set
  }

  /// Name and value of every threshold, sorted by name: what the rules digest covers.
  public var listing: [(name: String, threshold: Threshold)] {
    Self.paths.map { ($0.name, self[keyPath: $0.path]) }.sorted { $0.name < $1.name }
  }

  /// Names that resemble one that does not exist: those of its group, or all groups' that end alike.
  public static func names(like name: String) -> [String] {
    let parts = name.split(separator: ".")
    return paths.map(\.name).filter { known in
      let own = known.split(separator: ".")
      return own.first == parts.first || own.last == parts.last
    }
  }
}
