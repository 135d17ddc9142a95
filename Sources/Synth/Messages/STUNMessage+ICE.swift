extension STUNMessage {
  /// A bare Binding request, libwebrtc's keep-alive to a STUN server.
  public static func binding(transaction: [UInt8]) -> [UInt8] {
    STUNMessage(Kind.bindingRequest, transaction: transaction).bytes()
  }

  /// What a STUN server answers; SOFTWARE and FINGERPRINT as coturn adds them.
  public static func bindingAnswer(to request: [UInt8], mapped: SocketAddress) -> [UInt8] {
    var answer = STUNMessage(Kind.bindingSuccess, transaction: transaction(of: request))
    answer.append(0x0020, xored: mapped)
    answer.append(0x8022, Array("None".utf8))
    return answer.bytes(fingerprint: true)
  }

  /// An ICE connectivity check in libwebrtc's attribute order, 100 bytes with four-character names and the
  /// controlling role, 104 with a nomination.
  public static func iceCheck(
    remoteName: [UInt8], localName: [UInt8], controlling: Bool, nominates: Bool = false,
    generator: inout SeededGenerator
  ) -> [UInt8] {
    var check = STUNMessage(Kind.bindingRequest, transaction: generator.base64Characters(12))
    check.append(0x0006, remoteName + [0x3A] + localName)
    check.append(0xC057, [0, 1, 0, 10])
    check.append(controlling ? 0x802A : 0x8029, generator.bytes(8))
    if nominates { check.append(0x0025, []) }
    check.append(0x0024, [0x6E, 0x00, 0x1E, 0xFF])
    check.append(0x0008, generator.bytes(20))
    return check.bytes(fingerprint: true)
  }

  /// The success response to a check: 64 bytes.
  public static func iceAnswer(to check: [UInt8], mapped: SocketAddress, generator: inout SeededGenerator) -> [UInt8] {
    var answer = STUNMessage(Kind.bindingSuccess, transaction: transaction(of: check))
    answer.append(0x0020, xored: mapped)
    answer.append(0x0008, generator.bytes(20))
    return answer.bytes(fingerprint: true)
  }
}
