internal import Verdict

extension Signature {
  /// WeChat chat and calls. Layouts: METHOD.md W2.11; of its calls no public capture was found.
  static let wechat = Signature(
    .wechat,
    clues: Clue.names(
      ["wechat.com", "weixin.qq.com", "wx.qq.com", "servicewechat.com"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
