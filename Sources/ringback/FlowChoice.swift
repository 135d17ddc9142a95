internal import Report
internal import Verdict

/// A flow as a user names it: by its id or the first digits of it, or by one of its ends, as in 192.0.2.7:3478.
struct FlowChoice {
  private let name: String

  /// The first digits of an id: they must tell one flow from all others.
  let isIdentifier: Bool

  init(_ name: String) {
    self.name = name.lowercased()
    isIdentifier = name.utf8.count <= 16 && name.allSatisfy { $0.isHexDigit }
  }

  /// The name may be this flow's.
  func fits(_ flow: FlowRecord) -> Bool {
    if isIdentifier { return FlowName.digits(flow.id).hasPrefix(name) }
    return [flow.client, flow.server].contains { FlowName.end($0) == name }
  }
}
