internal import Verdict

extension Signature {
  /// IMO calls. Layouts: METHOD.md W2.11.
  static let imo = Signature(
    .imo,
    clues: [
      Clue(
        .content(.imoProbe), .likely, source: "nDPI imo.pcap: 1,224 bytes, nine constant ones and a clock in ms",
        seen: 20_220_301)
    ]
      + Clue.names(
        ["imo.im"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
