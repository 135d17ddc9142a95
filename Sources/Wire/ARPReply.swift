/// An ARP reply (RFC 826) on Ethernet or in a Linux cooked capture: proof that the local link carried a frame to whom it
/// was meant for. It says nothing of what lies behind the router.
public enum ARPReply {
  /// True if the frame is one.
  public static func isOne(_ block: Span<UInt8>, _ frame: FrameInfo) -> Bool { target(block, frame) != nil }

  /// Address of the host that is answered, 0 if its bytes were cut off; nil if the frame is no ARP reply for IPv4.
  public static func target(_ block: Span<UInt8>, _ frame: FrameInfo) -> UInt32? {
    let header: Int
    switch frame.linkType {
    case .ethernet: header = 14
    case .linuxSLL: header = 16
    default: return nil
    }
    guard frame.capturedLength >= Int32(header + 8) else { return nil }
    let bytes = block.extracting(frame.start..<(frame.start &+ Int(frame.capturedLength)))
    guard bytes.uint16(at: header &- 2) == 0x0806, bytes.uint16(at: header &+ 6) == 2 else { return nil }
    // Hardware addresses of six bytes, protocol addresses of four.
    guard bytes.count >= header + 28, bytes.uint16(at: header &+ 4) == 0x0604 else { return 0 }
    return bytes.uint32(at: header &+ 24)
  }
}
