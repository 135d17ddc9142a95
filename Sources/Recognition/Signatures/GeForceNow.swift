internal import Verdict

extension Signature {
  /// GeForce Now: WebRTC to servers whose names come by TLS. METHOD.md W2.11.
  static let geforcenow = Signature(
    .geforcenow,
    clues: Clue.names(
      ["nvidiagrid.net", "geforcenow.com"], .certain,
      source: "METHOD.md W6 domain list", seen: 20_241_021)
  )
}
