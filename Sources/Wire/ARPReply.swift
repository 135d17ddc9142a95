/// An ARP reply (RFC 826): proof that the local link carried a frame to us.
public enum ARPReply {
  /// True if the frame is an ARP reply on Ethernet or Linux cooked capture.
  public static func isOne(_ block: Span<UInt8>, _ frame: FrameInfo) -> Bool {
    let header: Int
    switch frame.linkType {
    case .ethernet: header = 14
    case .linuxSLL: header = 16
    default: return false
    }
    guard frame.capturedLength >= Int32(header + 8) else { return false }
    let bytes = block.extracting(frame.start..<(frame.start &+ Int(frame.capturedLength)))
    return bytes.uint16(at: header &- 2) == 0x0806 && bytes.uint16(at: header &+ 6) == 2
  }
}
