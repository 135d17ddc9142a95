internal import Verdict

extension Signature {
  /// WhatsApp calls and chat. Layouts: METHOD.md W2.1. Meta's prefixes are shared with Messenger and Instagram: they decide
  /// nothing alone.
  static let whatsapp = Signature(
    .whatsapp,
    clues: [
      Clue(.content(.stunToken4000), .certain, source: "nDPI wa_voice.pcap, stun_wa_call.pcapng #1", seen: 20_230_601),
      Clue(.content(.stunType080x), .certain, source: "nDPI stun_wa_call.pcapng; wa-rust 2026", seen: 20_260_801),
      Clue(.content(.stunClock4002), .certain, source: "nDPI wa_voice.pcap: relay time in ms", seen: 20_230_601),
      Clue(.content(.noiseOpening), .certain, source: "nDPI whatsapp.pcap, 86 flows; whatsmeow", seen: 20_260_801),
      Clue(.content(.extensionDEBE), .likely, source: "nDPI stun_wa_call.pcapng: RTP profile 0xDEBE", seen: 20_260_801),
      Clue(.serverName("whatsapp.net"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(.serverName("whatsapp.com"), .certain, source: "METHOD.md W6 domain list", seen: 20_241_021),
      Clue(
        .content(.bareIntegrityCheck), .likely, source: "nDPI wa_voice.pcap: 44-byte check, integrity only",
        seen: 20_230_601),
      Clue(.phoneApp("WhatsApp"), .certain, source: "PCAPdroid pcap_dump.h: label in the trailer", seen: 20_261_101),
      Clue(
        .phoneApp("WhatsApp Business"), .certain, source: "PCAPdroid pcap_dump.h: label in the trailer",
        seen: 20_261_101),
    ]
      + Clue.services(
        [
          (IPAddress(v4: 0x1F0D_1800), 21), (IPAddress(v4: 0x1F0D_4000), 18), (IPAddress(v4: 0x3990_0000), 14),
          (IPAddress(v4: 0x9DF0_0000), 17), (IPAddress(v4: 0x9DF0_C000), 18), (IPAddress(v4: 0xA346_8000), 17),
          (IPAddress(v4: 0xB33C_C000), 22), (IPAddress(v4: 0xB93C_D800), 22),
        ], .tcp, 5_222...5_222, source: "METHOD.md W2.1: the chat's port at Meta's prefixes; nDPI wa_video.pcap",
        seen: 20_241_021)
  )
}
