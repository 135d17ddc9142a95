/// The apps of a phone by Android's user id, as PCAPdroid writes them into pcapng (emanuele-f/PCAPdroid, pcap_dump.c and
/// its Wireshark plugin, read 2026-11): a custom block for each user id before its first packet, and `u-10130` as the
/// comment of each packet.
///
///     62652(4) version(2) type(1) reserved(1) user(4) package length(1) label length(1) package label
struct PhoneUsers {
  /// PCAPdroid's enterprise number, and of its blocks the one known.
  private static let enterprise: UInt32 = 62_652
  private static let version: UInt16 = 1
  private static let userBlock: UInt8 = 1
  /// A phone has a few hundred apps.
  private static let mostUsers = 4096
  /// Longest block that can be one: 14 bytes, two names of a one-byte length, padding.
  static let longestBlock = 12 + 4 + 14 + 2 * 255 + 4

  /// Labels of apps, UTF-8.
  private(set) var labels: [Int32: [UInt8]] = [:]

  /// Takes in a custom block; others' are passed over.
  mutating func take(custom body: BlockBody) {
    guard body.count >= 18, body.word(0) == Self.enterprise, body.half(4) == Self.version,
      body.byte(6) == Self.userBlock, labels.count < Self.mostUsers
    else { return }
    let user = Int32(bitPattern: body.word(8))
    let start = 14 + Int(body.byte(12))
    let length = Int(body.byte(13))
    guard length > 0, start + length <= body.count, labels[user] == nil else { return }
    labels[user] = (start..<(start + length)).map { body.byte($0) }
  }

  /// The user id in the comment of an enhanced packet block whose options begin at `position`; -1 if there is none.
  func user(of body: BlockBody, optionsAt position: Int) -> Int32 {
    var options = body.options(from: position)
    while let option = options.next(in: body) {
      // opt_comment: "u-" and digits.
      guard option.code == 1, (3...13).contains(option.length), body.byte(option.start) == 0x75,
        body.byte(option.start + 1) == 0x2D
      else { continue }
      var user: Int64 = 0
      for place in (option.start + 2)..<(option.start + option.length) {
        let digit = Int64(body.byte(place)) - 0x30
        guard digit >= 0, digit <= 9 else { return -1 }
        user = user * 10 + digit
      }
      return Int32(exactly: user) ?? -1
    }
    return -1
  }
}
