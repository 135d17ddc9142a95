internal import Verdict

/// What people say of a call that went as this one did: their words, so that they find their call again. No cause.
enum Symptom {
  /// In users' words; nil of a call in which nothing wrong was seen, or nothing can be said.
  static func words(_ call: CallRecord) -> String? {
    let verdict = call.verdict
    guard verdict.isFinding || verdict.outcome == .degraded else { return nil }
    if let heard = heard(call) { return heard }
    if call.masked { return "the call may have sounded as always, after connecting for longer than usual" }
    switch verdict.mechanism {
    case .blackhole where verdict.scope == .media: return "connected, and nothing was heard"
    case .blackhole, .resetInjected, .resetRewritten: return setup(call)
    case .cutoff, .freeze:
      return call.media == nil ? setup(call) : "the sound stopped in mid-call; the app says it is reconnecting"
    case .oneWay:
      return verdict.direction == .down ? "the other side was not heard" : "the other side heard nothing"
    case .randomDiscard: return "hoarse, metallic or chopped voices"
    case .policer, .shaper: return "chopped voices, a frozen or blurred picture"
    case .congestion, .burstyLoss: return "gaps in the sound"
    case .resetEndpoint, .resetRefused: return nil
    case nil: return verdict.outcome == .degraded ? "gaps in the sound" : nil
    }
  }

  /// By the pattern of the losses, where losses are what was found.
  private static func heard(_ call: CallRecord) -> String? {
    switch call.verdict.mechanism {
    case .randomDiscard, .policer, .shaper, .congestion, .burstyLoss, nil: break
    default: return nil
    }
    let words = call.symptoms.map { symptom in
      switch symptom {
      case .frozenVideo: "a picture that freezes"
      case .metallicVoice: "metallic, hoarse or robotic voices"
      case .dropOuts: "drop-outs: syllables and words missing"
      }
    }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }

  private static func setup(_ call: CallRecord) -> String {
    switch call.application {
    // The words that its screen shows until the first packet of media.
    case .telegram: "stuck at exchanging encryption keys"
    default: call.stage == .media ? "the call broke off" : "stuck at connecting"
    }
  }
}
