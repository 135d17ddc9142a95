internal import Verdict

extension Signature {
  /// Zoom meetings and calls. Layouts: METHOD.md W2.9.
  static let zoom = Signature(
    .zoom,
    clues: [
      Clue(
        .content(.zoomSTUN), .certain, source: "nDPI zoom.pcap, zoom_p2p.pcapng: attribute 0x0101 with a constant",
        seen: 20_231_001),
      Clue(
        .content(.zoomPeer), .certain, source: "nDPI zoom_p2p.pcapng: 1F 02 01 00 08 00 01 00 04 00",
        seen: 20_231_001),
      Clue(
        .content(.zoomHello), .certain, source: "nDPI zoom.pcap, zoom2.pcap: hello and its id echoed",
        seen: 20_231_001),
      Clue(
        .content(.zoomMedia), .likely,
        source: "Michel et al., IMC 2022: RTP behind SFU and media headers; nDPI zoom.pcap",
        seen: 20_231_001),
      Clue(
        .content(.zoomUser), .likely, source: "nDPI stun_zoom.pcapng: two UUIDs as ufrags",
        seen: 20_240_101),
    ]
      + Clue.names(
        ["zoom.us", "zoomgov.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [
          (IPAddress(v4: 0x0307_2300), 25), (IPAddress(v4: 0x86E0_0000), 16), (IPAddress(v4: 0x90C3_0000), 16),
          (IPAddress(v4: 0x9589_0000), 17), (IPAddress(v4: 0xA2FF_2400), 22), (IPAddress(v4: 0xAA72_0000), 16),
          (IPAddress(v4: 0xCEF7_0000), 16),
        ], .udp, 3_478...3_479,
        source: "METHOD.md W2.12 prefix list", seen: 20_241_021)
      + Clue.services(
        [
          (IPAddress(v4: 0x0307_2300), 25), (IPAddress(v4: 0x86E0_0000), 16), (IPAddress(v4: 0x90C3_0000), 16),
          (IPAddress(v4: 0x9589_0000), 17), (IPAddress(v4: 0xA2FF_2400), 22), (IPAddress(v4: 0xAA72_0000), 16),
          (IPAddress(v4: 0xCEF7_0000), 16),
        ], .udp, 8_801...8_810,
        source: "METHOD.md W2.12 prefix list", seen: 20_241_021)
  )
}
