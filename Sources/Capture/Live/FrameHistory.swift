public import Wire

/// The latest frames, kept in memory: what a verdict that comes later may ask for.
///
/// Bounded in bytes. Pages belong to shares, by the client that a frame seems to belong to; where no page is free, the share
/// that holds most gives up its oldest: one client's flood pushes out its own past, not that of the others.
@safe
public final class FrameHistory {
  @safe
  private final class Page {
    // `FrameHistory.pageSize` initialized bytes, freed with the page; `end` never exceeds them.
    let bytes: UnsafeMutableRawPointer
    var end = 0
    var frames: [FrameInfo] = []

    init() {
      unsafe bytes = .allocate(byteCount: FrameHistory.pageSize, alignment: 64)
      unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: FrameHistory.pageSize)
    }

    deinit { unsafe bytes.deallocate() }
  }

  private static let pageSize = 256 << 10
  private static let shareCount = 16
  private var shares: [[Page]] = Array(repeating: [], count: FrameHistory.shareCount)
  private var pages = 0
  private let most: Int
  private let age: Int64
  /// Number of the frame kept last.
  public private(set) var latest: UInt64 = 0

  /// Room for `bytes`, at least a page for each share; frames older than `age` ns need not be kept.
  public init(bytes: Int, age: Int64) {
    most = max(Self.shareCount + 1, bytes / Self.pageSize)
    self.age = age
  }

  /// Bytes allocated.
  public var bytesHeld: Int { pages * Self.pageSize }

  /// Keeps the frames of a block.
  public func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    for index in 0..<frames.count {
      let frame = frames[index]
      let length = Int(frame.capturedLength)
      guard length >= 0, length <= Self.pageSize else { continue }
      let page = page(for: Self.share(of: block, frame), room: length, at: frame.time)
      var copy = frame
      copy.start = page.end
      unsafe block.extracting(frame.start..<(frame.start + length)).withUnsafeBytes { source in
        // Both ranges were checked: the source by the span, the target by `page(for:room:at:)`.
        if let base = source.baseAddress { unsafe (page.bytes + page.end).copyMemory(from: base, byteCount: length) }
      }
      page.end += length
      page.frames.append(copy)
      latest = frame.number
    }
  }

  private func page(for share: Int, room: Int, at time: Int64) -> Page {
    if let current = shares[share].last, current.end + room <= Self.pageSize { return current }
    let page = freePage(for: share, at: time)
    page.end = 0
    page.frames.removeAll(keepingCapacity: true)
    shares[share].append(page)
    return page
  }

  private func freePage(for share: Int, at time: Int64) -> Page {
    // What is too old to be asked for is used again before more is allocated.
    if let oldest = shares[share].first, let last = oldest.frames.last, last.time < time - age {
      return shares[share].removeFirst()
    }
    if pages < most {
      pages += 1
      return Page()
    }
    // More pages than shares: the largest share has two at least, and its first is not the one it writes to.
    var largest = 0
    for index in shares.indices where shares[index].count > shares[largest].count { largest = index }
    return shares[largest].removeFirst()
  }

  /// Frames from `time` on, behind frame `number`, that belong to one of the clients, in the order in which they came. ARP
  /// replies belong to everyone: they show that the link was alive.
  public func frames(of clients: [AddressBits], from time: Int64, behind number: UInt64) -> SavedFrames {
    var saved = SavedFrames()
    var packet = Packet()
    for share in shares {
      for page in share {
        guard let last = page.frames.last, last.number > number else { continue }
        // The page's bytes up to `end` are initialized and stay as they are during this call.
        let bytes = unsafe Span<UInt8>(
          _unsafeStart: page.bytes.assumingMemoryBound(to: UInt8.self), count: page.end)
        for frame in page.frames where frame.number > number && frame.time >= time {
          guard Self.belongs(bytes, frame, clients, &packet) else { continue }
          saved.append(bytes, frame)
        }
      }
    }
    saved.sort()
    return saved
  }

  private static func belongs(
    _ bytes: Span<UInt8>, _ frame: FrameInfo, _ clients: [AddressBits], _ packet: inout Packet
  ) -> Bool {
    do throws(Undecoded) {
      try packet.decode(bytes, frame)
    } catch {
      return error == .fragment || ARPReply.isOne(bytes, frame)
    }
    return clients.contains { $0 == packet.source || $0 == packet.destination }
  }

  /// Share of a frame: by the private one of its two addresses, where they lie at their usual places.
  private static func share(of block: Span<UInt8>, _ frame: FrameInfo) -> Int {
    let header =
      switch frame.linkType {
      case .ethernet: 14
      case .linuxSLL: 16
      case .raw: 0
      default: -1
      }
    guard header >= 0, Int(frame.capturedLength) >= header + 40 else { return 0 }
    let start = frame.start + header
    let version = block[start] >> 4
    if version == 4 {
      let source = block.uint32(at: start + 12)
      let destination = block.uint32(at: start + 16)
      return mix(isPrivate(source) || !isPrivate(destination) && source < destination ? source : destination)
    }
    guard version == 6 else { return 0 }
    // The networks of IPv6: a household is one.
    let source = block.uint32(at: start + 12) ^ block.uint32(at: start + 8)
    let destination = block.uint32(at: start + 28) ^ block.uint32(at: start + 24)
    return mix(min(source, destination))
  }

  private static func isPrivate(_ address: UInt32) -> Bool {
    address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8 || address >> 22 == 0x191
  }

  private static func mix(_ value: UInt32) -> Int { Int((value &* 0x9E37_79B9) >> 28) }
}
