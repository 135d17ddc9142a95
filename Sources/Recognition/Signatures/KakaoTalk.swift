internal import Verdict

extension Signature {
  /// KakaoTalk calls and chat. Layouts: METHOD.md W2.11.
  static let kakaotalk = Signature(
    .kakaotalk,
    clues: Clue.names(
      ["kakao.com", "kakaocdn.net"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.services(
        [(IPAddress(v4: 0x01C9_0000), 16)], .udp, 10_000...29_999,
        source: "nDPI KakaoTalk_talk.pcap: voice at 1.201.1.174:23044 to 23047", seen: 20_150_427)
  )
}
