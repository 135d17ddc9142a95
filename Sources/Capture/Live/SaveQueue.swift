internal import Glibc
internal import Synchronization
internal import Wire

/// Writes recordings to disk in a thread of its own: whoever hands frames over never waits for a disk. Bounded: what does not
/// fit is given up and counted.
@safe
public final class SaveQueue: @unchecked Sendable {
  /// Frames of a recording, with comments by frame number.
  public struct Part: Sendable {
    /// The recording.
    public var recording: RecordingName
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
      _ recording: RecordingName, _ frames: SavedFrames, comments: [UInt64: String], lines: [UInt8]? = nil,
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
  public func start(snaplen: UInt32) -> Bool {
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

  /// Hands a part over; false if it does not fit and is given up.
  @discardableResult
  public func add(_ part: Part) -> Bool {
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
    return isTaken
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

  /// A file that is written to.
  private struct Open {
    var writer: PcapNGWriter
    var name: RecordingName
    /// Interfaces of the file, by those of the run: those that frames came from.
    var interfaces: [Interface: Int] = [:]
    /// Bytes that were written.
    var bytes = 0
    var start: Int64 = 0
  }

  private struct Interface: Hashable {
    let index: UInt16
    let linkType: LinkType
  }

  private struct File {
    let name: RecordingName
    var bytes: Int
  }

  /// What the thread knows.
  private struct Work {
    /// By recording, as it was handed over.
    var open: [RecordingName: Open] = [:]
    /// Names of recordings that have begun: their own, or another where files of their name were there before; and the next part
    /// where the last file can take nothing more. Of so many.
    var names: [RecordingName: RecordingName] = [:]
    /// Oldest first.
    var files: [File] = []
  }

  private static let mostNames = 4_096

  private func work() {
    var work = Work()
    work.files = existing()
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
        try write(part, &work)
      } catch {
        state.withLock { $0.failure = error.message }
        // What was whole stays, and what comes goes on in another file.
        if let failed = work.open.removeValue(forKey: part.recording), exists(failed.name.file) {
          work.names[part.recording]?.part = failed.name.part + 1
        }
      }
    }
  }

  private func write(_ part: Part, _ work: inout Work) throws(CaptureError) {
    if part.isLate {
      guard let lines = part.lines, let name = work.names[part.recording]?.whole,
        let place = work.files.lastIndex(where: { $0.name.whole == name })
      else { return }
      try OutputFile.write(lines, to: "\(folder)/\(name.records)", .append)
      work.files[place].bytes += lines.count
      return
    }
    for frame in part.frames.frames {
      if let current = work.open[part.recording],
        plan.isFull(bytes: current.bytes + current.writer.bytes.count, start: current.start, time: frame.time)
      {
        try flush(part.recording, &work)
        work.open[part.recording] = nil
        work.names[part.recording]?.part = current.name.part + 1
      }
      var current = work.open[part.recording] ?? begin(part.recording, at: frame.time, &work)
      // Moved out, so that the writer's bytes are not copied for every frame.
      work.open[part.recording] = nil
      let interface = interface(frame, &current)
      current.writer.append(
        Array(part.frames.bytes(of: frame)), time: frame.time, interface: interface, wireLength: Int(frame.wireLength),
        comment: part.comments[frame.number])
      work.open[part.recording] = current
    }
    try flush(part.recording, &work)
    if let lines = part.lines {
      work.open[part.recording] = nil
      let name = name(of: part.recording, &work).whole
      try OutputFile.write(lines, to: "\(folder)/\(name.records)", .replace)
      if let place = work.files.lastIndex(where: { $0.name.whole == name }) { work.files[place].bytes += lines.count }
    }
    makeRoom(&work)
  }

  /// Takes the oldest files away, and the records of a recording with its last file.
  private func makeRoom(_ work: inout Work) {
    let current = Set(work.open.values.map(\.name))
    let kept = Set(work.files.indices.filter { current.contains(work.files[$0].name) })
    let surplus = plan.surplus(work.files.map(\.bytes), kept: kept)
    guard !surplus.isEmpty else { return }
    let gone = surplus.map { work.files[$0].name }
    for place in surplus.reversed() { work.files.remove(at: place) }
    let left = Set(work.files.map(\.name.whole))
    for name in gone {
      // Names of recordings alone; what is not there is gone already.
      _ = unsafe unlink("\(folder)/\(name.file)")
      if !left.contains(name.whole) { _ = unsafe unlink("\(folder)/\(name.records)") }
    }
  }

  private func begin(_ recording: RecordingName, at time: Int64, _ work: inout Work) -> Open {
    Open(writer: PcapNGWriter(), name: name(of: recording, &work), start: time)
  }

  /// What the recording's next file is called. No file that is there is written over: another run or another watcher may have found
  /// something in the same second.
  private func name(of recording: RecordingName, _ work: inout Work) -> RecordingName {
    if let known = work.names[recording] { return known }
    if work.names.count >= Self.mostNames { work.names = work.names.filter { work.open[$0.key] != nil } }
    let taken = Set(work.files.map(\.name.whole))
    var name = recording
    while taken.contains(name) || exists(name.file) || exists(name.records) { name = name.next }
    work.names[recording] = name
    return name
  }

  private func exists(_ file: String) -> Bool { status(file) != nil }

  /// Bytes of a regular file; nil if there is none of that name.
  private func size(_ file: String) -> Int? {
    status(file).flatMap { $0.st_mode & S_IFMT == S_IFREG ? Int($0.st_size) : nil }
  }

  private func status(_ file: String) -> stat? {
    var status = stat()
    // `status` lives through the call.
    return unsafe lstat("\(folder)/\(file)", &status) == 0 ? status : nil
  }

  /// The frame's interface in the file. Described when its first frame comes: a stream's later section may have another link type,
  /// and many programs read no file whose interfaces have several.
  private func interface(_ frame: FrameInfo, _ file: inout Open) -> Int {
    let interface = Interface(index: frame.interface, linkType: frame.linkType)
    if let known = file.interfaces[interface] { return known }
    let new = file.writer.appendInterface(linkType: frame.linkType, snaplen: snaplen)
    file.interfaces[interface] = new
    return new
  }

  private func flush(_ recording: RecordingName, _ work: inout Work) throws(CaptureError) {
    guard var current = work.open[recording], !current.writer.bytes.isEmpty else { return }
    // Moved out, as above.
    work.open[recording]?.writer = PcapNGWriter()
    let count = current.writer.bytes.count
    try current.writer.flush(to: "\(folder)/\(current.name.file)", replacing: false)
    current.bytes += count
    work.open[recording] = current
    note(current.name, &work)
  }

  /// Counts a file as large as it is; one that could not be made is none.
  private func note(_ name: RecordingName, _ work: inout Work) {
    guard let bytes = size(name.file) else { return }
    if let place = work.files.lastIndex(where: { $0.name == name }) {
      work.files[place].bytes = bytes
    } else {
      work.files.append(File(name: name, bytes: bytes))
      state.withLock { $0.written += 1 }
    }
  }

  /// Recordings of earlier runs, oldest first.
  private func existing() -> [File] {
    let names = (try? CaptureFolder.names(in: folder)) ?? []
    return names.compactMap { RecordingName(file: $0) }.sorted().compactMap { name in
      size(name.file).map { File(name: name, bytes: $0 + (name.part == 0 ? size(name.records) ?? 0 : 0)) }
    }
  }
}
