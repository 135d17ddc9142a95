// RFC 8489 (STUN), RFC 8656 (TURN), RFC 8445 (ICE), and RFC 3489 for messages without a cookie.

/// A STUN message read in one walk over its attributes; ranges point into the span it was read from.
///
/// `isSTUN` decides; the other fields hold what was found even where it says no.
public struct STUNMessage: Sendable, BitwiseCopyable {
  /// Unregistered attribute types that a message keeps.
  public static let unregisteredLimit = 8

  /// Header.
  public private(set) var header: STUNHeader
  /// What was found beyond the values.
  public private(set) var flags: STUNFlags = []
  /// Attributes seen.
  public private(set) var attributeCount = 0
  /// ERROR-CODE, e.g. 401; nil if there is none.
  public private(set) var errorCode: UInt16?
  /// LIFETIME in seconds; 0 gives an allocation back.
  public private(set) var lifetime: UInt32?
  /// CHANNEL-NUMBER of a ChannelBind.
  public private(set) var channelNumber: UInt16?
  /// PRIORITY of an ICE check.
  public private(set) var priority: UInt32?
  /// REQUESTED-TRANSPORT: an IP protocol number, 17 or 6.
  public private(set) var requestedTransport: UInt8?
  /// MAPPED-ADDRESS, unmasked.
  public private(set) var mapped: STUNAddress?
  /// XOR-MAPPED-ADDRESS (or its draft number 0x8020): the client as the server sees it.
  public private(set) var xorMapped: STUNAddress?
  /// XOR-RELAYED-ADDRESS; WhatsApp writes the relay's own address here (`stun_wa_call`).
  public private(set) var xorRelayed: STUNAddress?
  /// The first XOR-PEER-ADDRESS.
  public private(set) var xorPeer: STUNAddress?
  /// 0x4002 of 8 bytes: a WhatsApp relay's clock, ms since the epoch.
  public private(set) var whatsAppTime: UInt64?
  /// The first unregistered type below 0x8000, which a receiver would have to understand; 0 if there is none.
  public private(set) var firstComprehensionUnknown: UInt16 = 0
  // The first unregistered attribute types, sixteen bits each: all of them are compared at once.
  private var unregistered: (low: UInt64, high: UInt64) = (0, 0)
  /// How many unregistered attribute types were kept.
  public private(set) var unregisteredCount = 0

  private var checksFingerprint: Bool
  private var usernameExtent = Extent.none
  private var realmExtent = Extent.none
  private var softwareExtent = Extent.none
  private var dataExtent = Extent.none
  private var nonceExtent = Extent.none
  private var whatsAppTokenExtent = Extent.none

  /// USERNAME.
  public var username: Range<Int>? { usernameExtent.range }
  /// REALM.
  public var realm: Range<Int>? { realmExtent.range }
  /// SOFTWARE.
  public var software: Range<Int>? { softwareExtent.range }
  /// DATA of a Send or Data indication: a packet of its own.
  public var data: Range<Int>? { dataExtent.range }
  /// NONCE.
  public var nonce: Range<Int>? { nonceExtent.range }
  /// 0x4000: WhatsApp's relay token; 102 bytes in 2015-2018, 150 in 2023.
  public var whatsAppToken: Range<Int>? { whatsAppTokenExtent.range }

  /// Whether the unregistered attribute `type` is among the first eight.
  public func carries(_ type: UInt16) -> Bool {
    type != 0 && (Self.holds(unregistered.low, type) || Self.holds(unregistered.high, type))
  }

  /// Whether one of four sixteen-bit lanes is `type`: the lane that becomes zero borrows from its top bit.
  @inline(always)
  private static func holds(_ lanes: UInt64, _ type: UInt16) -> Bool {
    let ones: UInt64 = 0x0001_0001_0001_0001
    let difference = lanes ^ (UInt64(type) &* ones)
    return (difference &- ones) & ~difference & (ones &<< 15) != 0
  }

  /// Reads a message of `wireLength` bytes of which `message` was captured; nil unless the header could be STUN's.
  ///
  /// The checksum is a third of the work: a flow that has shown a right FINGERPRINT may go on without
  /// `checkingFingerprint`.
  public init?(_ message: Span<UInt8>, wireLength: Int, checkingFingerprint: Bool = true) {
    guard let header = STUNHeader(message) else { return nil }
    self.init(header, message, wireLength: wireLength, checkingFingerprint: checkingFingerprint)
  }

  /// The same where the header was read. Not optional, so that the three hundred bytes are written where they stay.
  public init(_ header: STUNHeader, _ message: Span<UInt8>, wireLength: Int, checkingFingerprint: Bool = true) {
    self.header = header
    checksFingerprint = checkingFingerprint
    let end = 20 + header.length
    if end > wireLength { flags.insert(.overlong) }
    if end < wireLength { flags.insert(.trailingBytes) }
    if message.count < Swift.min(end, wireLength) { flags.insert(.truncated) }
    var attributes = STUNAttributes(message, padded: true)
    read(&attributes, message)
    if attributes.state == .overrun {
      // Not every sender pads: see STUNAttributes.
      var bare = STUNAttributes(message, padded: false)
      while bare.next(in: message) != nil {}
      if bare.state == .exact {
        let framing = flags.intersection([.overlong, .trailingBytes, .truncated])
        self = STUNMessage(header, flags: framing.union(.unpadded), checksFingerprint: checkingFingerprint)
        attributes = STUNAttributes(message, padded: false)
        read(&attributes, message)
      }
    }
    switch attributes.state {
    case .exact: flags.insert(.exactWalk)
    case .overrun: flags.insert(.attributeOverruns)
    case .truncated: break
    }
    if header.length & 3 != 0 { flags.insert(.unpadded) }
  }

  private init(_ header: STUNHeader, flags: STUNFlags, checksFingerprint: Bool) {
    self.header = header
    self.checksFingerprint = checksFingerprint
    self.flags = flags
  }

  /// The decision. With the cookie: any message whose length fits the datagram, unless its attributes make no sense and
  /// its type is unheard of. Without: a type of RFC 3489 or MS-TURN, a length equal to the datagram's, exact
  /// attributes, and a transaction id that is not zero; 16 bits of type prove nothing on their own.
  public var isSTUN: Bool {
    guard !flags.contains(.overlong) else { return false }
    if header.hasCookie {
      return !flags.contains(.attributeOverruns) || header.isWhatsApp || isKnownMethod
    }
    guard STUNMessage.isClassicType(header.type), !flags.contains(.trailingBytes),
      header.transactionHigh | header.transactionLow != 0
    else { return false }
    if flags.contains(.exactWalk) { return attributeCount > 0 || header.length == 0 }
    return flags.contains(.truncated) && !flags.contains(.attributeOverruns) && attributeCount > 0
  }

  private var isKnownMethod: Bool {
    switch header.method.rawValue {
    case 0x001...0x004, 0x006...0x00C, 0x080: true
    default: false
    }
  }

  private static func isClassicType(_ type: UInt16) -> Bool {
    switch type {
    case 0x0001...0x0004, 0x0101...0x0104, 0x0111...0x0114, 0x0006, 0x0106, 0x0116, 0x0115: true
    default: false
    }
  }

  private mutating func read(_ attributes: inout STUNAttributes, _ message: Span<UInt8>) {
    while let (type, range) = attributes.next(in: message) {
      attributeCount &+= 1
      take(type, range, message.extracting(range), of: message)
    }
  }

  @inline(always)
  private mutating func take(_ type: UInt16, _ range: Range<Int>, _ value: Span<UInt8>, of message: Span<UInt8>) {
    switch type {
    case STUNAttribute.username: usernameExtent = Extent(range)
    case STUNAttribute.realm: realmExtent = Extent(range)
    case STUNAttribute.software: softwareExtent = Extent(range)
    case STUNAttribute.data: dataExtent = Extent(range)
    case STUNAttribute.nonce: nonceExtent = Extent(range)
    case STUNAttribute.changeRequest:
      if value.count == 4, value.uint32(at: 0) & 6 != 0 { flags.insert(.changeRequest) }
    case STUNAttribute.messageIntegrity: flags.insert(.messageIntegrity)
    case STUNAttribute.messageIntegritySHA256: flags.insert(.messageIntegritySHA256)
    case STUNAttribute.useCandidate: flags.insert(.useCandidate)
    case STUNAttribute.iceControlled: flags.insert(.controlled)
    case STUNAttribute.iceControlling: flags.insert(.controlling)
    case STUNAttribute.errorCode:
      // RFC 8489 section 14.8: the hundreds in three bits, then the rest.
      if value.count >= 4 { errorCode = UInt16(value[2] & 7) * 100 + UInt16(value[3]) }
    case STUNAttribute.lifetime:
      if value.count == 4 { lifetime = value.uint32(at: 0) }
    case STUNAttribute.channelNumber:
      if value.count == 4 { channelNumber = value.uint16(at: 0) }
    case STUNAttribute.priority:
      if value.count == 4 {
        priority = value.uint32(at: 0)
        flags.insert(.priority)
      }
    case STUNAttribute.requestedTransport:
      flags.insert(.requestedTransport)
      if value.count == 4 { requestedTransport = value[0] }
    case STUNAttribute.mappedAddress: mapped = STUNAddress(plain: value)
    case STUNAttribute.xorMappedAddress: xorMapped = STUNAddress(masked: value, by: header)
    case STUNAttribute.xorMappedAddressDraft:
      if xorMapped == nil { xorMapped = STUNAddress(masked: value, by: header) }
    case STUNAttribute.xorRelayedAddress: xorRelayed = STUNAddress(masked: value, by: header)
    case STUNAttribute.xorPeerAddress:
      if xorPeer == nil { xorPeer = STUNAddress(masked: value, by: header) }
    case STUNAttribute.legacyCookie:
      if value.count == 4, value.uint32(at: 0) == 0x72C6_4BC6 { flags.insert(.legacyCookie) }
    case STUNAttribute.fingerprint: check(value, at: range, of: message)
    default: keep(type, range, value)
    }
  }

  /// Checks FINGERPRINT where it is the last attribute and all of it was captured (RFC 8489 section 14.7).
  private mutating func check(_ value: Span<UInt8>, at range: Range<Int>, of message: Span<UInt8>) {
    guard checksFingerprint, value.count == 4, range.upperBound == 20 + header.length else { return }
    let sum = CRC32.checksum(message.extracting(0..<(range.lowerBound &- 4)))
    flags.insert(sum ^ 0x5354_554E == value.uint32(at: 0) ? .fingerprintRight : .fingerprintWrong)
  }

  private mutating func keep(_ type: UInt16, _ range: Range<Int>, _ value: Span<UInt8>) {
    guard !STUNAttribute.isRegistered(type) else { return }
    if type == STUNAttribute.whatsAppToken { whatsAppTokenExtent = Extent(range) }
    if type == STUNAttribute.whatsAppTime, value.count == 8 { whatsAppTime = value.uint64(at: 0) }
    if type < 0x8000, firstComprehensionUnknown == 0 { firstComprehensionUnknown = type }
    guard !carries(type) else { return }
    guard unregisteredCount < STUNMessage.unregisteredLimit else {
      flags.insert(.moreUnregistered)
      return
    }
    let lane = UInt64(type) &<< (UInt64(unregisteredCount & 3) &* 16)
    if unregisteredCount < 4 { unregistered.low |= lane } else { unregistered.high |= lane }
    unregisteredCount &+= 1
  }
}
