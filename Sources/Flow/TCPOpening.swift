/// How a connection was opened, and its history in letters.
public struct TCPOpening: BitwiseCopyable, Sendable {
  /// Zeek history letters in order; side 0 is upper case.
  public var history: [14 of UInt8] = .init(repeating: 0)
  /// Letters used.
  public var historyCount: UInt8 = 0
  /// SYNs sent by the side that opened, saturating.
  public var syns: UInt8 = 0
  /// Opening side, 0 or 1; 2 if no SYN was seen.
  public var opener: UInt8 = 2
  /// The SYN that was refused came again and began another flow of the five-tuple.
  public var isRepeatedLater = false
  /// The smaller of the segment sizes that the SYNs announced (RFC 9293 section 3.7.1), bytes; 0 if none did.
  public internal(set) var segmentSize: UInt16 = 0
  /// Latest SYN, µs after the flow's first packet, saturating.
  var synOffset: UInt32 = 0
  /// SYN to SYN-ACK, µs; 0 if not seen or ambiguous (Karn: the SYN was repeated). The responder's distance.
  public var handshakeMicroseconds: UInt32 = 0
  /// SYN-ACK to the opener's ACK, µs; 0 if not seen. The opener's distance.
  public var acknowledgeMicroseconds: UInt32 = 0
  /// SYN-ACK, µs after the flow's first packet, saturating; 0 if not seen.
  public internal(set) var synACKOffset: UInt32 = 0

  /// Nothing seen.
  init() {}

  /// The letters as the bytes of two words, first letter lowest, 0 beyond the last; with upper and lower case exchanged if
  /// side 1 is the client.
  public func letters(isSwapped: Bool) -> (UInt64, UInt64) {
    var words: (UInt64, UInt64) = (0, 0)
    for place in 0..<8 { words.0 |= UInt64(history[place]) << UInt64(8 * place) }
    for place in 8..<14 { words.1 |= UInt64(history[place]) << UInt64(8 * (place - 8)) }
    guard isSwapped else { return words }
    // The bit that tells the cases apart, of the letters alone: each of them has bit 6 set.
    let cases: UInt64 = 0x2020_2020_2020_2020
    return (words.0 ^ words.0 >> 1 & cases, words.1 ^ words.1 >> 1 & cases)
  }

  mutating func note(segmentSize size: UInt16) {
    if segmentSize == 0 || size < segmentSize { segmentSize = size }
  }

  mutating func letter(_ lower: UInt8, _ side: Int) {
    guard historyCount < 14 else { return }
    history[Int(historyCount)] = side == 0 ? lower &- 0x20 : lower
    historyCount &+= 1
  }
}
