internal import Verdict

extension Signature {
  /// FaceTime. Layouts: METHOD.md W2.11; no public capture was found, so nothing is certain.
  static let facetime = Signature(
    .facetime,
    clues: [
      Clue(
        .content(.appleRelay), .likely,
        source: "libprotoident: types 0FE0, 0FE1, 0FE4 and 0EE0, 0EE1, 0EE4 with their length",
        seen: 20_201_101)
    ]
      + Clue.names(
        ["facetime.apple.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [(IPAddress(v4: 0x1100_0000), 9), (IPAddress(v4: 0x1180_0000), 9)], .udp, 3_478...3_497,
        source: "support.apple.com answer 102036 (HT202078): UDP 3478 to 3497; 17.0.0.0/8 from nDPI's list",
        seen: 20_241_021)
  )
}
