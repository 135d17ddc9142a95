internal import Detection
internal import Wire

/// Answers of DNS servers over UDP, kept for a moment until a second one to the same question contradicts the first
/// (METHOD.md M1.6). A table of fixed size: an answer whose place another one took is not missed by many.
struct DNSAnswers {
  private struct Key: Hashable, BitwiseCopyable {
    var client: UInt64 = 0
    var server: UInt64 = 0
    /// Client's port, then the question's id.
    var question: UInt32 = 0

    /// The same flow's, of no question.
    var flow: Key { Key(client: client, server: server, question: question & 0xFFFF_0000) }
  }

  private struct First: BitwiseCopyable {
    var key = Key()
    var answer = AnswerPair.Answer(time: 0, timeToLive: 0, frame: 0)
    var digest: UInt64 = 0
  }

  /// Most contradictions kept.
  private static let kept = 1 << 10
  private var first: [First] = []
  private var pairs: [Key: AnswerPair] = [:]
  /// Ids that were answered on the flows of these.
  private var answered: [Key: Set<UInt32>] = [:]
  /// Most of them of one flow: nobody asks more on one socket before it is known whether that was one question each.
  private static let questions = 16

  /// No answer contradicted another.
  var isEmpty: Bool { pairs.isEmpty }

  /// Takes a response in.
  mutating func note(_ packet: Packet, _ message: DNSMessage, _ payload: Span<UInt8>, time: Int64, frame: UInt64) {
    if first.isEmpty { first = Array(repeating: First(), count: 1 << 10) }
    let key = Self.key(packet.destination, packet.destinationPort, packet.source, message.id)
    if !answered.isEmpty, let known = answered[key.flow], known.count < Self.questions {
      answered[key.flow]?.insert(key.question)
    }
    let digest = Self.digest(payload)
    let answer = AnswerPair.Answer(time: time, timeToLive: packet.timeToLive, frame: frame)
    let mixed = (key.client ^ key.server &<< 17 ^ UInt64(key.question)) &* 0x9E37_79B9_7F4A_7C15
    let place = Int(truncatingIfNeeded: mixed &>> 54)
    guard first[place].answer.frame != 0, first[place].key == key else {
      first[place] = First(key: key, answer: answer, digest: digest)
      return
    }
    guard first[place].digest != digest, pairs.count < Self.kept, pairs[key] == nil else { return }
    pairs[key] = AnswerPair(first: first[place].answer, second: answer)
    guard answered[key.flow] == nil else { return }
    answered[key.flow] = Set(first.lazy.filter { $0.answer.frame != 0 && $0.key.flow == key.flow }.map(\.key.question))
  }

  /// The contradiction on a flow; nil if there was none.
  func pair(client: AddressBits, port: UInt16, server: AddressBits) -> AnswerPair? {
    let flow = Self.key(client, port, server, 0)
    guard let answered = answered[flow],
      let pair = pairs.filter({ $0.key.flow == flow }).values.min(by: { $0.first.frame < $1.first.frame })
    else { return nil }
    return AnswerPair(first: pair.first, second: pair.second, questions: answered.count)
  }

  /// Of the bytes behind the question's id.
  private static func digest(_ payload: Span<UInt8>) -> UInt64 {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in 2..<max(2, payload.count) { state = (state ^ UInt64(payload[index])) &* 0x100_0000_01B3 }
    return state
  }

  private static func key(_ client: AddressBits, _ port: UInt16, _ server: AddressBits, _ id: UInt16) -> Key {
    Key(
      client: client.high ^ client.low, server: server.high ^ server.low, question: UInt32(port) << 16 | UInt32(id))
  }
}
