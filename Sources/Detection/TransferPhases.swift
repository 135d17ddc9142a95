public import Settings
internal import Verdict

/// What held a transfer back, second by second: its sender's application, the receiver's window, the line, or the sender's
/// own congestion window.
///
/// Told from what came through and when, so that it works behind the bottleneck as well: a second is the line's if the
/// queue stood; the receiver's if as much went through as its window lets through in a round trip; the application's if
/// the sender paused for longer than two round trips and nothing was lost; the congestion window's behind a loss and while
/// it grows (RFC 5681 section 3.1); of the other seconds nothing is said. Cannot tell apart: an application that writes
/// evenly from a sender that paces itself. METHOD.md M3.2.
public struct TransferPhases: Sendable, Equatable {
  /// Seconds in which the sender had nothing to send.
  public private(set) var application = 0
  /// Seconds in which the receiver's window was full.
  public private(set) var receiverWindow = 0
  /// Seconds in which a queue stood.
  public private(set) var line = 0
  /// Seconds with a loss, behind one, or faster than the one before.
  public private(set) var congestionWindow = 0
  /// Seconds of which nothing shows what held them.
  public private(set) var other = 0

  /// Seconds looked at.
  public var seconds: Int { application + receiverWindow + line + congestionWindow + other }

  /// Of a direction of a connection; nil if it is too short to speak of phases.
  public init?(_ connection: TracedConnection, _ thresholds: Thresholds) {
    let offers = connection.passage.offers
    let limits = thresholds.cap
    guard let first = offers.first?.time, let last = offers.last?.time, last - first >= limits.phases.value / 1e9 else {
      return nil
    }
    let queues = QueueDelay(connection.passage, limits).standing()
    let roundTrip = connection.roundTrip ?? 0
    let pause = max(2 * roundTrip, limits.phasePause.value / 1e9)
    let window = connection.window.flatMap { roundTrip >= 0.001 ? $0 / roundTrip : nil }
    var place = 0
    var before = first
    var wasLossy = false
    var bytesBefore = 0.0
    for second in 0..<Int(last - first) {
      let end = first + Double(second + 1)
      var bytes = 0.0
      var isLossy = false
      var longest = 0.0
      while place < offers.count, offers[place].time < end {
        longest = max(longest, offers[place].time - before)
        before = offers[place].time
        if offers[place].fate == .passed { bytes += offers[place].bytes } else { isLossy = true }
        place += 1
      }
      longest = max(longest, end - before)
      // What a loss leaves behind, a timeout and a slow start, is the congestion window's as well.
      let isCongested = isLossy || wasLossy
      wasLossy = isLossy
      let grows = bytes >= limits.growth.value * bytesBefore
      bytesBefore = bytes
      if queues.contains(where: { $0.lowerBound < end && $0.upperBound > end - 1 }) {
        line += 1
      } else if !isCongested, let window, bytes >= limits.windowShare.value * window {
        receiverWindow += 1
      } else if !isCongested, longest >= pause {
        application += 1
      } else if isCongested || grows {
        congestionWindow += 1
      } else {
        other += 1
      }
    }
  }

  /// The phases in words.
  var evidence: Evidence {
    Evidence(
      "transfer_phases",
      Phrase(
        "Of the transfer's {} seconds the application held {}, the receiver's window {}, losses and the congestion window {}; a queue stood in the others, or nothing shows what held them.",
        .count(seconds), .count(application), .count(receiverWindow), .count(congestionWindow)))
  }

  /// Whether each may have been what was taken for a cap.
  var excluders: [Excluder] {
    func result(_ count: Int) -> Excluder.Result { 2 * count >= max(1, seconds) ? .present : .excluded }
    return [
      Excluder("application-limited", result(application)),
      Excluder("receiver-window-limited", result(receiverWindow)),
    ]
  }
}
