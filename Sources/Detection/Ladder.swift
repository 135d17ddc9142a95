internal import Flow
internal import Verdict

/// Retransmission schedules that a sender keeps to while nobody answers (METHOD.md M2.1): they show that it lived and
/// waited, and whether it gave up before its schedule ended.
///
/// Claims nothing of why. A schedule that was cut short is what an application leaves behind that hung up.
struct Ladder: Sendable {
  /// Evidence code.
  let code: StaticString
  /// How it was sent in full, in part, and in part until the capture ended.
  let words: (whole: StaticString, part: StaticString, open: StaticString)
  /// Pauses between sends, ms; the last one is repeated where the schedule has no end.
  let pauses: [Int]
  /// Sends of the whole schedule; nil if it goes on until answered.
  let sends: Int?

  /// Sends that a likeness takes: three pauses.
  private static let least = 4

  /// TURN and STUN.
  private static let stun: [Ladder] = [
    Ladder(
      code: "ladder_libwebrtc_turn",
      words: (
        "Sent as libwebrtc's TURN client sends, from 250 ms doubling up to 8 s, all {} times: the sender waited to the end.",
        "Sent as libwebrtc's TURN client sends, from 250 ms doubling up to 8 s, {} of {} times: the sender gave up before the end.",
        "Sent as libwebrtc's TURN client sends, from 250 ms doubling up to 8 s, {} of {} times until the capture ended."
      ),
      pauses: [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000], sends: 9),
    Ladder(
      code: "ladder_stun",
      words: (
        "Sent as RFC 8489 prescribes, from 500 ms doubling, all {} times: the sender waited to the end.",
        "Sent as RFC 8489 prescribes, from 500 ms doubling, {} of {} times: the sender gave up before the end.",
        "Sent as RFC 8489 prescribes, from 500 ms doubling, {} of {} times until the capture ended."
      ),
      pauses: [500, 1_000, 2_000, 4_000, 8_000, 16_000], sends: 7),
  ]
  /// All SIP requests but INVITE (RFC 3261 section 17.1.2.2: T1 of 500 ms, T2 of 4 s, given up after 64 T1).
  private static let sip = Ladder(
    code: "ladder_sip",
    words: (
      "Sent as RFC 3261 prescribes, from 500 ms doubling up to 4 s, all {} times: the sender waited to the end.",
      "Sent as RFC 3261 prescribes, from 500 ms doubling up to 4 s, {} of {} times: the sender gave up before the end.",
      "Sent as RFC 3261 prescribes, from 500 ms doubling up to 4 s, {} of {} times until the capture ended."
    ),
    pauses: [500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000], sends: 11)
  private static let hello = Ladder(
    code: "ladder_telegram_hello",
    words: (
      "Sent as Telegram's reflector hello is, every 500 ms until it is answered: the sender lived and waited.", "", ""
    ),
    pauses: [500], sends: nil)
  private static let dtls: [Ladder] = [
    Ladder(
      code: "ladder_libwebrtc_dtls",
      words: ("Sent as libwebrtc repeats DTLS flights, from 50 ms doubling: the sender lived and waited.", "", ""),
      pauses: [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600], sends: nil),
    Ladder(
      code: "ladder_dtls",
      words: ("Sent as RFC 9147 prescribes for DTLS, from 1 s doubling: the sender lived and waited.", "", ""),
      pauses: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000], sends: nil),
  ]

  /// What the pauses of unanswered requests are like; nil if they are like none, or too few.
  static func evidence(_ ask: RequestTally, _ kind: Dialogue.Kind, _ request: RequestKind, end: Int64) -> Evidence? {
    let candidates: [Ladder] =
      switch kind {
      case .clientHello: dtls
      case .server:
        switch request {
        case .reflectorHello: [hello]
        case .registration: [sip]
        case .allocate, .binding: stun
        case .discovery: []
        }
      case .initial, .checkBySide0, .checkBySide1: []
      }
    let pauses = ask.pauses
    if let ladder = candidates.first(where: { $0.fits(pauses) }) { return ladder.evidence(ask, end) }
    guard pauses.count >= least - 1, isDoubling(pauses) else { return nil }
    let code: StaticString = kind == .initial ? "ladder_quic_initial" : "ladder_doubling"
    let first = Quantity.duration(Int64(pauses[0]) * 1_000_000)
    return Evidence(
      code,
      kind == .initial
        ? Phrase(
          "{} Initials with pauses that double from {}, as RFC 9002 prescribes: the sender lived and waited.",
          .count(Int(ask.run)), first)
        : Phrase(
          "{} requests with pauses that double from {}: the sender lived and waited.", .count(Int(ask.run)), first))
  }

  /// Every pause is that of the schedule, to a fifth and 60 ms: timers are coarse, and jitter is prescribed.
  private func fits(_ seen: [Int]) -> Bool {
    guard seen.count >= Self.least - 1 else { return false }
    for (index, pause) in seen.enumerated() {
      // Behind the end of a schedule begins another one.
      if sends != nil, index >= pauses.count { break }
      let wanted = pauses[min(index, pauses.count - 1)]
      guard abs(pause - wanted) <= wanted / 5 + 60 else { return false }
    }
    return true
  }

  private static func isDoubling(_ pauses: [Int]) -> Bool {
    for index in 1..<pauses.count {
      let ratio = Double(pauses[index]) / Double(max(1, pauses[index - 1]))
      if ratio < 1.6 || ratio > 2.5 { return false }
    }
    return true
  }

  private func evidence(_ ask: RequestTally, _ end: Int64) -> Evidence {
    guard let sends else { return Evidence(code, Phrase(words.whole)) }
    let run = Int(ask.run)
    if run >= sends { return Evidence(code, Phrase(words.whole, .count(sends))) }
    let next = Int64(pauses[min(run - 1, pauses.count - 1)]) * 1_500_000
    return Evidence(
      code, Phrase(end &- ask.last > next ? words.part : words.open, .count(run), .count(sends)))
  }
}
