// RFC 3261 section 7: request line, status line, header fields; section 20.8: Call-ID, 20.16: CSeq.

/// First line and Call-ID of a SIP message, and what a response answers.
public struct SIPMessage: Sendable, BitwiseCopyable {
  /// Longest first line that we look through.
  static let longestLine = 1_024

  /// Method of a request; nil for a response.
  public let method: SIPMethod?
  /// Status code of a response; nil for a request.
  public let statusCode: UInt16?
  /// Method of the request that a response answers, by its CSeq; nil for a request, or where that is cut off.
  public let answers: SIPMethod?
  private let callIDExtent: Extent
  /// A request with an Authorization or Proxy-Authorization header field (RFC 3261 sections 20.7 and 20.28).
  public let hasCredentials: Bool

  /// Where the Call-ID's value lies, blanks around it left out.
  public var callID: Range<Int>? { callIDExtent.range }

  /// Reads a message if `payload` starts with a request or status line of SIP/2.0.
  ///
  /// A request line cut by the capture counts if its address is a sip, sips or tel URI.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= 12 else { return nil }
    let head = payload.extracting(0..<12)
    if head.uint32(at: 0) == ascii("S", "I", "P", "/") {
      guard head.uint32(at: 4) == ascii("2", ".", "0", " ") else { return nil }
      var code: UInt16 = 0
      for index in 8..<11 {
        guard head[index] >= 0x30, head[index] <= 0x39 else { return nil }
        code = code * 10 + UInt16(head[index] - 0x30)
      }
      guard code >= 100, code < 700 else { return nil }
      self.method = nil
      self.statusCode = code
      self.answers = SIPMessage.findAnswered(payload)
    } else {
      var blank = 0
      guard let method = SIPMethod(payload, end: &blank), SIPMessage.isRequestLine(payload, address: blank + 1) else {
        return nil
      }
      self.method = method
      self.statusCode = nil
      self.answers = nil
    }
    self.callIDExtent = SIPMessage.findCallID(payload)
    self.hasCredentials = method == .register && SIPMessage.findCredentials(payload)
  }

  private static func findCredentials(_ payload: Span<UInt8>) -> Bool {
    var line: Int? = 0
    while let start = line {
      var at = start
      if at &+ 6 <= payload.count,
        lowercased(payload.extracting(at..<(at &+ 4)).uint32(at: 0)) == ascii("p", "r", "o", "x")
      {
        at &+= 6
      }
      if at &+ 14 <= payload.count {
        let name = payload.extracting(at..<(at &+ 14))
        if lowercased(name.uint32(at: 0)) == ascii("a", "u", "t", "h"),
          lowercased(name.uint32(at: 4)) == ascii("o", "r", "i", "z"),
          lowercased(name.uint32(at: 8)) == ascii("a", "t", "i", "o"), name[12] | 0x20 == 0x6E
        {
          return true
        }
      }
      line = nextLine(payload, start)
    }
    return false
  }

  private static func isRequestLine(_ payload: Span<UInt8>, address: Int) -> Bool {
    let limit = Swift.min(payload.count, longestLine)
    var end = address
    while end < limit, payload[end] != 0x0D, payload[end] != 0x0A { end &+= 1 }
    if end < payload.count, end < longestLine {
      guard end &- 8 > address else { return false }
      let version = payload.extracting((end &- 8)..<end)
      return version.uint32(at: 0) == ascii(" ", "S", "I", "P") && version.uint32(at: 4) == ascii("/", "2", ".", "0")
    }
    guard address &+ 4 <= payload.count else { return false }
    let scheme = lowercased(payload.extracting(address..<(address &+ 4)).uint32(at: 0))
    return scheme == ascii("s", "i", "p", ":") || scheme == ascii("s", "i", "p", "s")
      || scheme == ascii("t", "e", "l", ":")
  }

  /// The beginning of the line behind the one at `line`; nil at the empty one, or the end.
  private static func nextLine(_ payload: Span<UInt8>, _ line: Int) -> Int? {
    var next = line
    while next < payload.count, payload[next] != 0x0A { next &+= 1 }
    next &+= 1
    return next &+ 2 < payload.count && payload[next] != 0x0D && payload[next] != 0x0A ? next : nil
  }

  /// Looks through the header fields for CSeq: a number, blanks and a method.
  private static func findAnswered(_ payload: Span<UInt8>) -> SIPMethod? {
    var line = 0
    while let next = nextLine(payload, line) {
      line = next
      guard line &+ 6 <= payload.count,
        lowercased(payload.extracting(line..<(line &+ 4)).uint32(at: 0)) == ascii("c", "s", "e", "q"),
        payload[line &+ 4] == 0x3A || payload[line &+ 4] == 0x20
      else { continue }
      var start = line &+ 4
      while start < payload.count, !isLetter(payload[start]), payload[start] != 0x0A { start &+= 1 }
      var end = start
      while end < payload.count, isLetter(payload[end]) { end &+= 1 }
      // Cut in the middle it would be another name.
      return end < payload.count ? SIPMethod(name: payload.extracting(start..<end)) : nil
    }
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

  /// Looks through the header fields for Call-ID or its short form, up to the empty line.
  private static func findCallID(_ payload: Span<UInt8>) -> Extent {
    var line = 0
    while let next = nextLine(payload, line) {
      line = next
      var value = 0
      if payload[line] | 0x20 == 0x69, payload[line &+ 1] == 0x3A || payload[line &+ 1] == 0x20 {
        value = line &+ 1
      } else if line &+ 8 <= payload.count {
        let name = payload.extracting(line..<(line &+ 8))
        if lowercased(name.uint32(at: 0)) == ascii("c", "a", "l", "l"), name[4] == 0x2D, name[5] | 0x20 == 0x69,
          name[6] | 0x20 == 0x64, name[7] == 0x3A || name[7] == 0x20
        {
          value = line &+ 7
        }
      }
      guard value == 0 else { return trim(payload, from: value) }
    }
    return .none
  }

  private static func trim(_ payload: Span<UInt8>, from colon: Int) -> Extent {
    var start = colon
    while start < payload.count, payload[start] == 0x20 || payload[start] == 0x3A || payload[start] == 0x09 {
      start &+= 1
    }
    var end = start
    while end < payload.count, payload[end] > 0x20, payload[end] < 0x7F { end &+= 1 }
    return end > start ? Extent(start..<end) : .none
  }
}
