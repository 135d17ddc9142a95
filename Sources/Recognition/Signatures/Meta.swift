internal import Verdict

extension Signature {
  /// Calls over Meta's relays that may be WhatsApp's, Messenger's or Instagram's (nDPI issue 2797): METHOD.md W2.6.
  static let meta = Signature(
    .meta,
    clues: [
      Clue(
        .content(.edgeRay), .certain, source: "nDPI lru_ipv6_caches.pcapng: USERNAME EDGERAY_DEFAULT_USERNAME",
        seen: 20_231_001)
    ]
      // Push of Messenger, Instagram and Facebook alike.
      + Clue.names(
        ["edge-mqtt.facebook.com", "mqtt-mini.facebook.com"], .likely,
        source: "METHOD.md W6 domain list; Instagram's clients name the first as theirs", seen: 20_241_021)
      + Clue.services(
        [
          (IPAddress(v4: 0x1F0D_1800), 21), (IPAddress(v4: 0x1F0D_4000), 18), (IPAddress(v4: 0x3990_0000), 14),
          (IPAddress(v4: 0x6684_6000), 20), (IPAddress(v4: 0x8186_0000), 17), (IPAddress(v4: 0x9DF0_0000), 17),
          (IPAddress(v4: 0x9DF0_C000), 18), (IPAddress(v4: 0xA346_8000), 17), (IPAddress(v4: 0xA372_8000), 20),
          (IPAddress(v4: 0xADFC_4000), 18), (IPAddress(v4: 0xB33C_C000), 22), (IPAddress(v4: 0xB93C_D800), 22),
          (IPAddress(v4: 0xB959_D800), 22), (IPAddress(high: 0x2A03_2880_0000_0000, low: 0), 32),
        ], .udp, 3_478...3_480,
        source: "METHOD.md W2.12 prefix list", seen: 20_241_021)
  )
}
