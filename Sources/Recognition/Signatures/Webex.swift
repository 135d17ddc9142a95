internal import Verdict

extension Signature {
  /// Cisco Webex. Names of servers and certificates: METHOD.md W2.11.
  static let webex = Signature(
    .webex,
    clues: Clue.names(
      ["webex.com", "wbx2.com", "ciscospark.com"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
