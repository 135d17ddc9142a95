internal import Detection
internal import Wire

/// Answers of DNS servers over UDP, kept until a second one to the same question contradicts the first (METHOD.md M1.6).
struct DNSAnswers {
  private struct Key: Hashable {
    let client: UInt64
    let server: UInt64
    let port: UInt16
    let id: UInt16

    /// The same flow's, of whichever question.
    func isOf(_ other: Key) -> Bool { client == other.client && server == other.server && port == other.port }
  }

  private struct First {
    let answer: AnswerPair.Answer
    let digest: UInt64
  }

  /// Most answers that wait for a second one; all are forgotten then, as old ones are never contradicted.
  private static let limit = 1 << 14
  /// Most contradictions kept.
  private static let kept = 1 << 10
  private var first: [Key: First] = [:]
  private var pairs: [Key: AnswerPair] = [:]

  /// Takes a response in.
  mutating func note(_ packet: Packet, _ message: DNSMessage, _ payload: Span<UInt8>, time: Int64, frame: UInt64) {
    var digest = UInt64(message.rcode)
    // Servers turn the order of their addresses: a sum has none.
    message.forEachAddress(in: payload) { answer in
      let mixed = (answer.address.high ^ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9 ^ answer.address.low
      digest = digest &+ (mixed &* 0x94D0_49BB_1331_11EB | 1) << 8
    }
    let key = Self.key(packet.destination, packet.destinationPort, packet.source, message.id)
    let answer = AnswerPair.Answer(time: time, timeToLive: packet.timeToLive, frame: frame)
    guard let earlier = first[key] else {
      if first.count >= Self.limit { first.removeAll(keepingCapacity: true) }
      first[key] = First(answer: answer, digest: digest)
      return
    }
    guard earlier.digest != digest, pairs[key] == nil, pairs.count < Self.kept else { return }
    pairs[key] = AnswerPair(first: earlier.answer, second: answer)
  }

  /// The contradiction on a flow; nil if there was none.
  func pair(client: AddressBits, port: UInt16, server: AddressBits) -> AnswerPair? {
    if pairs.isEmpty { return nil }
    return pairs.filter { $0.key.isOf(Self.key(client, port, server, 0)) }.values.min {
      $0.first.frame < $1.first.frame
    }
  }

  private static func key(_ client: AddressBits, _ port: UInt16, _ server: AddressBits, _ id: UInt16) -> Key {
    Key(client: client.high ^ client.low, server: server.high ^ server.low, port: port, id: id)
  }
}
