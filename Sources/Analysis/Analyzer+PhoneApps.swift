internal import Recognition

extension Analyzer {
  /// Gives the flows of a phone's users the names of their apps, `labels` by user; after the last frame.
  mutating func namePhoneUsers(_ labels: [Int32: [UInt8]]) {
    guard !labels.isEmpty else { return }
    for (flow, user) in phoneUsers {
      guard let label = labels[user] else { continue }
      let name = names.intern(label.span)
      if name != NameTable.none { phoneApps[flow] = name }
    }
  }
}
