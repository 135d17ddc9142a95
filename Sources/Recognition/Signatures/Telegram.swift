internal import Verdict

extension Signature {
  /// Telegram calls and chat. Layouts: METHOD.md W2.2; prefixes: AS62041, 62014, 59930, 44907, 211157 (nDPI list of 2024-10).
  static let telegram = Signature(
    .telegram,
    clues: [
      Clue(.content(.reflectorHello), .certain, source: "tgcalls ReflectorPort; Flowseal issue 6148", seen: 20_260_921),
      Clue(.content(.reflectorLegacy), .certain, source: "libtgvoip; nDPI telegram.pcap #1", seen: 20_200_101),
      Clue(.realm("telegram.org"), .certain, source: "nDPI telegram_videocall.pcapng 401 REALM", seen: 20_220_323),
      Clue(
        .content(.reflectorData), .likely, source: "tgcalls ReflectorPort: 24-byte header with length", seen: 20_260_921
      ),
      Clue(.serverName("telegram.org"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.serverName("t.me"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.serverName("telegram.me"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.serverName("tdesktop.com"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.serverName("cdn-telegram.org"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.phoneApp("Telegram"), .certain, source: "PCAPdroid pcap_dump.h: label in the trailer", seen: 20_261_101),
      Clue(.phoneApp("Telegram X"), .certain, source: "PCAPdroid pcap_dump.h: label in the trailer", seen: 20_261_101),
    ]
      + [
        (IPAddress(v4: 0x5B69_C000), 23), (IPAddress(v4: 0x5B6C_0400), 22), (IPAddress(v4: 0x5B6C_0800), 21),
        (IPAddress(v4: 0x5B6C_1000), 21), (IPAddress(v4: 0x5B6C_3800), 22), (IPAddress(v4: 0x5FA1_4000), 20),
        (IPAddress(v4: 0x959A_A000), 20), (IPAddress(v4: 0xB94C_9700), 24),
        (IPAddress(high: 0x2001_067C_04E8_0000, low: 0), 48), (IPAddress(high: 0x2001_0B28_F23C_0000, low: 0), 47),
        (IPAddress(high: 0x2001_0B28_F23F_0000, low: 0), 48), (IPAddress(high: 0x2A0A_F280_0203_0000, low: 0), 48),
      ].map { Clue(.prefix($0.0, length: $0.1), .weak, source: "METHOD.md W2.12 prefix list", seen: 20_241_021) }
  )
}
