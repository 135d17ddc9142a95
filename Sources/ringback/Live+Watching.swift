internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Settings
internal import Verdict
internal import Wire

/// The order is what matters here: open what needs rights, give the rights up, then look at the first packet.
extension Live {
  /// Opens what is to be watched, then watches it to its end.
  func watch() throws(CaptureError) {
    ProcessMemory.giveBackAtOnce()
    if interfaces.isEmpty { try watchStream() } else { try watchInterfaces() }
  }

  private func watchInterfaces() throws(CaptureError) {
    var options = LiveOptions(interfaces: interfaces)
    options.snaplen = snaplen
    options.ringBytes = buffer << 10
    options.isPromiscuous = promiscuous && !notPromiscuous
    options.direction = LiveOptions.Direction(rawValue: direction) ?? .both
    options.filter = wantedFilter
    let start = ProcessCost()
    let sources = try LiveSource.open(options, workers: threads)
    let staff = try prepare(name: interfaces.joined(separator: ", "))
    try staff.begin(snaplen: UInt32(snaplen))
    var capture = CaptureRecord(path: interfaces.joined(separator: ", "))
    capture.linkTypes = sources[0].linkTypes.map(\.name)
    capture.snaplen = UInt32(snaplen)
    let session = session(capture, staff, isLive: true)
    let crew = session.run(sources, histories: staff.saver?.histories ?? [])
    session.finish({ _ in }, stats: stats ? start : nil)
    staff.end(session.output)
    if crew.hasEnded {
      throw .cannotCapture(reason: "no interface is left: " + crew.said.joined(separator: "; "))
    }
    leave(session, staff)
  }

  private func watchStream() throws(CaptureError) {
    let start = ProcessCost()
    let name = connect ?? read ?? "-"
    if let connect {
      do throws(CaptureError) {
        try PacketStream.connect(connect)
      } catch {
        if Interruption.isRequested { Self.exit(withError: ExitCode(130)) }
        throw error
      }
    } else if name != "-" {
      try PacketStream.open(name)
    }
    let staff = try prepare(name: name)
    let session = session(CaptureRecord(path: name), staff, isLive: false)
    var reader: CaptureReader
    do throws(CaptureError) {
      reader = try CaptureReader(path: "-", filter: wantedFilter) { session.idle() }
    } catch {
      // Ended before anything came: what was begun is told to its end, and people are told why.
      if Interruption.isRequested || session.output.form == .ndjson {
        session.finish({ $0.truncated = !Interruption.isRequested }, stats: stats ? start : nil)
      }
      staff.end(session.output)
      if Interruption.isRequested { return leave(session, staff) }
      throw error.named(name)
    }
    let opened = reader.facts
    try staff.begin(snaplen: opened.snaplen ?? 0)
    var failure: CaptureError?
    do throws(CaptureError) {
      try reader.forEachBlock { block, frames in
        session.take(block, frames)
        return !session.isOver
      }
    } catch {
      failure = error
    }
    let facts = reader.facts
    let isStopped = session.isOver
    session.finish(
      { capture in
        capture.linkTypes = facts.linkTypes.map(\.name)
        capture.snaplen = facts.snaplen
        if let drops = facts.drops { capture.drops = drops }
        capture.truncated = !isStopped && (facts.truncated || failure != nil)
      }, stats: stats ? start : nil)
    staff.end(session.output)
    if let failure { throw failure.named(name) }
    if !isStopped, facts.truncated { throw .readFailed(path: name, reason: facts.truncation ?? "truncated") }
    leave(session, staff)
  }

  // MARK: Parts

  private var wantedFilter: String? { words.isEmpty ? filter : words.joined(separator: " ") }

  private var limits: LiveLimits {
    var limits = LiveLimits()
    limits.flows.value = Double(maximumFlows)
    limits.memory.value = Double(maximumMemory) * 1_048_576
    return limits
  }

  /// Makes what saves and tells, then gives every right up that is not needed any more.
  private func prepare(name: String) throws(CaptureError) -> LiveStaff {
    let staff = LiveStaff()
    // Their file is read before the walls are up.
    do { staff.thresholds = try rules.thresholds() } catch {
      throw .cannotOpen(path: rules.rules ?? "--set", reason: "\(error)")
    }
    if let folder {
      try SaveFolder.make(folder, owner: sandbox == .off ? nil : Sandbox.User(environment: Environment.value))
      var plan = SavePlan()
      plan.fileBytes = fileSize.map { $0 * 1_000_000 }
      plan.fileTime = fileSeconds.map { Int64($0) * 1_000_000_000 }
      plan.fileCount = fileCount
      plan.quota = quota.map { $0 * 1_000_000 }
      staff.queue = try SaveQueue(folder: folder, plan: plan)
    }
    var walls = Sandbox()
    if sandbox != .off { walls.dropPrivileges(to: Sandbox.User(environment: Environment.value)) }
    // The command runs with the rights that are left, outside the walls.
    if let onVerdict, let words = Courier.words(of: onVerdict) {
      guard let courier = Courier(words: words) else {
        throw .cannotCapture(reason: "--on-verdict: no process to be had")
      }
      staff.notifier = LiveNotifier(courier)
    }
    if let folder, !SaveFolder.isWritable(folder) {
      throw .writeFailed(path: folder, reason: "not writable for the user that is left after root is given up")
    }
    if sandbox != .off { walls.close(writingTo: folder) }
    if sandbox == .strict, let missing = walls.missing.first {
      throw .cannotCapture(reason: "--sandbox strict: \(missing.wall.rawValue): \(missing.reason)")
    }
    staff.walls = walls
    if let queue = staff.queue {
      let orders = EvidenceSaver.Orders(
        outcomes: (try? wantedOutcomes()) ?? [], before: Int64(pre) * 1_000_000_000,
        after: Int64(post) * 1_000_000_000, memory: saveMemory << 20)
      staff.saver = EvidenceSaver(orders, queue, workers: interfaces.isEmpty ? 1 : threads)
    }
    return staff
  }

  private func session(
    _ capture: CaptureRecord, _ staff: LiveStaff, isLive: Bool
  ) -> LiveSession {
    let color = StandardStream.output.showsColor
    let form = format ?? (StandardStream.output.isTerminal ? .text : .ndjson)
    let output = LiveOutput(top ? .none : form == .text ? .lines : .ndjson, color: color)
    if let saver = staff.saver { output.followers.append(saver) }
    if let notifier = staff.notifier { output.followers.append(notifier) }
    let session = LiveSession(
      limits, staff.thresholds, workers: isLive ? threads : 1, capture: capture, most: count ?? .max, output: output,
      saver: staff.saver,
      isLive: isLive)
    if top {
      let table = LiveTop(name: capture.path, color: color)
      table.counts = { [unowned session] in (session.analysis.frames, session.crew?.drops) }
      output.followers.append(table)
    }
    for (wall, reason) in staff.walls.missing {
      StandardStream.error.write("ringback: sandbox without \(wall.rawValue): \(reason)\n")
    }
    return session
  }

  /// Ends the process with the code that says how the run ended.
  private func leave(_ session: LiveSession, _ staff: LiveStaff) {
    if let reason = session.output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      Self.exit(withError: ExitCode(5))
    }
    if staff.saver?.failure != nil { Self.exit(withError: ExitCode(5)) }
    if Interruption.isRequested { Self.exit(withError: ExitCode(130)) }
  }
}

/// Who works beside the analysis.
final class LiveStaff {
  var thresholds = Thresholds()
  var queue: SaveQueue?
  var saver: EvidenceSaver?
  var notifier: LiveNotifier?
  var walls = Sandbox()

  /// Starts the thread that writes: inside the walls.
  func begin(snaplen: UInt32) throws(CaptureError) {
    guard let queue else { return }
    if !queue.start(snaplen: snaplen) {
      throw .cannotCapture(reason: "no thread for writing evidence")
    }
  }

  /// Says what became of it; the terminal is the user's again.
  func end(_ output: LiveOutput) {
    Terminal.restore()
    if let account = saver?.account { StandardStream.error.write("ringback: \(account)\n") }
    if let refused = notifier?.refused, refused > 0 {
      StandardStream.error.write("ringback: --on-verdict: \(refused) records were too many at once\n")
    }
  }
}
