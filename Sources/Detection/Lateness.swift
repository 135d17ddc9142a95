internal import Settings
public import Verdict

/// What came so late of a flow that nobody could have talked over it.
public final class Lateness: Sendable {
  /// Of a voice whose packets were sent at one pace without a pause, as its numbers and time stamps tell.
  public struct Voice: Sendable, BitwiseCopyable {
    /// The client had sent it.
    public let isUp: Bool
    /// How much of it came later than counts, and how much was sent, ns.
    public let late, sent: Int64
    /// Longest time in which nothing came, what it held following at once, ns; 0 if packets came behind later ones.
    public let held: Int64
    /// When it was sent.
    public let window: TimeWindow

    /// A voice.
    public init(isUp: Bool, late: Int64, sent: Int64, held: Int64, window: TimeWindow) {
      self.isUp = isUp
      self.late = late
      self.sent = sent
      self.held = held
      self.window = window
    }

    /// Share of it.
    public var share: Double { sent > 0 ? Double(late) / Double(sent) : 0 }
  }

  /// Of answers to the client's requests, in a row.
  public struct Answers: Sendable, BitwiseCopyable {
    /// How much longer than the fastest each took at least, ms.
    public let growth: Double
    /// When the first and the last of them were asked for.
    public let window: TimeWindow
    /// The voice that came meanwhile took longer as well, by its time stamps.
    public let isMediaLate: Bool

    /// A row.
    public init(growth: Double, window: TimeWindow, isMediaLate: Bool) {
      self.growth = growth
      self.window = window
      self.isMediaLate = isMediaLate
    }
  }

  /// The voice of which most was late; nil if none was.
  public let voice: Voice?
  /// The longest row; nil if there was none.
  public let answers: Answers?

  /// What was late.
  public init(voice: Voice?, answers: Answers?) {
    self.voice = voice
    self.answers = answers
  }

  /// A verdict on a flow that lost nothing to speak of: `degraded` where media came late, `inconclusive` where only answers did.
  ///
  /// Claims that it was late, and nothing of where or why: a queue, a radio and a sender that was busy hold packets up alike.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard let lateness = flow.lateness, known.around.isOrderly else { return nil }
    func isSteady(_ window: TimeWindow) -> Bool {
      !known.around.clockSteps.contains { $0 >= window.first && $0 <= window.last }
    }
    let limits = known.thresholds.power
    if let voice = lateness.voice, isSteady(voice.window) {
      let late = Quantity.duration(Int64(limits.late.value * 1e6))
      return degraded(
        voice.isUp ? .up : .down, voice.window, known,
        voice.held > 0
          ? Phrase(
            "{} of a voice came more than {} late: several times nothing came, for up to {}, and then all of it at once.",
            .share(voice.share), late, .duration(voice.held))
          : Phrase(
            "{} of a voice came more than {} late, behind packets that had been sent after them.", .share(voice.share),
            late)
      )
    }
    guard let answers = lateness.answers, isSteady(answers.window) else { return nil }
    let (growth, span) = (Claim.duration(answers.growth / 1000), answers.window.last &- answers.window.first)
    if answers.isMediaLate {
      return degraded(
        .down, answers.window, known,
        Phrase(
          "For {} answers took {} longer than the fastest and more, and the voice took longer as well, by its time stamps.",
          .duration(span), growth))
    }
    return Claim.inconclusive(
      "late_answers", seen: answers.growth, needed: limits.lateAnswers.value,
      Phrase(
        "For {} answers took {} longer than the fastest and more: the path was slow, or who answers was; whether media were late is not seen.",
        .duration(span), growth))
  }

  private static func degraded(
    _ direction: Direction, _ window: TimeWindow, _ known: Circumstances, _ reason: Phrase
  ) -> Judgment {
    var judgment = Claim.lossy(direction, during: window, known.thresholds, reason)
    judgment.alternatives = ["congestion", "radio-loss", "bandwidth-cap", "peer-application"]
    return judgment
  }
}
