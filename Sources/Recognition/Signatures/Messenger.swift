internal import Verdict

extension Signature {
  /// Messenger (Facebook) calls. Layouts: METHOD.md W2.6. Attribute 0xC057 belongs to every libwebrtc (nDPI issue 2029) and is no clue.
  static let messenger = Signature(
    .messenger,
    clues: [
      Clue(.realm("turner.facebook"), .certain, source: "nDPI stun.pcap: REALM of the 401", seen: 20_221_001)
    ]
      + Clue.names(
        ["messenger.com"], .certain,
        source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
