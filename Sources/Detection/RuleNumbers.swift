internal import Settings
internal import Verdict

/// Where an answer holds the numbers that thresholds were asked of: in its evidence, its reason or its gap. Decides
/// nothing; tests hold every number of a claim against its threshold.
enum RuleNumbers {
  /// What a claim asks of a number.
  enum Relation: String {
    case least = "at least"
    case most = "at most"
  }

  /// A number of an answer.
  struct Reading {
    var quantity: Quantity
    var relation: Relation
  }

  private struct Place {
    /// Evidence of this code; nil for the reason.
    let code: String?
    /// Which quantity of it.
    let index: Int
    let rule: String
    let relation: Relation

    init(_ code: String?, _ index: Int, _ rule: String, _ relation: Relation = .least) {
      self.code = code
      self.index = index
      self.rule = rule
      self.relation = relation
    }
  }

  /// The numbers of an answer by the rule that asks for them.
  static func readings(_ detector: Detector, _ judgment: Judgment) -> [String: Reading] {
    var readings: [String: Reading] = [:]
    for place in places(detector, judgment) {
      let phrase: Phrase?
      if let code = place.code {
        phrase = judgment.evidence.first { "\($0.code)" == code }?.detail
      } else {
        phrase = judgment.reason
      }
      guard let phrase, phrase.values[place.index] != .nothing, readings[place.rule] == nil else { continue }
      readings[place.rule] = Reading(quantity: phrase.values[place.index], relation: place.relation)
    }
    if let early = judgment.evidence.first(where: { $0.code.isSame(as: "reset_too_early") })?.detail,
      case (.duration(let waited), .duration(let distance)) = (early.values[0], early.values[1]), distance > 0
    {
      readings["reset.early"] = Reading(quantity: .number(Double(waited) / Double(distance)), relation: .most)
    }
    // A notice stands for trials.
    if readings["silence.notices"] != nil {
      readings["silence.trials"] = nil
      readings["silence.span"] = nil
    }
    return readings
  }

  /// The rule that a refusal's gap is measured by; nil where it is a yes or no.
  static func rule(ofGap judgment: Judgment, _ detector: Detector) -> String? {
    guard let gap = judgment.gap else { return nil }
    switch ("\(gap.code)", detector) {
    case ("too_few_trials", .silence), ("no_request", .silence), ("peer_candidate", .silence): return "silence.trials"
    case ("too_few_trials", .connectionSilence): return "silence.synTrials"
    case ("too_few_trials", .soundness): return "silence.retransmissions"
    case ("too_short", .silence): return "silence.span"
    case ("too_short", .mediaCaps): return "cap.span"
    case ("nothing_owed", _), ("media_stopped", _), ("silence_ended", _): return "silence.cutoff"
    case ("idle_before_silence", _): return "silence.natIdle"
    case ("path_mtu", _): return "silence.pathPayload"
    case ("stopped_alike", _): return "silence.freezeFlows"
    case ("idle_before_reset", _): return "reset.idle"
    case ("rate_wanders", _): return "cap.keeping"
    case ("no_faster_time", _): return "cap.onset"
    case ("too_few_packets", .soundness): return "power.packets"
    case ("cut_short", _): return "power.payload"
    case ("loss_explains_silence", _): return "grade.probability"
    case ("line_full", _): return "cap.queue"
    case ("queue_before_silence", _): return "silence.waited"
    default: return nil
    }
  }

  private static func places(_ detector: Detector, _ judgment: Judgment) -> [Place] {
    switch detector {
    case .silence, .endedSilence:
      silence + (judgment.scope == .media ? [Place(nil, 1, "silence.mediaSpan")] : [])
    case .connectionSilence: connectionSilence
    case .mediaCaps:
      mediaCaps + (judgment.mechanism == .randomDiscard ? [Place(nil, 0, "cap.discardShare")] : [])
    case .connectionCaps: connectionCaps
    case .resets:
      [
        Place("strange_identification", 0, "reset.identification"), Place("stray_reset", 0, "reset.sequenceSlack"),
        Place("reset_too_early", 1, "reset.distance"),
      ]
    case .foreignAnswer: []
    case .soundness:
      switch (judgment.outcome, judgment.power.map { "\($0.effect)" }) {
      case (.degraded, _): losses(judgment.reason)
      case (.ok, "media_loss_down"?): [Place(nil, 1, "power.mediaPackets")]
      default: []
      }
    }
  }

  /// Of what was lost, by the kinds of its numbers: of few segments the share comes first, of pauses it is missing.
  private static func losses(_ reason: Phrase) -> [Place] {
    switch (reason.values[0], reason.values[1], reason.values[2]) {
    case (.share, .count, .count):
      [Place(nil, 0, "power.fewShare"), Place(nil, 1, "power.fewCopies"), Place(nil, 2, "power.fewSegments")]
    case (.count, .nothing, _): [Place(nil, 0, "power.pauseRow")]
    case (.count, .duration, _): [Place(nil, 0, "power.pauses")]
    default:
      [Place(nil, 0, "power.losses"), Place(nil, 2, "power.lossShare"), Place(nil, 2, "power.retransmissionShare")]
    }
  }

  private static let silence =
    [
      "u1_allocate_unanswered", "u2_binding_unanswered", "u3_reflector_hello_unanswered", "u16_registration_unanswered",
      "u17_discovery_unanswered",
    ].flatMap {
      [Place($0, 2, "silence.trials"), Place($0, 3, "silence.span")]
    }
    + ["u4_dtls_unanswered", "u5_dtls_answer_unheard", "u7_unanswered_checks", "u7_unanswered_requests"].map {
      Place($0, 1, "silence.trials")
    } + [
      Place("u6_silence_after_exchange", 1, "silence.trials"), Place("u6_silence_after_exchange", 2, "silence.cutoff"),
      Place("initials_unanswered", 0, "silence.initials"), Place("u14_prohibited", 0, "silence.notices"),
      Place("silence_that_ended", 0, "silence.pauseTrials"), Place("silence_that_ended", 1, "silence.span"),
    ] + freeze

  private static let connectionSilence =
    [
      Place("unanswered_syn", 0, "silence.synTrials"), Place("unanswered_syn", 1, "silence.span"),
      Place("unacknowledged_retransmissions", 1, "silence.retransmissions"),
      Place("unacknowledged_retransmissions", 2, "silence.span"),
    ] + freeze

  private static let freeze = [Place("u6_constant_count", 0, "silence.freezeFlows")]

  private static let mediaCaps = [
    Place("u9_token_bucket_conformity", 1, "cap.losses"), Place("u9_token_bucket_conformity", 2, "cap.span"),
    Place("u9_token_bucket_conformity", 3, "cap.conformity"), Place("flat_delay", 0, "cap.queue", .most),
    Place("u10_standing_queue", 0, "cap.standing"), Place("u10_standing_queue", 1, "cap.queue"),
    Place("u10_standing_queue", 3, "cap.variation", .most), Place("u8_loss_by_chance", 0, "cap.regular"),
    Place("u8_loss_by_chance", 0, "cap.clustered", .most),
  ]

  private static let connectionCaps = [
    Place("u9_token_bucket_conformity", 1, "cap.losses"),
    Place("u9_token_bucket_conformity", 2, "cap.transferSpan"),
    Place("u9_token_bucket_conformity", 3, "cap.connectionConformity"),
  ]
}

extension Threshold {
  /// A number with its unit, as people read it; nanoseconds are for machines.
  func text(_ value: Double) -> String {
    let isTime = unit == .nanoseconds
    let value = isTime ? value / 1e9 : value
    let number =
      value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\((value * 1000).rounded() / 1000)"
    return number + (isTime ? " s" : unit == .count || unit == .ratio ? "" : " " + unit.rawValue)
  }

  /// The number of a quantity in this threshold's unit; nil if it is of another kind.
  func number(_ quantity: Quantity) -> Double? {
    switch (unit, quantity) {
    case (.count, .count(let count)), (.bytes, .count(let count)), (.bytes, .bytes(let count)): Double(count)
    case (.nanoseconds, .duration(let duration)): Double(duration)
    case (.milliseconds, .duration(let duration)): Double(duration) / 1e6
    case (.ratio, .share(let number)), (.ratio, .number(let number)), (.ratio, .probability(let number)): number
    case (.bitsPerSecond, .rate(let rate)): Double(rate)
    default: nil
    }
  }
}
