internal import Glibc
internal import Synchronization
public import Wire

/// Writes recordings to disk in a thread of its own: whoever hands frames over never waits for a disk. Bounded: what does not
/// fit is given up and counted.
@safe
public final class SaveQueue: @unchecked Sendable {
  /// Frames of a recording, with comments by frame number.
  public struct Part: Sendable {
    /// The recording's name, without folder and extension.
    public var recording: String
    /// The frames.
    public var frames: SavedFrames
    /// By frame number.
    public var comments: [UInt64: String]
    /// Bytes of a line to write beside it, if this is its end.
    public var lines: [UInt8]?
    /// The lines are added to what was written beside a recording that has ended, if that is still there.
    public var isLate: Bool

    /// A part.
    public init(
      _ recording: String, _ frames: SavedFrames, comments: [UInt64: String], lines: [UInt8]? = nil,
      isLate: Bool = false
    ) {
      self.isLate = isLate
      self.recording = recording
      self.frames = frames
      self.comments = comments
      self.lines = lines
    }
  }

  private struct State {
    var parts: [Part] = []
    var bytes = 0
    var isClosed = false
    var refused = 0
    var failure: String?
    var written = 0
  }

  private let state = Mutex(State())
  private let folder: String
  private let plan: SavePlan
  // Set before the thread starts.
  private var linkTypes: [LinkType] = []
  private var snaplen: UInt32 = 0
  // The thread waits at this pipe; a byte in it is a part in the queue. Made in init, closed in deinit.
  private let bell: (wait: Int32, ring: Int32)
  private var thread = pthread_t()
  private var isRunning = false
  /// Bytes that may wait to be written.
  private static let room = 64 << 20

  /// A queue for files in `folder`, which exists. Its thread is started by `start`.
  public init(folder: String, plan: SavePlan) throws(CaptureError) {
    self.folder = folder
    self.plan = plan
    var ends: [Int32] = [-1, -1]
    // Room for the two descriptors.
    guard unsafe pipe(&ends) == 0 else { throw .cannotOpen(path: folder, reason: Descriptor.reason(errno)) }
    bell = (ends[0], ends[1])
  }

  deinit {
    close(bell.wait)
    close(bell.ring)
  }

  /// Starts the thread: after the process was closed in, so that its walls are the thread's too. False if there is none.
  /// `linkTypes` by interface.
  public func start(linkTypes: [LinkType], snaplen: UInt32) -> Bool {
    self.linkTypes = linkTypes
    self.snaplen = snaplen
    // The thread takes over the reference that passRetained made; without a thread it is released here.
    let held = unsafe Unmanaged.passRetained(self)
    let failed = unsafe pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        unsafe Unmanaged<SaveQueue>.fromOpaque(pointer).takeRetainedValue().work()
        return nil
      }, held.toOpaque())
    if failed != 0 { unsafe held.release() }
    isRunning = failed == 0
    return isRunning
  }

  /// Hands a part over; what does not fit is given up.
  public func add(_ part: Part) {
    let size = part.frames.bytes.count + part.frames.frames.count * 64
    let isTaken = state.withLock { state in
      if state.bytes + size > Self.room {
        state.refused += part.frames.frames.count
        return false
      }
      state.bytes += size
      state.parts.append(part)
      return true
    }
    if isTaken { ring() }
  }

  /// Writes what waits and ends the thread.
  public func finish() {
    state.withLock { $0.isClosed = true }
    ring()
    if isRunning { pthread_join(thread, nil) }
    isRunning = false
  }

  /// Frames given up because the disk was too slow, files written, and why writing failed, if it did.
  public var account: (refused: Int, files: Int, failure: String?) {
    state.withLock { ($0.refused, $0.written, $0.failure) }
  }

  private func ring() {
    var byte: UInt8 = 1
    // One byte of a local value; a full pipe has bytes enough to wake the thread.
    _ = unsafe Glibc.write(bell.ring, &byte, 1)
  }

  // MARK: The thread

  private struct Open {
    var writer: PcapNGWriter
    var part = 0
    var bytes = 0
    var start: Int64 = 0
  }

  private func work() {
    var open: [String: Open] = [:]
    var files = existing()
    while true {
      let (part, isClosed) = state.withLock { state in
        let part = state.parts.isEmpty ? nil : state.parts.removeFirst()
        if let part { state.bytes -= part.frames.bytes.count + part.frames.frames.count * 64 }
        return (part, state.isClosed)
      }
      guard let part else {
        if isClosed { return }
        var byte: UInt8 = 0
        // One byte into a local value.
        _ = unsafe read(bell.wait, &byte, 1)
        continue
      }
      do throws(CaptureError) {
        try write(part, &open, &files)
      } catch {
        state.withLock { $0.failure = error.message }
        open[part.recording] = nil
      }
    }
  }

  private func write(
    _ part: Part, _ open: inout [String: Open], _ files: inout [(path: String, bytes: Int)]
  ) throws(CaptureError) {
    for frame in part.frames.frames {
      if let current = open[part.recording],
        plan.isFull(bytes: current.bytes + current.writer.bytes.count, start: current.start, time: frame.time)
      {
        try flush(part.recording, &open, &files)
        open[part.recording] = begin(part: current.part + 1, at: frame.time)
      }
      var current = open[part.recording] ?? begin(part: 0, at: frame.time)
      // Moved out, so that the writer's bytes are not copied for every frame.
      open[part.recording] = nil
      current.writer.append(
        Array(part.frames.bytes(of: frame)), time: frame.time, interface: interface(frame),
        wireLength: Int(frame.wireLength), comment: part.comments[frame.number])
      open[part.recording] = current
    }
    if part.isLate {
      let start = "\(folder)/\(part.recording)"
      guard let lines = part.lines,
        files.contains(where: { $0.path == start + ".pcapng" || $0.path.hasPrefix(start + "-") })
      else { return }
      return try OutputFile.write(lines, to: start + ".ndjson", appending: true)
    }
    try flush(part.recording, &open, &files)
    if let lines = part.lines {
      try OutputFile.write(lines, to: "\(folder)/\(part.recording).ndjson", appending: false)
      open[part.recording] = nil
    }
    let surplus = plan.surplus(files.map(\.bytes))
    for file in files.prefix(surplus) {
      // Both names are made by this queue; what is not there is gone already.
      _ = unsafe unlink(file.path)
      _ = unsafe unlink(file.path.dropLast(".pcapng".utf8.count) + ".ndjson")
    }
    files.removeFirst(surplus)
  }

  private func begin(part: Int, at time: Int64) -> Open {
    var writer = PcapNGWriter()
    for linkType in linkTypes { writer.appendInterface(linkType: linkType, snaplen: snaplen) }
    return Open(writer: writer, part: part, start: time)
  }

  private func interface(_ frame: FrameInfo) -> Int {
    let index = Int(frame.interface)
    if linkTypes.indices.contains(index), linkTypes[index] == frame.linkType { return index }
    return linkTypes.firstIndex(of: frame.linkType) ?? 0
  }

  private func flush(
    _ recording: String, _ open: inout [String: Open], _ files: inout [(path: String, bytes: Int)]
  ) throws(CaptureError) {
    guard var current = open[recording], !current.writer.bytes.isEmpty else { return }
    open[recording] = nil
    let path = "\(folder)/" + SavePlan.name(recording, part: current.part)
    let count = current.writer.bytes.count
    try current.writer.flush(to: path)
    current.bytes += count
    open[recording] = current
    if let index = files.lastIndex(where: { $0.path == path }) {
      files[index].bytes += count
    } else {
      files.append((path, count))
      state.withLock { $0.written += 1 }
    }
  }

  /// Recordings of earlier runs, oldest first: their names begin with the time.
  private func existing() -> [(path: String, bytes: Int)] {
    guard let names = try? CaptureFolder.names(in: folder) else { return [] }
    return names.filter { $0.hasSuffix(".pcapng") && ($0.utf8.first ?? 0) < 0x3A }.sorted().map { name in
      var status = stat()
      let path = "\(folder)/\(name)"
      // `status` lives through the call.
      let size = unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
      return (path, size)
    }
  }
}
