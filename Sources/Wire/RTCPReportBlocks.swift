// RFC 3550 section 6.4.1: sender info and report blocks; readable in plain RTCP only.

/// What a receiver says about one source.
public struct RTCPReportBlock: Equatable, Sendable, BitwiseCopyable {
  /// Who reports.
  public let reporter: UInt32
  /// The source it reports on.
  public let ssrc: UInt32
  /// Packets lost since the last report, in 256ths of those expected.
  public let fractionLost: UInt8
  /// Packets lost since the start; negative if duplicates outnumber losses.
  public let cumulativeLost: Int32
  /// Highest sequence number, with its count of cycles above.
  public let extendedHighest: UInt32
  /// Interarrival jitter in media clock ticks.
  public let jitter: UInt32
  /// Middle 32 bits of the last SR's NTP time; 0 if none came.
  public let lastSenderReport: UInt32
  /// Delay since that SR, in 1/65,536 s.
  public let delaySinceLast: UInt32
}

/// Walks the report blocks of every SR and RR in a plain compound packet.
public struct RTCPReportBlocks: Sendable, BitwiseCopyable {
  private static let blockSize = 24

  private var packet = 0
  private var block = 0
  private var blocksLeft = 0
  private var packetEnd = 0
  private var reporter: UInt32 = 0

  /// At the start of a compound packet.
  public init() {}

  /// The next block of `compound`; nil at the end, or where the chain breaks.
  public mutating func next(in compound: Span<UInt8>) -> RTCPReportBlock? {
    while blocksLeft == 0 || block &+ RTCPReportBlocks.blockSize > Swift.min(packetEnd, compound.count) {
      blocksLeft = 0
      guard enterPacket(of: compound) else { return nil }
    }
    let bytes = compound.extracting(block..<(block &+ RTCPReportBlocks.blockSize))
    block &+= RTCPReportBlocks.blockSize
    blocksLeft &-= 1
    return RTCPReportBlock(
      reporter: reporter, ssrc: bytes.uint32(at: 0), fractionLost: bytes[4],
      // 24 bits, signed.
      cumulativeLost: Int32(bitPattern: bytes.uint24(at: 5) << 8) >> 8,
      extendedHighest: bytes.uint32(at: 8), jitter: bytes.uint32(at: 12), lastSenderReport: bytes.uint32(at: 16),
      delaySinceLast: bytes.uint32(at: 20))
  }

  /// Goes on to the packet after `packetEnd`, which starts a walk at 0.
  private mutating func enterPacket(of compound: Span<UInt8>) -> Bool {
    packet = packetEnd
    guard packet < compound.count, let header = RTCPHeader(compound.extracting(packet..<compound.count)) else {
      return false
    }
    packetEnd = packet &+ header.length
    switch header.packetType {
    case .senderReport: block = packet &+ 28
    case .receiverReport: block = packet &+ 8
    default: return true
    }
    blocksLeft = Int(header.count)
    reporter = header.ssrc ?? 0
    return true
  }
}
