// RFC 9112 sections 3 and 4: request line and status line.

/// Whether a stream starts as HTTP/1; cheap, for telling a blocking page or a proxy from what should be there.
public enum HTTPOpening {
  /// Whether `stream` starts with a method and a target that HTTP knows; SIP's and RTSP's OPTIONS do not.
  public static func isRequest(_ stream: Span<UInt8>) -> Bool {
    guard stream.count >= 9 else { return false }
    let head = stream.extracting(0..<9)
    let rest = head.uint32(at: 4)
    switch head.uint32(at: 0) {
    case ascii("G", "E", "T", " "): return isTarget(head[4])
    case ascii("P", "U", "T", " "): return isTarget(head[4])
    case ascii("P", "R", "I", " "): return rest == ascii("*", " ", "H", "T")
    case ascii("H", "E", "A", "D"), ascii("P", "O", "S", "T"): return head[4] == 0x20 && isTarget(head[5])
    case ascii("T", "R", "A", "C"): return head[4] == 0x45 && head[5] == 0x20 && isTarget(head[6])
    case ascii("P", "A", "T", "C"): return head[4] == 0x48 && head[5] == 0x20 && isTarget(head[6])
    case ascii("D", "E", "L", "E"): return head[4] == 0x54 && head[5] == 0x45 && head[6] == 0x20 && isTarget(head[7])
    case ascii("O", "P", "T", "I"):
      return rest == ascii("O", "N", "S", " ") && (head[8] == 0x2F || head[8] == 0x2A)
    // CONNECT takes a host and port: a letter, a digit or a bracket.
    case ascii("C", "O", "N", "N"): return rest == ascii("E", "C", "T", " ") && head[8] > 0x20 && head[8] < 0x7F
    default: return false
    }
  }

  /// Whether `stream` starts with a status line of HTTP/1.
  public static func isResponse(_ stream: Span<UInt8>) -> Bool { statusCode(stream) != nil }

  /// Status code of the status line at the start of `stream`.
  public static func statusCode(_ stream: Span<UInt8>) -> UInt16? {
    guard stream.count >= 12 else { return nil }
    let head = stream.extracting(0..<12)
    guard head.uint32(at: 0) == ascii("H", "T", "T", "P"), head[4] == 0x2F, head[5] == 0x31, head[6] == 0x2E,
      head[7] == 0x30 || head[7] == 0x31, head[8] == 0x20
    else { return nil }
    var code: UInt16 = 0
    for index in 9..<12 {
      guard head[index] >= 0x30, head[index] <= 0x39 else { return nil }
      code = code * 10 + UInt16(head[index] - 0x30)
    }
    return code >= 100 && code < 600 ? code : nil
  }

  /// Bytes of the answer that begins `stream`, header and body, as its header says (RFC 9112 section 6.2); nil if it says nothing, or
  /// does not end here or within `longestHeader`.
  public static func answerLength(_ stream: Span<UInt8>) -> UInt32? {
    guard isResponse(stream) else { return nil }
    let end = min(stream.count, longestHeader)
    var content: UInt32?
    var line = 0
    var place = 12
    while place &+ 1 < end {
      guard stream[place] == 0x0D, stream[place &+ 1] == 0x0A else {
        place &+= 1
        continue
      }
      if place == line { return content.flatMap { $0 > .max / 4 ? nil : UInt32(place &+ 2) + $0 } }
      if let length = contentLength(stream.extracting(line..<place)) { content = length }
      place &+= 2
      line = place
    }
    return nil
  }

  /// Bytes of a header that are looked at.
  private static var longestHeader: Int { 4_096 }

  /// The number in a line of that name, whatever its case; nil if it is another line, or no number below 2^32.
  private static func contentLength(_ line: Span<UInt8>) -> UInt32? {
    let lower: UInt32 = 0x2020_2020
    guard line.count > 15, line.uint32(at: 0) | lower == ascii("c", "o", "n", "t"),
      line.uint32(at: 4) | lower == ascii("e", "n", "t", "-"), line.uint32(at: 8) | lower == ascii("l", "e", "n", "g"),
      line[12] | 0x20 == 0x74, line[13] | 0x20 == 0x68, line[14] == 0x3A
    else { return nil }
    var number: UInt32 = 0
    var digits = 0
    for place in 15..<line.count {
      let byte = line[place]
      if byte == 0x20 || byte == 0x09 { continue }
      guard 0x30...0x39 ~= byte, digits < 9 else { return nil }
      digits += 1
      number = number * 10 + UInt32(byte & 0xF)
    }
    return digits > 0 ? number : nil
  }

  /// Origin form `/...`, or absolute form `http...`.
  @inline(always)
  private static func isTarget(_ byte: UInt8) -> Bool { byte == 0x2F || byte | 0x20 == 0x68 }
}
