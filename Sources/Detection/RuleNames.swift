internal import Verdict

/// Which thresholds a detector goes by for what it says, by their names in the listing of `Settings`: for people who
/// want to hold its numbers against them. Decides nothing; a test holds the names against the listing.
enum RuleNames {
  /// Names for an answer; none where the detector had nothing to say.
  static func names(of detector: Detector, _ judgment: Judgment?, _ transport: Transport) -> [String] {
    guard let judgment else { return [] }
    switch detector {
    case .silence: return silence(judgment)
    case .foreignAnswer: return ["reset.distance", "reset.early"]
    case .endedSilence: return ["silence.pauseTrials", "silence.span", "silence.bin"]
    case .connectionSilence: return connectionSilence(judgment)
    case .resets:
      return [
        "reset.sequenceSlack", "reset.early", "reset.distance", "reset.reorder", "reset.identification",
        "reset.pairWindow", "reset.repetition", "reset.idle", "reset.fresh", "reset.awake", "reset.local",
      ]
    case .mediaCaps: return mediaCaps(judgment)
    case .connectionCaps:
      return [
        "cap.losses", "cap.transferSpan", "cap.connectionConformity", "cap.burstConformity", "cap.nearGoodput",
        "cap.queueShare", "cap.queueSlope", "cap.draws", "cap.drawShare", "cap.inflation", "cap.inflationFloor",
      ]
    case .soundness: return soundness(judgment, transport)
    }
  }

  private static func silence(_ judgment: Judgment) -> [String] {
    let trials = ["silence.trials", "silence.span", "silence.bin", "silence.controlOverlap"]
    switch judgment.mechanism {
    case .cutoff:
      return ["silence.cutoff", "silence.gapFactor", "silence.natIdle", "silence.hangUp"] + trials
    case .freeze:
      return [
        "silence.freezeLeastPackets", "silence.freezeMostPackets", "silence.freezeLeastBytes",
        "silence.freezeMostBytes", "silence.freezeFlows", "silence.freezeSpread", "silence.freezeVariation",
        "silence.cutoff",
      ]
    case .oneWay:
      return ["silence.mediaSpan", "silence.oneWayLoss", "silence.rowChance", "silence.consent", "silence.waited"]
        + trials
    default:
      switch judgment.scope {
      case .quic: return ["silence.initials", "silence.initialSpan"]
      case .media: return ["silence.mediaSpan", "silence.span"]
      default: return trials + ["silence.notices"]
      }
    }
  }

  private static func connectionSilence(_ judgment: Judgment) -> [String] {
    switch judgment.mechanism {
    case .blackhole: ["silence.synTrials", "silence.span"]
    case .freeze:
      [
        "silence.freezeLeastPackets", "silence.freezeMostPackets", "silence.freezeLeastBytes",
        "silence.freezeMostBytes", "silence.retransmissions",
      ]
    default: ["silence.retransmissions", "silence.span", "silence.synTrials", "silence.pathPayload"]
    }
  }

  private static func mediaCaps(_ judgment: Judgment) -> [String] {
    switch judgment.mechanism {
    case .shaper: ["cap.standing", "cap.variation", "cap.onset", "cap.queue", "cap.queueBin"]
    case .randomDiscard: ["cap.losses", "cap.span", "cap.discardShare", "cap.regular", "cap.clustered"]
    default:
      [
        "cap.losses", "cap.span", "cap.conformity", "cap.chance", "cap.hopeless", "cap.goodputLeast",
        "cap.goodputMost", "cap.queue", "cap.peakBin", "cap.peakLosses", "cap.regular", "cap.clustered",
        "cap.sizeRatio",
      ]
    }
  }

  private static func soundness(_ judgment: Judgment, _ transport: Transport) -> [String] {
    switch (judgment.outcome, transport) {
    case (.degraded, .udp): ["power.losses", "power.lossShare", "power.streamLoss", "power.stretchLoss", "power.late"]
    case (.degraded, .tcp):
      [
        "power.losses", "power.retransmissionShare", "power.fewCopies", "power.fewSegments", "power.fewShare",
        "power.pauseRow", "power.pauses",
      ]
    case (.ok, .udp): ["power.packets", "power.payload", "power.mediaPackets", "power.mediaSpan", "silence.cutoff"]
    case (.ok, .tcp): ["silence.span", "power.losses"]
    default: ["power.packets", "power.mediaSpan"]
    }
  }
}
