internal import Verdict

extension Signature {
  /// Google Meet and Duo. Layouts: METHOD.md W2.8. A bare STUN request to stun.l.google.com is everybody's.
  static let meet = Signature(
    .meet,
    clues: [
      Clue(
        .content(.meetUser), .likely,
        source: "nDPI stun_google_meet.pcapng: ufrags of 26 and 4 characters",
        seen: 20_230_901),
      Clue(
        .realm("turn.l.google.com"), .likely, source: "nDPI stun_dtls_rtp.pcapng: REALM of the 401", seen: 20_240_101),
    ]
      + Clue.names(
        ["meet.google.com", "duo.google.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [
          (IPAddress(v4: 0x4A7D_FA00), 24), (IPAddress(v4: 0x8EFA_5200), 24),
          (IPAddress(high: 0x2001_4860_4864_0005, low: 0), 64), (IPAddress(high: 0x2001_4860_4864_0006, low: 0), 64),
        ], .udp, 3_478...3_478,
        source:
          "support.google.com answer 1279090: ports; its prefixes as copied by sgawa/pac-ip-manager, google_meet.json",
        seen: 20_260_606)
      + Clue.services(
        [
          (IPAddress(v4: 0x4A7D_FA00), 24), (IPAddress(v4: 0x8EFA_5200), 24),
          (IPAddress(high: 0x2001_4860_4864_0005, low: 0), 64), (IPAddress(high: 0x2001_4860_4864_0006, low: 0), 64),
        ], .udp, 19_302...19_309,
        source:
          "support.google.com answer 1279090: ports; its prefixes as copied by sgawa/pac-ip-manager, google_meet.json",
        seen: 20_260_606)
  )
}
