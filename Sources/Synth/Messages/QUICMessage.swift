/// QUIC version 1 packets in shape (RFC 9000 §17.2); the protection is random bytes, so nobody can read the hello.
public enum QUICMessage {
  /// A client's Initial datagram of 1200 bytes.
  public static func initial(destination: [UInt8], source: [UInt8], generator: inout SeededGenerator) -> [UInt8] {
    longHeader(destination: destination, source: source, length: 1_200, hasToken: true, generator: &generator)
  }

  /// A server's Handshake packet.
  public static func handshake(
    destination: [UInt8], source: [UInt8], length: Int, generator: inout SeededGenerator
  ) -> [UInt8] {
    longHeader(destination: destination, source: source, length: length, hasToken: false, generator: &generator)
  }

  /// A packet with the short header.
  public static func oneRTT(destination: [UInt8], length: Int, generator: inout SeededGenerator) -> [UInt8] {
    [0x40 | UInt8(generator.number(in: 0...31))] + destination + generator.bytes(length)
  }

  private static func longHeader(
    destination: [UInt8], source: [UInt8], length: Int, hasToken: Bool, generator: inout SeededGenerator
  ) -> [UInt8] {
    var packet: [UInt8] = [(hasToken ? 0xC0 : 0xE0) | UInt8(generator.number(in: 0...15)), 0, 0, 0, 1]
    packet += [UInt8(destination.count)] + destination + [UInt8(source.count)] + source
    if hasToken { packet.append(0) }
    packet.append16(0x4000 | (length - packet.count - 2))
    return packet + generator.bytes(length - packet.count)
  }
}
