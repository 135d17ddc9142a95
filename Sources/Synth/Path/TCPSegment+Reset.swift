extension TCPSegment {
  /// The reset a kernel sends when a segment finds no socket (RFC 9293 §3.5.2).
  ///
  /// For a segment without ACK, a SYN to a closed port: RST+ACK, sequence 0, acknowledging what came. For one with ACK: a bare
  /// RST that takes its sequence number from the acknowledgement. Window 0 and no options; the packet has IP-ID 0.
  public static func reset(answering segment: TCPSegment) -> TCPSegment? {
    if segment.flags.contains(.rst) { return nil }
    if segment.flags.contains(.ack) {
      return TCPSegment(
        from: segment.destinationPort, to: segment.sourcePort, sequence: segment.acknowledgement, flags: .rst)
    }
    return TCPSegment(
      from: segment.destinationPort, to: segment.sourcePort, sequence: 0,
      acknowledgement: segment.sequence &+ segment.sequenceLength, flags: [.rst, .ack])
  }
}
