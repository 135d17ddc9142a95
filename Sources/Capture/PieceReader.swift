internal import Wire

/// Reads one file or pipe batch by batch. A capture is one piece or several joined ones.
@safe
struct PieceReader: ~Copyable {
  private var buffer: BlockBuffer
  /// Walks a classic capture; nil if it is pcapng.
  private var records: RecordWalk?
  private var sections = SectionWalk()
  private let snaplen: UInt32?
  private let linkType: LinkType?
  private let batch: FrameBatch
  private var number: UInt64 = 0
  private var isFinished = false
  private var truncation: String?

  /// True if the first bytes of a file, unpacked if need be, are a capture's. Damage behind them is the reader's affair.
  static func isCapture(_ path: String) -> Bool {
    guard let source = try? ByteSource(path: path) else { return false }
    var buffer = BlockBuffer(source: source)
    guard (try? buffer.fill(CaptureFormat.peek)) != nil else { return false }
    var found = unsafe CaptureFormat(buffer.unread)
    if case .compressed(let compression) = found {
      guard (try? buffer.decompress(compression)) != nil, (try? buffer.fill(CaptureFormat.peek)) != nil else {
        return false
      }
      found = unsafe CaptureFormat(buffer.unread)
    }
    return found == .pcap || found == .pcapng
  }

  /// Opens `path` (`-` is standard input) and checks its header.
  init(path: String, whileWaiting: (() -> Void)? = nil) throws(CaptureError) {
    let opening = try CaptureOpening(path: path, whileWaiting: whileWaiting)
    let header = opening.header
    buffer = opening.buffer
    batch = FrameBatch()
    records = header.map { RecordWalk($0) }
    snaplen = header?.snaplen
    linkType = header?.linkType
  }

  /// The frames of the latest batch, until the next is read.
  var frames: UnsafeMutablePointer<FrameInfo> { unsafe batch.frames }

  /// Offset of the window's first byte in the (unpacked) file; what lies before the file's begin counts modulo 2^64.
  var blockOffset: UInt64 { buffer.streamEnd &- UInt64(buffer.end) }

  /// The window the frames of the latest batch lie in.
  var block: UnsafeRawBufferPointer {
    // `count` bytes from `base` are initialized (BlockBuffer) and stay until the next batch is read.
    unsafe UnsafeRawBufferPointer(start: buffer.base, count: buffer.count)
  }

  /// A file that can be closed and opened again.
  var isRegularFile: Bool { buffer.totalBytes != nil && buffer.path != "-" }

  /// What is known so far.
  var facts: CaptureFacts {
    var facts = CaptureFacts(path: buffer.path)
    facts.linkTypes = linkType.map { [$0] } ?? sections.linkTypes
    facts.snaplen = records != nil ? snaplen : sections.snaplen
    facts.truncated = truncation != nil
    facts.truncation = truncation
    facts.drops = sections.drops
    facts.phoneApps = sections.users.labels
    facts.hasSimplePackets = sections.hasSimplePackets
    facts.framesRead = number - sections.numberedOthers
    facts.bytesRead = buffer.bytesRead
    facts.totalBytes = buffer.totalBytes
    return facts
  }

  /// Reads the next batch: how many of ``frames`` are filled, 0 at the end. Blocks only with nothing to hand over.
  mutating func nextBatch() throws(CaptureError) -> Int {
    while !isFinished {
      let (count, pause) = walk(room: FrameBatch.size)
      // A pause is met again by the next call, after the caller is done with the bytes it would move.
      if count > 0 { return count }
      switch pause {
      case .full: break
      case .needs(let bytes): try require(bytes)
      case .refused: stop("\(refusal) at byte \(buffer.position), after packet \(number)")
      }
    }
    return 0
  }

  private mutating func walk(room: Int) -> (count: Int, pause: Pause) {
    let frames = unsafe batch.frames
    return unsafe records?.walk(&buffer, into: frames, number: &number)
      ?? sections.walk(&buffer, into: frames, room: room, number: &number)
  }

  private var refusal: String { records?.refusal ?? sections.refusal ?? "unreadable" }

  private mutating func require(_ bytes: Int) throws(CaptureError) {
    try buffer.fill(bytes)
    if buffer.available >= bytes { return }
    if let damage = buffer.damage {
      stop("\(damage), after packet \(number)")
    } else if buffer.available > 0 || sections.isInsideBlock {
      stop("cut at byte \(buffer.streamEnd), after packet \(number)")
    } else {
      isFinished = true
    }
  }

  private mutating func stop(_ reason: String) {
    isFinished = true
    truncation = reason
  }

  /// Takes in the interfaces described before the first packet, so that the facts and the filter know them at once.
  /// Does not wait for a first packet that a live pipe may bring much later.
  mutating func takeInterfaces() throws(CaptureError) {
    guard records == nil else { return }
    while !isFinished {
      switch walk(room: 0).pause {
      case .full, .refused: return
      case .needs(let bytes):
        if !sections.linkTypes.isEmpty { return }
        try require(bytes)
      }
    }
  }
}
