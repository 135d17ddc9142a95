internal import Flow
internal import Settings
internal import Verdict

/// What a QUIC connection's client sends to silence.
///
/// Whoever receives nothing has nothing to acknowledge (RFC 9000 section 13.2.1), closes an idle connection without a word
/// (10.1) and repeats its CONNECTION_CLOSE only when something comes (10.2.1): what is left is data and probes, at pauses that double
/// (RFC 9002 section 6.2), and both ask for an acknowledgment. Sealed as they are, that is all that is known of them.
struct QUICSilence {
  /// How long the client has asked at least, ns: its first packet may have acknowledged the server's last, before a pause.
  let asked: Int64
  /// When it surely had begun to ask, ns since the epoch.
  let since: Int64
  /// The pause before that, if there was one, ns; else the longest between two probes.
  let pause: Int64

  /// nil where this is no QUIC connection, one that did not get beyond its handshake on both sides, one whose ports carry
  /// something else as well, or nothing is unanswered.
  init?(_ flow: borrowing FlowObservation) {
    guard flow.unheard.bins > 0, !flow.hasMediaOrOpaque, let kept = flow.kept else { return nil }
    let (mine, theirs) = (kept.dialogue.longHeaders[flow.clientSide], kept.dialogue.longHeaders[1 - flow.clientSide])
    guard mine > 0, theirs > 0, UInt64(mine) < flow.packets.client, UInt64(theirs) < flow.packets.server else {
      return nil
    }
    let silence = flow.last &- flow.unheard.since
    pause = min(flow.unheard.pause, silence)
    asked = silence &- pause
    // Pauses that double are as long as all before them together; one before the first request may be of any length.
    since = asked &+ asked / 4 < pause ? flow.unheard.since &+ pause : flow.unheard.since
  }

  /// It sends as one that gets no answer. Pauses grow, as those of probes do: the last is about half of all since the congestion window
  /// was full; and it does not send acknowledgments, which are small and many. Who sends on as before may have answers that are
  /// not in the capture.
  func isProbing(_ flow: FlowObservation, _ limits: Thresholds.Silence) -> Bool {
    guard Double(pause) >= limits.probeShare.value * Double(asked &+ pause) else { return false }
    let isMost =
      Int64(clamping: flow.unheardPackets) > limits.probes.integer && 2 &* flow.unheardPackets >= flow.packets.client
    let mean = Int64(clamping: flow.bytes.client / max(1, flow.packets.client))
    return !isMost || mean > limits.acknowledgment.integer &+ flow.datagramHeaders
  }

  /// A connection whose server sent little beyond the handshake.
  static func isYoung(_ flow: FlowObservation) -> Bool {
    guard let kept = flow.kept else { return false }
    let handshake = UInt64(kept.dialogue.longHeaders[1 - flow.clientSide])
    return handshake > 0 && flow.packets.server &- min(flow.packets.server, handshake) < mostAtOnce
  }

  /// Packets behind a handshake that are none of it: settings, tickets, an answer of 16 KB.
  private static var mostAtOnce: UInt64 { 16 }

  /// A refusal where the client asked in vain at the end, if not for as long as a cut-off needs.
  static func refusal(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard let silence = QUICSilence(flow), silence.asked >= limits.bin.integer,
      flow.last &- silence.since >= limits.span.integer, Int64(flow.unheard.bins) >= limits.pauseTrials.integer
    else { return nil }
    return Claim.inconclusive(
      "too_short", seen: Claim.seconds(flow.last &- silence.since), needed: Claim.seconds(limits.cutoff.integer),
      Phrase(
        "The server was silent for the last {} while the client of this QUIC connection sent on: too short to say more.",
        .duration(flow.last &- silence.since)))
  }
}
