internal import Recognition
internal import Wire

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

  /// Whose program the phone says sent a flow, as a hash that is the same in every shard; 0 where it does not say.
  func program(_ flow: UInt32) -> UInt64 {
    guard let label = phoneApps[flow] else { return 0 }
    let name = names.name(label)
    return name == Self.unknownProgram ? 0 : TieHash.of(name.span)
  }

  /// What PCAPdroid calls the user of a connection that it could not find out.
  private static let unknownProgram = Array("Unknown".utf8)
}
