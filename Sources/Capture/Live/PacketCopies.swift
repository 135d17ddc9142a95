internal import Wire

/// Copies of one packet that several interfaces of a host show, or one interface and the host's own stack: a forwarded packet
/// comes in and goes out. Counted twice, every request would be a repeated one.
///
/// A packet counts where it is seen first, and again whenever it is seen there. IP packets that are equal but for what
/// routers change (type of service, time to live, checksum) are copies if another place shows them within a second; NAT
/// changes addresses, and what it changes is a flow of its own.
struct PacketCopies {
  private struct Entry {
    var hash: UInt64 = 0
    var time = Int64.min
    var place: UInt64 = 0
  }

  private var entries = [Entry](repeating: Entry(), count: 1 << 14)
  /// Bytes behind the IP header's beginning that are compared: beyond every header, into the payload.
  private static let compared = 128
  private static let window: Int64 = 1_000_000_000

  /// The frame repeats a packet that another place has shown.
  mutating func isCopy(_ block: Span<UInt8>, _ frame: FrameInfo) -> Bool {
    let start = frame.start
    let length = Int(frame.capturedLength)
    let header: Int
    var place = UInt64(frame.interface)
    switch frame.linkType {
    case .ethernet: header = 14
    case .raw: header = 0
    case .linuxSLL2:
      header = 20
      guard length >= 20 else { return false }
      // Interface index, and whether it came in or went out (LINKTYPE_LINUX_SLL2).
      place = UInt64(block.uint32(at: start &+ 4)) << 8 | (block[start &+ 10] == 4 ? 1 : 0)
    default: return false
    }
    guard length >= header &+ 40 else { return false }
    let packet = start &+ header
    let version = block[packet] >> 4
    let whole: Int
    if version == 4 {
      whole = Int(block.uint16(at: packet &+ 2))
    } else if version == 6 {
      whole = 40 &+ Int(block.uint16(at: packet &+ 4))
    } else {
      return false
    }
    // Without the padding of short Ethernet frames.
    let end = packet &+ min(min(whole, length &- header), Self.compared)
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    var position = packet
    while position &+ 4 <= end {
      var word = block.uint32(at: position)
      if version == 4 {
        if position == packet { word &= 0xFF00_FFFF }
        if position == packet &+ 8 { word &= 0x00FF_0000 }
      } else {
        if position == packet { word &= 0xF00F_FFFF }
        if position == packet &+ 4 { word &= 0xFFFF_FF00 }
      }
      let product = (hash ^ UInt64(word)).multipliedFullWidth(by: 0xD1B5_4A32_D192_ED03)
      hash = product.high ^ product.low
      position &+= 4
    }
    let slot = Int(truncatingIfNeeded: hash) & (entries.count - 1)
    let known = entries[slot]
    if known.hash == hash, known.place != place, frame.time &- known.time <= Self.window,
      frame.time &- known.time >= -Self.window
    {
      return true
    }
    entries[slot] = Entry(hash: hash, time: frame.time, place: place)
    return false
  }
}
