internal import Wire

/// Walks the blocks of a pcapng capture in place (draft-ietf-opsawg-pcapng).
///
///     type(4) length(4) body ... length(4)        a multiple of 4, the same at both ends
///
/// libpcap is not used: it stops at a second link type, a second snapshot length or a second byte order, and it does
/// not tell the drop counts. Tests hold this walk equal to libpcap's wherever libpcap can read the file.
struct SectionWalk {
  /// Types of blocks that are told apart.
  enum Block {
    static let section: UInt32 = 0x0A0D_0D0A
    static let interface: UInt32 = 1
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let statistics: UInt32 = 5
    static let enhancedPacket: UInt32 = 6
    static let journal: UInt32 = 9
    static let custom: UInt32 = 0xBAD
    static let customNotCopied: UInt32 = 0x4000_0BAD

    /// It holds a packet.
    static func isPacket(_ type: UInt32) -> Bool { type == enhancedPacket || type == simplePacket || type == packet }

    /// Wireshark gives custom and journal blocks frame numbers of their own (be_basic_test018.pcapng of
    /// pcapng-test-generator: tshark 4.0 shows the first packet as frame 2).
    static func isNumberedOther(_ type: UInt32) -> Bool {
      type == custom || type == customNotCopied || type == journal
    }
  }
  static let byteOrderMagic: UInt32 = 0x1A2B_3C4D
  /// Room for options that libpcap grants a packet block besides its packet (sf-pcapng.c).
  private static let optionRoom = 131_072
  private static let mostInterfaces = 1 << 16

  private var isSwapped = false
  private var interfaces: [Interface] = []
  /// Longest block that is held in memory; grows with link types whose frames may be longer.
  private var longest = 16 << 20
  /// Bytes still to pass over in a block nobody reads, and the length its end must repeat (0: not inside one).
  private var skipping: UInt64 = 0
  private var trailer: UInt32 = 0
  private var skippedIsNumbered = false
  /// Blocks that got a frame number and are no frames.
  private(set) var numberedOthers: UInt64 = 0
  private var earlierDrops: UInt64?
  /// See ``CaptureFacts/hasSimplePackets``.
  private(set) var hasSimplePackets = false
  /// Apps of the phone that captured, if it was one.
  private(set) var users = PhoneUsers()
  /// In order of appearance.
  private(set) var linkTypes: [LinkType] = []
  private var largestSnaplen: UInt32 = 0
  private var isUnlimited = false
  /// Why the walk stopped.
  private(set) var refusal: String?

  /// See ``CaptureFacts/snaplen``.
  var snaplen: UInt32? { isUnlimited || largestSnaplen == 0 ? nil : largestSnaplen }
  /// See ``CaptureFacts/drops``.
  var drops: UInt64? {
    interfaces.reduce(earlierDrops) { sum, interface in interface.drops.map { $0 &+ (sum ?? 0) } ?? sum }
  }
  /// An end of the stream here is a cut even if no byte is left over.
  var isInsideBlock: Bool { trailer != 0 }

  /// Fills `frames` from the bytes at hand, at most `room` of them; `number` counts on. With no room it stops in front
  /// of the first packet block, the interfaces before it taken in.
  mutating func walk(
    _ buffer: inout BlockBuffer, into frames: UnsafeMutablePointer<FrameInfo>, room: Int, number: inout UInt64
  ) -> (count: Int, pause: Pause) {
    let base = unsafe buffer.base
    let end = buffer.end
    var position = buffer.start
    var count = 0
    var pause = Pause.full
    walk: while true {
      if trailer != 0 {
        let step = Int(min(skipping, UInt64(end &- position)))
        position &+= step
        skipping &-= UInt64(step)
        guard skipping == 0, end &- position >= 4 else {
          pause = .needs(skipping == 0 ? 4 : 1)
          break
        }
        // position + 4 <= end by the guard above, and the bytes up to `end` are initialized.
        guard word(unsafe (base + position).loadUnaligned(as: UInt32.self)) == trailer else {
          pause = refuse("a block says two different lengths,")
          break
        }
        position &+= 4
        trailer = 0
        if skippedIsNumbered {
          number &+= 1
          numberedOthers &+= 1
        }
      }
      guard end &- position >= 12 else {
        pause = .needs(12)
        break
      }
      // All loads of the block end before position + 12, which the guard above counted.
      let block = unsafe base + position
      let type = word(unsafe block.loadUnaligned(as: UInt32.self))
      // The type reads the same in both orders; the order of the new section must be known before its length.
      if type == Block.section, !takeByteOrder(unsafe block.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) {
        pause = refuse("a section begins with an unknown byte order,")
        break
      }
      let length = Int(word(unsafe block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
      guard length >= 12, length & 3 == 0 else {
        pause = refuse("a block claims \(length) bytes, which no block can have,")
        break
      }
      let isPacket = Block.isPacket(type)
      // Short enough to be one of PCAPdroid's.
      let isCustom = type == Block.custom && length <= PhoneUsers.longestBlock
      guard isPacket || isCustom || type == Block.interface || type == Block.statistics || type == Block.section else {
        skippedIsNumbered = Block.isNumberedOther(type)
        skipping = UInt64(length &- 12)
        trailer = UInt32(truncatingIfNeeded: length)
        position &+= 8
        continue
      }
      guard length <= longest else {
        pause = refuse("a block claims \(length) bytes, at most \(longest) can be right,")
        break
      }
      if isPacket, count == room { break }
      guard end &- position >= length else {
        pause = .needs(length)
        break
      }
      // length >= 12 and position + length <= end by the guards above.
      guard word(unsafe (block + (length &- 4)).loadUnaligned(as: UInt32.self)) == UInt32(length) else {
        pause = refuse("a block says two different lengths,")
        break
      }
      let body = unsafe BlockBody(
        bytes: UnsafeRawBufferPointer(start: block + 8, count: length &- 12), isSwapped: isSwapped)
      if isPacket {
        guard var frame = take(packet: body, type: type, at: position &+ 8) else {
          pause = .refused
          break
        }
        number &+= 1
        frame.number = number
        // count < room <= FrameBatch.size, the room `frames` has.
        unsafe frames[count] = frame
        count &+= 1
      } else {
        switch type {
        case Block.interface: if !take(interface: body) { pause = .refused; break walk }
        case Block.statistics: take(statistics: body)
        case Block.custom:
          users.take(custom: body)
          number &+= 1
          numberedOthers &+= 1
        default: if !take(section: body) { pause = .refused; break walk }
        }
      }
      position &+= length
    }
    buffer.advance(to: position)
    return (count, pause)
  }

  @inline(always)
  private func word(_ value: UInt32) -> UInt32 {
    isSwapped ? UInt32(littleEndian: value).byteSwapped : UInt32(littleEndian: value)
  }

  private mutating func refuse(_ reason: String) -> Pause {
    refusal = reason
    return .refused
  }

  private mutating func takeByteOrder(_ magic: UInt32) -> Bool {
    switch UInt32(littleEndian: magic) {
    case Self.byteOrderMagic: isSwapped = false
    case Self.byteOrderMagic.byteSwapped: isSwapped = true
    default: return false
    }
    return true
  }

  private mutating func take(section body: BlockBody) -> Bool {
    guard body.count >= 16 else {
      refusal = "a section header is too short,"
      return false
    }
    let major = body.half(4)
    guard major == 1 else {
      refusal = "a section has the unknown version \(major).\(body.half(6)),"
      return false
    }
    earlierDrops = drops
    interfaces.removeAll(keepingCapacity: true)
    return true
  }

  private mutating func take(interface body: BlockBody) -> Bool {
    guard body.count >= 8, interfaces.count < Self.mostInterfaces else {
      refusal = body.count < 8 ? "an interface description is too short," : "there are more than 65536 interfaces,"
      return false
    }
    var interface = Interface(linkType: LinkType(rawValue: body.half(0)).canonical, snaplen: body.word(4))
    var options = body.options(from: 8)
    while let option = options.next(in: body) {
      if option.code == 9, option.length == 1, !interface.setResolution(body.byte(option.start)) {
        refusal = "interface \(interfaces.count) has a clock finer than 64 bits can hold,"
        return false
      }
      if option.code == 14, option.length == 8 {
        interface.setOffset(Int64(bitPattern: body.long(option.start)))
      }
    }
    interfaces.append(interface)
    if interface.snaplen == 0 || interface.snaplen > UInt32(Int32.max) { isUnlimited = true }
    largestSnaplen = max(largestSnaplen, interface.snaplen)
    if !linkTypes.contains(interface.linkType) {
      linkTypes.append(interface.linkType)
      longest = max(longest, Int(interface.linkType.saneLength) + Self.optionRoom + 32)
    }
    return true
  }

  private mutating func take(statistics body: BlockBody) {
    guard body.count >= 12 else { return }
    let index = Int(body.word(0))
    guard index < interfaces.count else { return }
    var options = body.options(from: 12)
    while let option = options.next(in: body) {
      if option.code == 5, option.length == 8 { interfaces[index].drops = body.long(option.start) }
    }
  }

  /// The frame of a packet block whose body begins at `start` of the window; nil with `refusal` set if it has none.
  @inline(always)
  private mutating func take(packet body: BlockBody, type: UInt32, at start: Int) -> FrameInfo? {
    let fixed = type == Block.simplePacket ? 4 : 20
    guard body.count >= fixed else {
      refusal = "a packet block is too short,"
      return nil
    }
    let index: Int
    switch type {
    case Block.enhancedPacket: index = Int(body.word(0))
    case Block.packet: index = Int(body.half(0))
    default: index = 0
    }
    guard index < interfaces.count else {
      refusal = "a packet names interface \(index), of which there is no description,"
      return nil
    }
    let interface = interfaces[index]
    let wire: UInt32
    var captured: UInt32
    var time: Int64 = 0
    if type == Block.simplePacket {
      hasSimplePackets = true
      wire = body.word(0)
      captured = interface.snaplen == 0 ? wire : min(wire, interface.snaplen)
    } else {
      time = interface.time(UInt64(body.word(4)) << 32 | UInt64(body.word(8)))
      captured = body.word(12)
      wire = body.word(16)
    }
    guard Int(captured) <= body.count &- fixed else {
      refusal = "a packet claims \(captured) captured bytes, its block has \(body.count - fixed),"
      return nil
    }
    var user: Int32 = -1
    if type == Block.enhancedPacket, !users.labels.isEmpty {
      user = users.user(of: body, optionsAt: fixed &+ (Int(captured) &+ 3) & ~3)
    }
    return FrameInfo(
      time: time, number: 0, start: start &+ fixed, capturedLength: Int32(truncatingIfNeeded: captured),
      wireLength: Int32(clamping: wire), linkType: interface.linkType, interface: UInt16(truncatingIfNeeded: index),
      user: user)
  }
}
