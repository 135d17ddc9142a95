/// Frames between a Telegram client and a UDP reflector, third generation.
///
/// Every frame begins with the call's 12-byte tag. A hello names the sender and has a fixed tail; the reflector answers with
/// its clock and the address it sees; data names destination and sender and carries STUN, DTLS or RTP from byte 24 on.
public struct ReflectorMessage: Sendable {
  /// Shared by both sides of a call.
  public var tag: [UInt8]

  /// Frames of one call; the tag has 12 bytes.
  public init(tag: [UInt8]) {
    precondition(tag.count == 12, "a call tag has twelve bytes")
    self.tag = tag
  }

  private static let marker = [UInt8](repeating: 0xFF, count: 12)

  /// The 40-byte hello.
  public func hello(from sender: [UInt8]) -> [UInt8] {
    var frame = tag + sender + Self.marker + [0xFE, 0xFF, 0xFF, 0xFF]
    frame.append64(123)
    return frame
  }

  /// The reflector's 64-byte answer: its time, the hello's number, and the address and port the hello came from.
  public func answer(to hello: [UInt8], unixTime: UInt32, mapped: SocketAddress) -> [UInt8] {
    var frame = Array(hello[0..<16]) + Self.marker + [0xC7, 0x72, 0x15, 0xC0]
    frame.append32LittleEndian(unixTime)
    frame += hello[32..<40]
    if !mapped.address.isVersion6 { frame += [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] }
    frame += mapped.address.bytes
    frame.append32LittleEndian(UInt32(mapped.port))
    return frame
  }

  /// A data frame, padded to four bytes.
  public func data(to destination: [UInt8], from sender: [UInt8], _ inner: [UInt8]) -> [UInt8] {
    var frame = tag + destination + sender
    frame.append32(UInt32(inner.count))
    frame += inner
    frame.pad(toMultipleOf: 4)
    return frame
  }

  /// True for a hello.
  static func isHello(_ frame: [UInt8]) -> Bool {
    frame.count == 40 && Array(frame[16..<28]) == marker && frame[28] == 0xFE
  }

  /// What a data frame carries.
  static func inner(of frame: [UInt8]) -> [UInt8]? {
    guard frame.count >= 24, Array(frame[16..<28]) != marker else { return nil }
    let length = frame.read16(at: 22)
    return 24 + length <= frame.count ? Array(frame[24..<(24 + length)]) : nil
  }
}
