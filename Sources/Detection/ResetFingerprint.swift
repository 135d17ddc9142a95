internal import Flow
internal import Verdict
internal import Wire

/// A pattern of resets that was published as one device's, with its date: data that ages, told beside a finding and
/// never a reason for one (METHOD.md M1.3). Others may send the same.
struct ResetFingerprint: Sendable {
  /// The resets of one side, in order.
  typealias Rule = @Sendable (_ resets: [ResetSegment]) -> Bool

  /// Evidence code.
  let code: StaticString
  /// What was seen, where and when.
  let detail: StaticString
  /// True of the resets of one side that show it.
  let matches: Rule

  /// All of them, oldest first.
  static let all: [ResetFingerprint] = [
    ResetFingerprint(
      code: "fingerprint_second_12503",
      detail:
        "The second reset is 12503 bytes beyond the first and their IPv4 identifications stand 4 and 1 beyond the sender's, as devices in cable networks sent them in 2008 (NDSS'09)."
    ) { resets in
      resets.count >= 2 && resets[1].sequence - resets[0].sequence == 12_503 && resets[0].identificationStep == 4
        && resets[1].identification &- resets[0].identification == 1
    },
    ResetFingerprint(
      code: "fingerprint_identification_64",
      detail: "A reset with IPv4 identification 64, as one of four injectors in China sent in 2008 (NDSS'09)."
    ) { resets in resets.contains { $0.identification == 64 && !$0.isOwnStep } },
    ResetFingerprint(
      code: "fingerprint_identification_minus_26",
      detail:
        "A reset with an IPv4 identification 26 below its sender's, as one of four injectors in China sent in 2008 (NDSS'09)."
    ) { resets in resets.contains { $0.senderSeen && $0.identificationStep == 0 &- 26 } },
    ResetFingerprint(
      code: "fingerprint_nonce_flag",
      detail:
        "A reset with ACK and the ECN nonce flag, the most common of four injectors in China in 2008 (NDSS'09)."
    ) { resets in resets.contains { $0.flags.contains(.ack) && $0.headerBits & 1 == 1 } },
    ResetFingerprint(
      code: "fingerprint_1460_4380",
      detail:
        "Resets 1460 and 4380 bytes beyond the first, whatever the segment size, as injectors in China send for names (Bock et al. 2021)."
    ) { resets in
      resets.count >= 3 && resets.allSatisfy { $0.flags.contains(.ack) }
        && resets[1].sequence - resets[0].sequence == 1_460 && resets[2].sequence - resets[0].sequence == 4_380
    },
    ResetFingerprint(
      code: "fingerprint_second_1460",
      detail:
        "The second reset is 1460 bytes beyond the first, as one of four injectors in China sent in 2008 (NDSS'09)."
    ) { resets in resets.count == 2 && resets[1].sequence - resets[0].sequence == 1_460 },
    ResetFingerprint(
      code: "fingerprint_rising",
      detail:
        "Three resets with ACK at once whose TTL and window rise one after the other, as a device in China sent for 74 minutes on 2025-08-20 (GFW Report)."
    ) { resets in
      guard resets.count >= 3, resets[0..<3].allSatisfy({ $0.flags.contains(.ack) }) else { return false }
      return resets[0].timeToLive < resets[1].timeToLive && resets[1].timeToLive < resets[2].timeToLive
        && resets[0].window < resets[1].window && resets[1].window < resets[2].window
    },
  ]

  /// Evidence of the fingerprints that a side's resets match.
  static func evidence(of side: Int, _ trace: ResetTrace) -> [Evidence] {
    var resets: [ResetSegment] = []
    for place in 0..<Int(trace.count) where Int(trace.segments[place].side) == side {
      resets.append(trace.segments[place])
    }
    return all.filter { $0.matches(resets) }.map {
      Evidence($0.code, Phrase($0.detail), frames: resets.map(\.frame))
    }
  }
}

extension ResetSegment {
  /// Its identification continues its sender's own counter.
  fileprivate var isOwnStep: Bool { senderSeen && (1...64).contains(identificationStep) }
}
