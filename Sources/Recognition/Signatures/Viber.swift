internal import Verdict

extension Signature {
  /// Viber calls and chat. Layouts: METHOD.md W2.5.
  static let viber = Signature(
    .viber,
    clues: [
      Clue(
        .content(.viberFraming), .certain, source: "nDPI viber.pcap: id echoed by both sides, length by type",
        seen: 20_220_901),
      Clue(
        .content(.viberStream), .likely,
        source: "nDPI viber.pcap: TCP 4244 and 5242, length little-endian; libprotoident",
        seen: 20_220_901),
      Clue(.realm("viber.com"), .certain, source: "nDPI viber.pcap: REALM of the 401", seen: 20_240_510),
    ]
      + Clue.names(
        ["viber.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
