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

  /// Origin form `/...`, or absolute form `http...`.
  @inline(always)
  private static func isTarget(_ byte: UInt8) -> Bool { byte == 0x2F || byte | 0x20 == 0x68 }
}
