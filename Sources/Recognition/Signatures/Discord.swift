internal import Verdict

extension Signature {
  /// Discord voice and video. Layouts: METHOD.md W2.7.
  static let discord = Signature(
    .discord,
    clues: [
      Clue(
        .content(.discordFraming), .certain,
        source: "nDPI discord.pcap, rtp.pcapng: discovery of 74 bytes; 1337CAFE and a counter",
        seen: 20_240_301)
    ]
      + Clue.names(
        ["discord.com", "discord.gg", "discord.media", "discordapp.com", "discordapp.net"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [(IPAddress(v4: 0x4216_C400), 22), (IPAddress(v4: 0x4216_C800), 21)], .udp, 50_000...50_999,
        source: "METHOD.md W2.12 prefix list", seen: 20_241_021)
  )
}
