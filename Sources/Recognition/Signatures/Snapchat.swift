internal import Verdict

extension Signature {
  /// Snapchat calls and chat. Layouts: METHOD.md W2.11: media on the five-tuple of its QUIC connection.
  static let snapchat = Signature(
    .snapchat,
    clues: Clue.names(
      ["snapchat.com", "sc-cdn.net", "addlive.io"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.names(
        ["feelinsonice-hrd.appspot.com"], .likely,
        source: "nDPI snapchat.pcap; the name lies on a platform that others share", seen: 20_241_021)
  )
}
