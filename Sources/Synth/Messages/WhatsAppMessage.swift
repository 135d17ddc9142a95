/// STUN-like messages between the WhatsApp client and Meta's relays, in the layouts seen since 2023.
public enum WhatsAppMessage {
  /// The 212-byte Allocate that probes a relay: token, the relay's own address, integrity.
  public static func allocate(
    relay: SocketAddress, token: [UInt8], transaction: [UInt8], generator: inout SeededGenerator
  ) -> [UInt8] {
    var message = STUNMessage(STUNMessage.Kind.allocateRequest, transaction: transaction)
    message.append(0x4000, token)
    message.append(0x0016, xored: relay)
    message.append(0x0008, generator.bytes(20))
    return message.bytes()
  }

  /// The relay's answer: address seen and its clock in milliseconds.
  public static func allocateAnswer(
    to request: [UInt8], mapped: SocketAddress, unixMilliseconds: UInt64, generator: inout SeededGenerator
  ) -> [UInt8] {
    var message = STUNMessage(STUNMessage.Kind.allocateSuccess, transaction: STUNMessage.transaction(of: request))
    message.append(0x0020, xored: mapped)
    var time: [UInt8] = []
    time.append64(unixMilliseconds)
    message.append(0x4002, time)
    message.append(0x0008, generator.bytes(20))
    return message.bytes()
  }

  /// The 20-byte ping.
  public static func ping(transaction: [UInt8]) -> [UInt8] {
    STUNMessage(0x0801, transaction: transaction).bytes()
  }

  /// The 20-byte pong.
  public static func pong(to ping: [UInt8]) -> [UInt8] {
    STUNMessage(0x0802, transaction: STUNMessage.transaction(of: ping)).bytes()
  }

  /// The message that ends a call at the relay: 220 bytes.
  public static func terminate(
    relay: SocketAddress, token: [UInt8], transaction: [UInt8], generator: inout SeededGenerator
  ) -> [UInt8] {
    var message = STUNMessage(0x0800, transaction: transaction)
    message.append(0x4000, token)
    message.append(0x802B, [0, 0, 0, 0])
    message.append(0x0016, xored: relay)
    message.append(0x0008, generator.bytes(20))
    return message.bytes()
  }
}
