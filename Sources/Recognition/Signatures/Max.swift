internal import Verdict

extension Signature {
  /// Max (oneme.ru): WebRTC with TURN at port 19302, which is Google's STUN port too: a port says nothing. METHOD.md W2.3; no public capture was found.
  static let max = Signature(
    .max,
    clues: Clue.names(
      ["oneme.ru", "max.ru"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
      + Clue.names(
        // The calls of VK and Odnoklassniki, and their videos, come from there as well.
        ["okcdn.ru"], .weak,
        source: "community notes on Max calls: calls.okcdn.ru, videowebrtc.okcdn.ru; VK and OK use it too",
        seen: 20_260_801)
      + Clue.services(
        [(IPAddress(v4: 0x9BD4_C000), 20)], .udp, 19_302...19_302,
        source: "community notes on Max calls: TURN at 155.212.193.12 to 155.212.207.8", seen: 20_260_801)
      + Clue.services(
        [(IPAddress(v4: 0x9BD4_C000), 20)], .udp, 3_478...3_478,
        source: "community notes on Max calls: TURN at 155.212.193.12 to 155.212.207.8", seen: 20_260_801)
      + Clue.services(
        [(IPAddress(v4: 0x9BD4_C000), 20)], .tcp, 19_302...19_302,
        source: "community notes on Max calls: TURN at 155.212.193.12 to 155.212.207.8", seen: 20_260_801)
      + Clue.services(
        [(IPAddress(v4: 0x9BD4_C000), 20)], .tcp, 3_478...3_478,
        source: "community notes on Max calls: TURN at 155.212.193.12 to 155.212.207.8", seen: 20_260_801)
  )
}
