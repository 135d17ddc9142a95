internal import Verdict

extension Signature {
  /// Signal calls and chat. Layouts: METHOD.md W2.4. Media are SRTP without DTLS: keys come by signalling.
  static let signal = Signature(
    .signal,
    clues: [
      Clue(.realm("signal.org"), .certain, source: "nDPI stun_signal.pcapng: REALM of the 401", seen: 20_211_115),
      Clue(
        .phoneApp("Signal"), .certain, source: "Signal-Android app/src/main/res/values/strings.xml: app_name",
        seen: 20_261_130),
    ]
      + Clue.names(
        ["signal.org", "whispersystems.org"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
