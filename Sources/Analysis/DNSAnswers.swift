internal import Detection
internal import Wire

/// Answers of DNS servers over UDP, kept for a moment until a second one to the same question contradicts the first
/// (METHOD.md M1.6). A table of fixed size: a question whose place another one took is not missed by many.
struct DNSAnswers {
  private struct Key: Hashable, BitwiseCopyable {
    var client: UInt64 = 0
    var server: UInt64 = 0
    /// Client's port, then the question's id.
    var question: UInt32 = 0

    /// The same flow's, of no question.
    var flow: Key { Key(client: client, server: server, question: question & 0xFFFF_0000) }
  }

  /// A question and its first answer.
  private struct Question: BitwiseCopyable {
    var key = Key()
    /// When it was asked first, ns since the epoch, and how often; an id that is used again counts as asked again.
    var time: Int64 = 0
    var asked: UInt32 = 0
    /// Frame 0 before it is answered.
    var answer = AnswerPair.Answer(time: 0, timeToLive: 0, frame: 0)
    var digest: UInt64 = 0
  }

  /// Most contradictions kept.
  private static let kept = 1 << 10
  private var questions: [Question] = []
  /// Of questions that were asked once, with the latest answer of another host.
  private var pairs: [Key: AnswerPair] = [:]

  /// No answer contradicted another.
  var isEmpty: Bool { pairs.isEmpty }

  /// Takes a question in.
  mutating func noteQuestion(client: AddressBits, port: UInt16, server: AddressBits, id: UInt16, time: Int64) {
    if questions.isEmpty { questions = Array(repeating: Question(), count: 1 << 10) }
    let key = Self.key(client, port, server, id)
    let place = Self.place(of: key)
    guard questions[place].asked > 0, questions[place].key == key else {
      questions[place] = Question(key: key, time: time, asked: 1)
      return
    }
    questions[place].asked &+= 1
    // Either answer may be to either.
    pairs[key] = nil
  }

  /// Takes an answer in.
  mutating func note(_ packet: Packet, _ message: DNSMessage, _ payload: Span<UInt8>, time: Int64, frame: UInt64) {
    guard !questions.isEmpty else { return }
    let key = Self.key(packet.destination, packet.destinationPort, packet.source, message.id)
    let place = Self.place(of: key)
    guard questions[place].asked > 0, questions[place].key == key else { return }
    guard let (digest, namesAddress) = Self.digest(message, payload) else { return }
    let answer = AnswerPair.Answer(
      time: time, timeToLive: packet.timeToLive, frame: frame, code: message.rcode, namesAddress: namesAddress)
    let first = questions[place].answer
    guard first.frame != 0 else {
      questions[place].answer = answer
      questions[place].digest = digest
      return
    }
    // Several may answer before the server does, each with another lie: the latest of another host is the server's own.
    guard questions[place].digest != digest, questions[place].asked == 1, answer.timeToLive != first.timeToLive,
      pairs.count < Self.kept || pairs[key] != nil
    else { return }
    pairs[key] = AnswerPair(asked: questions[place].time, first: first, second: answer)
  }

  /// The contradiction on a flow; nil if there was none.
  func pair(client: AddressBits, port: UInt16, server: AddressBits) -> AnswerPair? {
    let flow = Self.key(client, port, server, 0)
    return pairs.filter { $0.key.flow == flow }.values.min { $0.first.frame < $1.first.frame }
  }

  private static func place(of key: Key) -> Int {
    let mixed = (key.client ^ key.server &<< 17 ^ UInt64(key.question)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed &>> 54)
  }

  /// Of what an answer says: its code, and its addresses or, if it has none, its other names and records. In whatever order, and
  /// whatever else it carries: a resolver that is asked twice counts the records' time down, rotates them, and may set other flags.
  /// Nil of an answer that was cut.
  private static func digest(
    _ message: DNSMessage, _ payload: Span<UInt8>
  ) -> (digest: UInt64, namesAddress: Bool)? {
    var (addresses, names, others): (UInt64, UInt64, UInt64) = (0, 0, 0)
    var namesAddress = false
    var records = DNSRecords(message)
    var count = 0
    while let record = records.next(in: payload) {
      count += 1
      if let (family, address) = record.address(in: payload) {
        namesAddress = true
        addresses &+= mixed(address.high ^ mixed(address.low &+ UInt64(family)))
      } else if record.type == DNSRecord.cname, let name = record.aliasName(in: payload) {
        // Written out: it may be compressed.
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        names &+= mixed(state)
      } else if record.data.upperBound <= payload.count {
        // Of any other type, as HTTPS and TXT: its data as they are.
        var state: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(record.type)
        for place in record.data { state = (state ^ UInt64(payload[place])) &* 0x100_0000_01B3 }
        others &+= mixed(state)
      }
    }
    // The rest of what was cut, by its sender or by the capture, may be the same.
    guard !message.isCutShort, count == min(message.answerCount, DNSRecords.limit) else { return nil }
    return (mixed((namesAddress ? addresses : names &+ others) &+ UInt64(message.rcode)), namesAddress)
  }

  /// The last steps of splitmix64: no two numbers meet, and sums of them seldom.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var state = value &+ 0x9E37_79B9_7F4A_7C15
    state = (state ^ state &>> 30) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ state &>> 27) &* 0x94D0_49BB_1331_11EB
    return state ^ state &>> 31
  }

  private static func key(_ client: AddressBits, _ port: UInt16, _ server: AddressBits, _ id: UInt16) -> Key {
    Key(
      client: client.high ^ client.low, server: server.high ^ server.low, question: UInt32(port) << 16 | UInt32(id))
  }
}
