/// DNS questions and answers (RFC 1035) about A records.
public enum DNSMessage {
  /// A question.
  public static func query(_ name: String, number: UInt16) -> [UInt8] {
    header(number, flags: 0x0100, answers: 0) + question(name)
  }

  /// An answer with addresses.
  public static func answer(_ name: String, number: UInt16, addresses: [HostAddress], timeToLive: UInt32 = 300)
    -> [UInt8]
  {
    var message = header(number, flags: 0x8180, answers: addresses.count) + question(name)
    for address in addresses {
      message += [0xC0, 12, 0, address.isVersion6 ? 28 : 1, 0, 1]
      message.append32(timeToLive)
      message += HelloExtensions.vector16(address.bytes)
    }
    return message
  }

  private static func header(_ number: UInt16, flags: Int, answers: Int) -> [UInt8] {
    var result: [UInt8] = []
    for field in [Int(number), flags, 1, answers, 0, 0] { result.append16(field) }
    return result
  }

  private static func question(_ name: String) -> [UInt8] {
    var result: [UInt8] = []
    for label in name.split(separator: ".") { result += [UInt8(label.utf8.count)] + Array(label.utf8) }
    return result + [0, 0, 1, 0, 1]
  }
}
