public import Wire

/// A saved capture, or rotated pieces of one, frame by frame.
///
/// Frames are lent where they were read: the spans live for one call, and nothing is copied or allocated per frame.
/// One thread at a time.
public struct CaptureReader: ~Copyable {
  private var pieces: PieceList
  /// By piece, its place among the paths: pieces that hold nothing yet are passed over.
  private var origins: [Int] = []
  /// What is said of those.
  private var passedOver: [String] = []
  private let isJoined: Bool
  private var filter: FrameFilter?
  private var merged: UInt64 = 0
  private var runs: [PieceRun] = []
  /// Number in its own file of the frame before, by the latest piece.
  private var lastInPiece: UInt64 = 0
  /// Most runs kept: pieces that overlap frame by frame would make one each.
  private static let runLimit = 1 << 20

  /// Pieces kept open from the start; more are opened when their time comes, so memory does not grow with their number.
  private static let openFromTheStart = 16

  /// Opens a capture.
  ///
  /// - Parameters:
  ///   - path: pcap or pcapng, either of them in gzip, zstd or lz4; `-` is standard input.
  ///   - filter: an expression of pcap-filter(7). Frames that do not match are not lent; they keep their numbers.
  ///   - whileWaiting: called some times a second while a pipe has nothing; it must not use the reader.
  public init(
    path: String, filter: String? = nil, whileWaiting: (() -> Void)? = nil
  ) throws(CaptureError) {
    try self.init(joining: [path], filter: filter, whileWaiting: whileWaiting)
  }

  /// Opens rotated pieces as one capture, in order of time, ties in order of `paths`.
  ///
  /// A frame's `interface` is the index of its piece, its `number` counts on through all of them. With one path this is
  /// ``init(path:filter:)``: the interface is the file's own.
  public init(
    joining paths: [String], filter: String? = nil, whileWaiting: (() -> Void)? = nil
  ) throws(CaptureError) {
    var pieces = PieceList(capacity: paths.count)
    var linkTypes: [LinkType] = []
    isJoined = paths.count > 1
    for (place, path) in paths.enumerated() {
      do throws(CaptureError) {
        pieces.append(try Piece(path: path, whileWaiting: whileWaiting))
      } catch {
        // The newest of rotated pieces is empty until its writer flushes it.
        guard isJoined, case .empty = error, place + 1 < paths.count || pieces.count > 0 else { throw error }
        passedOver.append("\(path): the file is empty")
        continue
      }
      origins.append(place)
      let index = pieces.count - 1
      if paths.count > 1 {
        try pieces[index].advance()
        if index >= Self.openFromTheStart, pieces[index].reader?.isRegularFile == true { pieces[index].close() }
      }
      for linkType in pieces[index].facts.linkTypes where !linkTypes.contains(linkType) { linkTypes.append(linkType) }
    }
    self.filter = try filter.map { expression throws(CaptureError) in
      try FrameFilter(expression, linkTypes: linkTypes)
    }
    self.pieces = pieces
  }

  /// What the capture says of itself, as far as it has been read; complete after the end.
  public var facts: CaptureFacts {
    if !isJoined { return pieces[0].facts }
    var total = CaptureFacts(path: "")
    total.totalBytes = 0
    total.snaplen = 0
    for index in 0..<pieces.count {
      let facts = pieces[index].facts
      total.path += (index == 0 ? "" : ", ") + facts.path
      for linkType in facts.linkTypes where !total.linkTypes.contains(linkType) { total.linkTypes.append(linkType) }
      total.snaplen = total.snaplen.flatMap { largest in facts.snaplen.map { max(largest, $0) } }
      if let truncation = facts.truncation {
        total.truncated = true
        total.truncation = (total.truncation.map { $0 + "; " } ?? "") + "\(facts.path): \(truncation)"
      }
      if let drops = facts.drops { total.drops = (total.drops ?? 0) &+ drops }
      // Pieces of one capture come from one phone.
      total.phoneApps.merge(facts.phoneApps) { first, _ in first }
      total.bytesRead += facts.bytesRead
      total.totalBytes = total.totalBytes.flatMap { sum in facts.totalBytes.map { sum + $0 } }
    }
    if !passedOver.isEmpty {
      total.truncated = true
      total.truncation = ([total.truncation].compactMap { $0 } + passedOver).joined(separator: "; ")
    }
    total.framesRead = merged
    total.runs = runs
    return total
  }

  /// Lends blocks until the end, or until `body` returns false; a later call goes on with the next block.
  ///
  /// - Parameter body: gets the bytes and up to 32 frames, in order, as ranges into them. Both spans end with the call.
  /// - Throws: ``CaptureError/readFailed(path:reason:)``; ``CaptureError/badFilter(expression:reason:)`` if the filter
  ///   cannot be compiled for a link type that appears later. A cut or damaged capture is no error: see
  ///   ``CaptureFacts/truncated``.
  public mutating func forEachBlock(
    _ body: (_ block: Span<UInt8>, _ frames: Span<FrameInfo>) -> Bool
  ) throws(CaptureError) {
    if !isJoined {
      try lendAll(body)
    } else {
      try lendMerged(body)
    }
  }

  private mutating func lendAll(_ body: (Span<UInt8>, Span<FrameInfo>) -> Bool) throws(CaptureError) {
    while true {
      let count = try pieces[0].reader?.nextBatch() ?? 0
      if count == 0 { return }
      if try !lend(piece: 0, from: 0, count: count, body) { return }
    }
  }

  private mutating func lendMerged(_ body: (Span<UInt8>, Span<FrameInfo>) -> Bool) throws(CaptureError) {
    while let (first, limit) = nextRun() {
      try pieces[first].advance()
      if pieces[first].hasEnded { continue }
      let start = pieces[first].position
      let end = number(first, until: limit)
      pieces[first].position = end
      let goOn = try lend(piece: first, from: start, count: end - start, body)
      try pieces[first].settle()
      if !goOn { return }
    }
  }

  /// The piece whose next frame is the earliest, and the latest time up to which it stays so.
  private func nextRun() -> (piece: Int, limit: Int64)? {
    var first: Int?
    var limit = Int64.max
    for index in 0..<pieces.count where !pieces[index].hasEnded {
      let time = pieces[index].nextTime
      guard let current = first else {
        first = index
        continue
      }
      let best = pieces[current].nextTime
      if time < best {
        // The piece before it in the list wins ties, so this one's run ends before that one's time.
        limit = min(limit, best == .min ? .min : best - 1)
        first = index
      } else {
        limit = min(limit, time)
      }
    }
    return first.map { ($0, limit) }
  }

  /// Numbers the frames of the run that begins at the piece's position; the offset behind its last.
  private mutating func number(_ piece: Int, until limit: Int64) -> Int {
    var position = pieces[piece].position
    let count = pieces[piece].count
    let frames = unsafe pieces[piece].batch.frames
    repeat {
      merged += 1
      // position < count: as below.
      let own = unsafe frames[position].number
      if runs.last?.piece != origins[piece] || own != lastInPiece + 1, runs.count < Self.runLimit {
        runs.append(PieceRun(first: merged, piece: origins[piece], firstInPiece: own))
      }
      lastInPiece = own
      // position < count <= FrameBatch.size frames of the batch, which stays until the piece is advanced.
      unsafe frames[position].number = merged
      unsafe frames[position].interface = UInt16(truncatingIfNeeded: origins[piece])
      position += 1
    } while unsafe position < count && frames[position].time <= limit
    return position
  }

  /// Filters and lends `count` frames of the piece's batch.
  private mutating func lend(
    piece: Int, from start: Int, count: Int, _ body: (Span<UInt8>, Span<FrameInfo>) -> Bool
  ) throws(CaptureError) -> Bool {
    // The batch has at least start + count frames; they and the block stay until the piece reads its next batch, which
    // happens after `body` has returned, and the spans cannot escape it.
    let (first, block) = unsafe pieces[piece].batch
    let frames = unsafe first + start
    let kept = unsafe try filter?.keep(frames, count: count, in: block) ?? count
    if kept == 0 { return true }
    return unsafe body(
      Span(
        _unsafeElements: UnsafeBufferPointer(
          start: block.baseAddress?.assumingMemoryBound(to: UInt8.self), count: block.count)),
      Span(_unsafeElements: UnsafeBufferPointer(start: UnsafePointer(frames), count: kept)))
  }
}
