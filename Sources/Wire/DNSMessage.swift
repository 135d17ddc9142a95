// RFC 1035 section 4.1: header and question; RFC 6762 for what multicast DNS does to them.

/// Header and first question of a DNS message; the records come from `DNSRecords`.
public struct DNSMessage: Sendable, BitwiseCopyable {
  /// Bytes of the header.
  public static let headerSize = 12

  /// Transaction id.
  public let id: UInt16
  /// Whether it is a response.
  public let isResponse: Bool
  /// Kind of query: 0 standard.
  public let opcode: UInt8
  /// Response code: 0 no error, 2 server failure, 3 no such name, 5 refused.
  public let rcode: UInt8
  /// TC: the answer was too long for the datagram.
  public let isCutShort: Bool
  /// Questions.
  public let questionCount: Int
  /// Answers.
  public let answerCount: Int
  /// Authority records.
  public let authorityCount: Int
  /// Additional records.
  public let additionalCount: Int
  /// What is asked for: 1 A, 5 CNAME, 28 AAAA, 65 HTTPS.
  public let questionType: UInt16
  /// Where the first record starts.
  public let recordsOffset: Int

  /// Reads a message (without TCP's length prefix) if `payload` holds one.
  ///
  /// Random bytes must not pass: opcode and class must be in use, reserved bits clear, exactly one question, counts
  /// that could have been captured, and a question whose name can be walked.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= 12 + 5 else { return nil }
    let header = payload.extracting(0..<12)
    let flags = header.uint16(at: 2)
    let opcode = UInt8(truncatingIfNeeded: flags >> 11 & 15)
    let isResponse = flags >> 15 == 1
    let questions = Int(header.uint16(at: 4))
    let answers = Int(header.uint16(at: 6))
    let authorities = Int(header.uint16(at: 8))
    let additionals = Int(header.uint16(at: 10))
    switch opcode {
    case 0, 1, 2, 4, 5: break
    default: return nil
    }
    // Bit 6 is reserved; a query carries no code and (update and notify apart) no answers.
    guard flags & 0x0040 == 0, questions == 1, isResponse || (flags & 15 == 0 && (opcode >= 4 || answers == 0)),
      // A 64 KB message has room for no more: a record takes at least 11 bytes.
      answers &+ authorities &+ additionals <= 65_535 / 11,
      let end = DNSName.end(payload, at: 12), end &+ 4 <= payload.count
    else { return nil }
    let question = payload.extracting(end..<(end &+ 4))
    // The top bit of the class is multicast DNS's (RFC 6762 section 5.4).
    switch question.uint16(at: 2) & 0x7FFF {
    case 1, 3, 4, 254, 255: break
    default: return nil
    }
    guard question.uint16(at: 0) != 0 else { return nil }
    self.id = header.uint16(at: 0)
    self.isResponse = isResponse
    self.opcode = opcode
    self.rcode = UInt8(truncatingIfNeeded: flags & 15)
    self.isCutShort = flags & 0x0200 != 0
    self.questionCount = questions
    self.answerCount = answers
    self.authorityCount = authorities
    self.additionalCount = additionals
    self.questionType = question.uint16(at: 0)
    self.recordsOffset = end &+ 4
  }

  /// The name asked for, in lower case; nil if it is not printable ASCII, or the root.
  public func question(in payload: Span<UInt8>) -> DNSNameText? {
    guard let name = DNSName.read(payload, at: DNSMessage.headerSize), name.count > 0 else { return nil }
    return name
  }

  /// The name asked for as text.
  public func questionName(in payload: Span<UInt8>) -> String? { question(in: payload)?.text }

  /// The answer's addresses that belong to the name asked for, directly or over CNAMEs (`g.whatsapp.net` answers as
  /// `chat.cdn.whatsapp.net`) or the targets of HTTPS records, whose hints are addresses as well; at most 64, the shortest
  /// TTL on the way each.
  public func forEachAddress(in payload: Span<UInt8>, _ body: (DNSAddress) -> Void) {
    guard isResponse, DNSName.read(payload, at: DNSMessage.headerSize) != nil else { return }
    // Offsets of the names that the question leads to, with the shortest TTL on the way.
    var names = InlineArray<17, (offset: Int, ttl: UInt32)>(repeating: (DNSMessage.headerSize, .max))
    var count = 1
    func known(_ offset: Int) -> UInt32? {
      for index in 0..<count where DNSName.equal(payload, offset, names[index].offset) { return names[index].ttl }
      return nil
    }
    // Each pass adds the targets that the pass before could not know. Answers are mostly in order; a hostile one must
    // not make us walk its records for every alias.
    var found = 0
    var passes = 0
    while count > found, passes < 4 {
      found = count
      passes += 1
      var records = DNSRecords(self)
      while count <= DNSName.hopLimit, let record = records.next(in: payload) {
        guard let alias = record.alias(in: payload), let ttl = known(record.name),
          DNSName.read(payload, at: alias) != nil, known(alias) == nil
        else { continue }
        names[count] = (alias, Swift.min(ttl, record.ttl))
        count += 1
      }
    }
    var addresses = 0
    var records = DNSRecords(self)
    while addresses < 64, let record = records.next(in: payload) {
      if record.type == DNSRecord.https, let ttl = known(record.name) {
        record.forEachHint(in: payload) { family, address in
          guard addresses < 64 else { return }
          body(DNSAddress(family: family, address: address, ttl: Swift.min(ttl, record.ttl)))
          addresses += 1
        }
        continue
      }
      guard let (family, address) = record.address(in: payload), let ttl = known(record.name) else { continue }
      body(DNSAddress(family: family, address: address, ttl: Swift.min(ttl, record.ttl)))
      addresses += 1
    }
  }
}

/// An address that a DNS answer gives for a name.
public struct DNSAddress: Equatable, Sendable, BitwiseCopyable {
  /// 4 or 6.
  public let family: UInt8
  /// Address bits.
  public let address: AddressBits
  /// Seconds to live.
  public let ttl: UInt32

  /// An address.
  public init(family: UInt8, address: AddressBits, ttl: UInt32) {
    self.family = family
    self.address = address
    self.ttl = ttl
  }
}
