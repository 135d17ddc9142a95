// Discord's voice servers over UDP: address discovery as Discord's developer documentation writes it ("IP Discovery",
// Voice Connections), keep-alives as seen in `discord`.

/// Datagrams of Discord beside RTP.
public enum DiscordVoice: UInt8, Sendable, BitwiseCopyable {
  /// Client asks for its address: 74 bytes, type 1, length 70, SSRC, zeros.
  case discovery
  /// The server tells it: type 2, length 70, SSRC, address as text padded with zeros, port.
  case address
  /// 1337CAFE and a counter, echoed; 8 bytes.
  case keepAlive

  /// Reads a datagram; 32 constant bits and the length prove one.
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 8 else { return nil }
    let word = payload.extracting(0..<4).uint32(at: 0)
    if word == 0x1337_CAFE, wireLength == 8 {
      self = .keepAlive
      return
    }
    guard wireLength == 74, payload.count == 74, word == 0x0001_0046 || word == 0x0002_0046 else { return nil }
    var text = 8
    while text < 72, payload[text] != 0 {
      guard payload[text] >= 0x2E, payload[text] <= 0x66 else { return nil }
      text &+= 1
    }
    for index in text..<72 where payload[index] != 0 { return nil }
    guard (text == 8) == (word == 0x0001_0046) else { return nil }
    self = text == 8 ? .discovery : .address
  }
}
