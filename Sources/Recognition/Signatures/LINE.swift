internal import Verdict

extension Signature {
  /// LINE calls and chat. Layouts: METHOD.md W2.11.
  static let line = Signature(
    .line,
    clues: [
      Clue(
        .content(.lineCall), .likely, source: "libprotoident: B6 12 00 68 of 108 bytes, answered by B6 13 00 06",
        seen: 20_201_101),
      Clue(
        .content(.extension0240), .likely, source: "nDPI line.pcap: RTP profile 0x0240",
        seen: 20_220_101),
    ]
      + Clue.names(
        ["line.me", "line-apps.com", "line-scdn.net", "linecorp.com", "line.naver.jp"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [
          (IPAddress(v4: 0x935C_8000), 17), (IPAddress(v4: 0x6702_1C00), 24), (IPAddress(v4: 0x6702_1E00), 23),
          (IPAddress(v4: 0xCB68_8000), 20),
        ], .udp, 1_024...65_535,
        source: "METHOD.md W2.12 prefix list", seen: 20_241_021)
  )
}
