internal import Verdict

/// `1 packet was`, where a phrase has `{} packets were`.
extension LineBuffer {
  /// What phrases count.
  private static let nouns: [(plural: StaticString, singular: StaticString)] = [
    ("packets", "packet"), ("segments", "segment"), ("requests", "request"), ("retransmissions", "retransmission"),
    ("relays", "relay"), ("addresses", "address"), ("servers", "server"), ("connections", "connection"),
    ("flows", "flow"), ("checks", "check"), ("hellos", "hello"), ("bins", "bin"), ("copies", "copy"),
    ("resets", "reset"), ("answers", "answer"), ("notices", "notice"), ("errors", "error"), ("datagrams", "datagram"),
    ("bytes", "byte"), ("paths", "path"), ("SYNs", "SYN"), ("Initials", "Initial"), ("queries", "query"),
    ("records", "record"), ("frames", "frame"), ("losses", "loss"), ("networks", "network"), ("signs", "sign"),
  ]
  private static let verbs: [(plural: StaticString, singular: StaticString)] = [
    ("were", "was"), ("have", "has"), ("quote", "quotes"), ("go", "goes"),
  ]
  /// Words between the number and its noun: `1 unanswered connectivity check`.
  private static var mostAdjectives: Int { 2 }

  /// Behind a 1: the noun that it counts in the singular, with what stands between and the verb right behind; how many bytes of
  /// the text that was, 0 if it counts nothing that is known.
  mutating func afterOne(_ source: borrowing Span<UInt8>, _ start: Int) -> Int {
    var index = start
    for _ in 0...Self.mostAdjectives {
      guard index < source.count, source[index] == 0x20 else { return 0 }
      let end = Self.end(of: source, from: index + 1)
      if let noun = find(source, index + 1, end, in: Self.nouns) {
        for place in start...index { byte(source[place]) }
        literal(noun)
        guard end < source.count, source[end] == 0x20 else { return end - start }
        let after = Self.end(of: source, from: end + 1)
        // Requests in 1 bin were not answered: a time is no subject.
        guard !noun.isSame(as: "bin"), let verb = find(source, end + 1, after, in: Self.verbs) else {
          return end - start
        }
        byte(0x20)
        literal(verb)
        return after - start
      }
      index = end
    }
    return 0
  }

  /// Where a word of letters and hyphens ends.
  private static func end(of source: borrowing Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < source.count, source[end] | 0x20 >= 0x61 && source[end] | 0x20 <= 0x7A || source[end] == 0x2D {
      end += 1
    }
    return end
  }

  private mutating func find(
    _ source: borrowing Span<UInt8>, _ start: Int, _ end: Int,
    in words: [(plural: StaticString, singular: StaticString)]
  ) -> StaticString? {
    for (plural, singular) in words where plural.utf8CodeUnitCount == end - start {
      var isSame = true
      withBytes(of: plural) { _, text in
        for index in text.indices where text[index] != source[start + index] { isSame = false }
      }
      if isSame { return singular }
    }
    return nil
  }
}
