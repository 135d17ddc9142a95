internal import Flow
internal import Settings
internal import Verdict

/// Paths that fall silent after a small count of packets or bytes, both directions summed (METHOD.md M2.5).
///
/// Claims no more than a cut-off claims: where it happened in the flow. One flow cannot show that the count is a rule and
/// not chance: a cut-off that happened to fall there says the same, which is named as an alternative.
enum Freeze {
  /// True if what was exchanged until the silence lies where freezes were seen.
  static func isLikely(packets: UInt64, payload: UInt64, _ limits: Thresholds.Silence) -> Bool {
    (limits.freezeLeastPackets.integer...limits.freezeMostPackets.integer).contains(Int64(clamping: packets))
      || (limits.freezeLeastBytes.integer...limits.freezeMostBytes.integer).contains(Int64(clamping: payload))
  }

  /// Makes a cut-off a freeze if it fell where freezes were seen. `packets` and `payload` bytes of both directions until
  /// the silence.
  static func mark(
    _ judgment: inout Judgment, packets: UInt64, payload: UInt64, frame: UInt64, _ known: Circumstances
  ) {
    guard isLikely(packets: packets, payload: payload, known.thresholds.silence) else { return }
    judgment.mechanism = .freeze
    judgment.evidence.append(
      Evidence(
        "u6_silent_after_count",
        Phrase(
          "Silent after {} packets and {} bytes of payload both ways; freezes by count were seen at 14 to 34 packets or 10 to 26 KB (U6).",
          .count(Int(clamping: packets)), .count(Int(clamping: payload))), frames: [frame]))
    judgment.alternatives.append("cut-off-by-chance")
  }
}
