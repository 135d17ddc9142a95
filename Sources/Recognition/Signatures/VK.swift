internal import Verdict

extension Signature {
  /// VK. METHOD.md W2.3: its calls share servers and names with those of Max; okcdn.ru is in the file of Max.
  static let vk = Signature(
    .vk,
    clues: Clue.names(
      [
        "vk.com", "vk.ru", "userapi.com", "vk-portal.net", "vkuser.net", "vkuservideo.net", "vkuseraudio.net",
        "vk-cdn.net",
      ], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
