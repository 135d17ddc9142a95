public import Wire

/// The latest frames, kept in memory: what a verdict that comes later may ask for.
///
/// Bounded in bytes. Pages belong to a client each, the end of a frame's packet that is on this side; clients beyond the
/// `most` that are told apart share some. Where no page is free, the client that holds most gives up its oldest one: a
/// client's flood pushes out its own past, not that of the others.
///
/// Unchecked: one thread at a time, by a lock of those who share it.
@safe
public final class FrameHistory: @unchecked Sendable {
  @safe
  private final class Page {
    // `FrameHistory.pageSize` initialized bytes, freed with the page; `end` never exceeds them.
    let bytes: UnsafeMutableRawPointer
    var end = 0
    var frames: [FrameInfo] = []

    init() {
      unsafe bytes = .allocate(byteCount: FrameHistory.pageSize, alignment: 64)
      unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: FrameHistory.pageSize)
      frames.reserveCapacity(FrameHistory.pageFrames)
    }

    deinit { unsafe bytes.deallocate() }
  }

  private struct Share {
    var client: UInt64 = 0
    var pages: [Page] = []
  }

  private static let pageSize = 64 << 10
  /// Frames of a page: of 200 bytes each they fill it.
  private static let pageFrames = 320
  /// Bytes of a page and of what tells where its frames lie.
  static let pageCost = pageSize + pageFrames * MemoryLayout<FrameInfo>.stride
  /// Shares of one client each; behind them lie those that the other clients share.
  private static let ownShares = 240
  private static let commonShares = 16
  private var shares = [Share](repeating: Share(), count: FrameHistory.ownShares + FrameHistory.commonShares)
  /// Open addressing from client to own share, 0 for none: one more than its place.
  private var places = [UInt16](repeating: 0, count: 1024)
  private var clients = 0
  private var pages = 0
  private let most: Int
  private let age: Int64
  /// Number of the frame kept last.
  public private(set) var latest: UInt64 = 0

  /// Room for `bytes`, some pages at least; frames older than `age` ns need not be kept.
  public init(bytes: Int, age: Int64) {
    most = max(8, bytes / Self.pageCost)
    self.age = age
  }

  /// Bytes allocated.
  public var bytesHeld: Int { pages * Self.pageCost }

  /// Keeps the frames of a block.
  public func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    for index in 0..<frames.count {
      let frame = frames[index]
      let length = Int(frame.capturedLength)
      guard length >= 0, length <= Self.pageSize else { continue }
      let page = page(for: share(of: Self.client(of: block, frame), at: frame.time), room: length, at: frame.time)
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
    if let current = shares[share].pages.last, current.end + room <= Self.pageSize,
      current.frames.count < Self.pageFrames
    {
      return current
    }
    let page = freePage(for: share, at: time)
    page.end = 0
    page.frames.removeAll(keepingCapacity: true)
    shares[share].pages.append(page)
    return page
  }

  private func freePage(for share: Int, at time: Int64) -> Page {
    // What is too old to be asked for is used again before more is allocated.
    if isOld(share, at: time) { return shares[share].pages.removeFirst() }
    if pages < most {
      pages += 1
      return Page()
    }
    var largest = 0
    for index in shares.indices {
      if isOld(index, at: time) { return shares[index].pages.removeFirst() }
      if shares[index].pages.count > shares[largest].pages.count { largest = index }
    }
    return shares[largest].pages.removeFirst()
  }

  /// The oldest page of a share holds nothing that may be asked for.
  private func isOld(_ share: Int, at time: Int64) -> Bool {
    guard let last = shares[share].pages.first?.frames.last else { return false }
    return last.time < time - age
  }

  // MARK: Shares

  private func share(of client: UInt64, at time: Int64) -> Int {
    var place = Int(truncatingIfNeeded: Self.spread(client) >> 54)
    while places[place] != 0 {
      let share = Int(places[place]) - 1
      if shares[share].client == client { return share }
      place = (place + 1) & (places.count - 1)
    }
    if clients == Self.ownShares { forgetClients(at: time) }
    guard clients < Self.ownShares else {
      return Self.ownShares + Int(truncatingIfNeeded: Self.spread(client) >> 60)
    }
    // Names of clients are moved by `forgetClients`: the place is looked for once more.
    place = Int(truncatingIfNeeded: Self.spread(client) >> 54)
    while places[place] != 0 { place = (place + 1) & (places.count - 1) }
    let share = shares.indices.first { $0 < Self.ownShares && shares[$0].client == 0 && shares[$0].pages.isEmpty }
    guard let share else { return Self.ownShares }
    shares[share].client = client
    places[place] = UInt16(share + 1)
    clients += 1
    return share
  }

  /// Earliest time at which it is worth looking for clients that went away.
  private var nextForgetting = Int64.min

  /// Gives the shares of clients back of which nothing is kept that may be asked for.
  private func forgetClients(at time: Int64) {
    guard time >= nextForgetting else { return }
    nextForgetting = time + 1_000_000_000
    for index in 0..<Self.ownShares where shares[index].client != 0 {
      guard let newest = shares[index].pages.last?.frames.last, newest.time >= time - age else {
        pages -= shares[index].pages.count
        shares[index] = Share()
        clients -= 1
        continue
      }
    }
    for index in places.indices { places[index] = 0 }
    for index in 0..<Self.ownShares where shares[index].client != 0 {
      var place = Int(truncatingIfNeeded: Self.spread(shares[index].client) >> 54)
      while places[place] != 0 { place = (place + 1) & (places.count - 1) }
      places[place] = UInt16(index + 1)
    }
  }

  /// Frames from `time` on and not after `end`, behind frame `number`, that belong to one of the clients, in the order in which they came. ARP
  /// replies belong to everyone: they show that the link was alive.
  public func frames(
    of clients: [AddressBits], from time: Int64, until end: Int64 = .max, behind number: UInt64
  ) -> SavedFrames {
    var saved = SavedFrames()
    var packet = Packet()
    for share in shares {
      for page in share.pages {
        guard let last = page.frames.last, last.number > number, last.time >= time else { continue }
        // The page's bytes up to `end` are initialized and stay as they are during this call.
        let bytes = unsafe Span<UInt8>(
          _unsafeStart: page.bytes.assumingMemoryBound(to: UInt8.self), count: page.end)
        for frame in page.frames where frame.number > number && frame.time >= time && frame.time <= end {
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

  /// Whose a frame is: the private one of its two addresses, where they lie at their usual places, else the lower; of IPv6 the
  /// network, which a household shares. Never 0.
  private static func client(of block: Span<UInt8>, _ frame: FrameInfo) -> UInt64 {
    let header =
      switch frame.linkType {
      case .ethernet: 14
      case .linuxSLL: 16
      case .linuxSLL2: 20
      case .raw: 0
      default: -1
      }
    guard header >= 0, Int(frame.capturedLength) >= header + 40 else { return 1 }
    let start = frame.start + header
    let version = block[start] >> 4
    if version == 4 {
      let source = block.uint32(at: start + 12)
      let destination = block.uint32(at: start + 16)
      let isFirst = isPrivate(source) != isPrivate(destination) ? isPrivate(source) : source < destination
      return UInt64(isFirst ? source : destination) | 4 << 32
    }
    guard version == 6 else { return 1 }
    let source = UInt64(block.uint32(at: start + 8)) << 32 | UInt64(block.uint32(at: start + 12))
    let destination = UInt64(block.uint32(at: start + 24)) << 32 | UInt64(block.uint32(at: start + 28))
    return min(source, destination) | 1
  }

  private static func spread(_ client: UInt64) -> UInt64 { client &* 0x9E37_79B9_7F4A_7C15 }

  private static func isPrivate(_ address: UInt32) -> Bool {
    address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8 || address >> 22 == 0x191
  }
}
