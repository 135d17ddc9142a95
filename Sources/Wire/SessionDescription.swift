// RFC 8866: session descriptions; c= and m= lines say where media are wanted, a= lines which way.

/// Walks the media lines of a session description inside a SIP message.
public struct SessionDescription: Sendable, BitwiseCopyable {
  /// Longest message that is looked through.
  static let longest = 8_192

  /// One media line with the connection line that holds for it.
  public struct Media: Sendable {
    /// Bytes of the address as text, IPv4 or IPv6.
    public let address: Range<Int>
    /// Port of RTP.
    public let port: UInt16
    /// Which way media may go.
    public let direction: Direction
  }

  /// Which way media may go, as whoever describes them sees it (RFC 8866 section 6.7).
  public struct Direction: OptionSet, Sendable, BitwiseCopyable {
    /// Bits.
    public let rawValue: UInt8
    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Whoever describes the media sends them.
    public static let sends = Direction(rawValue: 1)
    /// Whoever describes the media wants them.
    public static let receives = Direction(rawValue: 2)
    /// What holds where nothing is said.
    public static let both: Direction = [.sends, .receives]
  }

  private var line = 0
  private var session = Extent.none
  private var sessionDirection = Direction.both
  private var media: (port: UInt16, address: Extent, direction: Direction)?

  /// From the start of a message.
  public init() {}

  /// The next audio or video line that has an address; nil at the end.
  public mutating func next(in message: Span<UInt8>) -> Media? {
    let end = Swift.min(message.count, Self.longest)
    while line < end {
      let start = line
      var stop = start
      while stop < end, message[stop] != 0x0A { stop &+= 1 }
      line = stop &+ 1
      if stop > start, message[stop &- 1] == 0x0D { stop &-= 1 }
      guard stop &- start >= 9, message[start &+ 1] == 0x3D else { continue }
      if message[start] == 0x63 {
        // c=IN IP4 address
        let value = start &+ 9
        guard value < stop, message[start &+ 2] == 0x49, message[start &+ 5] == 0x49 else { continue }
        var until = value
        while until < stop, message[until] != 0x2F, message[until] != 0x20 { until &+= 1 }
        if media == nil { session = Extent(value..<until) } else { media?.address = Extent(value..<until) }
      } else if message[start] == 0x6D {
        let before = finish()
        media = Self.mediaLine(message.extracting(start..<stop)).map { ($0, session, sessionDirection) }
        if let before { return before }
      } else if let direction = Self.direction(message.extracting(start..<stop)) {
        if media == nil { sessionDirection = direction } else { media?.direction = direction }
      }
    }
    return finish()
  }

  private mutating func finish() -> Media? {
    defer { media = nil }
    guard let media, let range = media.address.range else { return nil }
    return Media(address: range, port: media.port, direction: media.direction)
  }

  /// What "a=sendonly" and its like say; nil for any other line.
  private static func direction(_ text: Span<UInt8>) -> Direction? {
    guard text.count == 10, text[0] == 0x61 else { return nil }
    // Eight letters each: sendrecv, sendonly, recvonly, inactive.
    return switch (text.uint32(at: 2), text.uint32(at: 6)) {
    case (0x7365_6E64, 0x7265_6376): .both
    case (0x7365_6E64, 0x6F6E_6C79): .sends
    case (0x7265_6376, 0x6F6E_6C79): .receives
    case (0x696E_6163, 0x7469_7665): []
    default: nil
    }
  }

  /// The port of "m=audio 49170 RTP/AVP 0" or of video; nil for anything else and for 0, which refuses the stream.
  private static func mediaLine(_ text: Span<UInt8>) -> UInt16? {
    guard text.count >= 10, text[2] == 0x61 && text[3] == 0x75 || text[2] == 0x76 && text[3] == 0x69, text[7] == 0x20
    else { return nil }
    var port = 0
    var index = 8
    while index < text.count, text[index] >= 0x30, text[index] <= 0x39, port <= 65_535 {
      port = port * 10 + Int(text[index] - 0x30)
      index &+= 1
    }
    return port > 0 && port <= 65_535 ? UInt16(port) : nil
  }
}
