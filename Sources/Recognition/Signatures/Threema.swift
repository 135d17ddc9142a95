internal import Verdict

extension Signature {
  /// Threema. METHOD.md W2.11: its chat opens with a key and a nonce, 48 random bytes answered by 80; the place decides.
  static let threema = Signature(
    .threema,
    clues: Clue.names(
      ["threema.ch"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [(IPAddress(v4: 0xB958_EC00), 22)], .tcp, 5_222...5_222,
        source: "nDPI threema.pcap; nDPI prefix list", seen: 20_241_021)
  )
}
