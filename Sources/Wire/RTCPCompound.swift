// RFC 3550 section 6.1 and appendix A.2: compound packets; RFC 3711 section 3.4 and RFC 7714 section 9: SRTCP.

/// SRTCP's index as it stands in clear before or after the authentication tag.
public struct SRTCPIndex: Equatable, Sendable, BitwiseCopyable {
  /// E flag: the packet is encrypted.
  public let isEncrypted: Bool
  /// Counts the sender's RTCP packets: a gap is a loss.
  public let value: UInt32

  init(_ word: UInt32) {
    self.isEncrypted = word >> 31 == 1
    self.value = word & 0x7FFF_FFFF
  }
}

/// One datagram of RTCP: either a chain of clear packets that ends exactly at its end, or, encrypted, a first packet
/// whose header is clear and whose length leaves room for SRTCP's trailer.
public struct RTCPCompound: Sendable, BitwiseCopyable {
  /// Bytes that SRTCP adds at least: an index of 4 bytes and a tag of 10 (AES-CM with HMAC-SHA1-80).
  static let smallestTrailer = 14

  /// Header of the first packet.
  public let first: RTCPHeader
  /// Whether only the first header can be read. A first packet that fills the datagram counts as clear, because SRTCP
  /// always adds its trailer.
  public let isSecured: Bool
  /// Whether the capture cut the datagram.
  public let isTruncated: Bool
  /// Packets in the chain; 1 if secured.
  public let packetCount: Int
  /// Whether a BYE is among the packets that can be read.
  public let hasBye: Bool
  /// The index where AES-CM-80 puts it, 14 bytes before the end; nil unless secured and captured whole.
  public let indexBeforeTag: SRTCPIndex?
  /// The index where AEAD AES-GCM puts it, in the last 4 bytes; nil unless secured and captured whole.
  public let indexAtEnd: SRTCPIndex?

  /// Reads the captured part of a datagram of `wireLength` bytes; nil unless it is one of the two forms.
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard let first = RTCPHeader(payload), first.length <= wireLength else { return nil }
    self.first = first
    self.isTruncated = payload.count < wireLength
    var offset = 0
    var count = 0
    var bye = false
    while offset < wireLength, offset < payload.count {
      guard let header = RTCPHeader(payload.extracting(offset..<payload.count)), offset &+ header.length <= wireLength
      else { break }
      offset &+= header.length
      count &+= 1
      bye = bye || header.packetType == .bye
    }
    // A cut chain is believed if its packets reach the cut.
    let isChain = offset == wireLength || (count > 1 && offset >= payload.count &- 3 && isTruncated)
    if isChain {
      self.isSecured = false
      self.packetCount = count
      self.hasBye = bye
      self.indexBeforeTag = nil
      self.indexAtEnd = nil
      return
    }
    guard first.length &+ RTCPCompound.smallestTrailer <= wireLength else { return nil }
    self.isSecured = true
    self.packetCount = 1
    self.hasBye = first.packetType == .bye
    if isTruncated {
      self.indexBeforeTag = nil
      self.indexAtEnd = nil
    } else {
      let trailer = payload.extracting((wireLength &- 14)..<wireLength)
      self.indexBeforeTag = SRTCPIndex(trailer.uint32(at: 0))
      self.indexAtEnd = SRTCPIndex(trailer.uint32(at: 10))
    }
  }
}
