internal import Analysis
internal import Capture
internal import Report
internal import Verdict

/// Draws the calls that go on, after every look.
final class LiveTop: LiveFollower {
  private let name: String
  private let table: LiveTable
  private var totals: [UInt64: UInt64] = [:]
  private var rates: [UInt64: [Int64]] = [:]
  private var before: Int64?
  private var finished: [String] = []
  /// Packets seen and dropped so far.
  var counts: () -> (packets: UInt64, dropped: UInt64?) = { (0, nil) }

  init(name: String, color: Bool) {
    self.name = name
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(Environment.value).first { !$0.isEmpty } ?? ""
    let isUnicode = locale.contains("UTF-8") || locale.contains("utf8")
    table = LiveTable(isUnicode: isUnicode, color: color)
    Terminal.take()
  }

  func take(_ call: LiveCall, at time: Int64) {
    guard !call.record.isProvisional else { return }
    totals[call.record.id] = nil
    rates[call.record.id] = nil
  }

  func take(_ flow: FlowRecord, at time: Int64) {}

  func show(_ calls: [LiveCall], at time: Int64) {
    let elapsed = before.map { Double(max(1, time - $0)) / 1e9 } ?? 1
    before = time
    var rows: [LiveTable.Row] = []
    for call in calls {
      let id = call.record.id
      let total = call.bytes.up &+ call.bytes.down
      let known = totals[id]
      totals[id] = total
      let rate = known.map { Int64(Double(total &- min($0, total)) * 8 / elapsed) } ?? 0
      var history = rates[id] ?? []
      history.append(rate)
      if history.count > LiveTable.sparkWidth { history.removeFirst() }
      rates[id] = history
      rows.append(LiveTable.Row(call: call.record, client: call.client, rate: rate, rates: history))
    }
    let counts = counts()
    var title = "ringback \(name)   \(calls.count) \(calls.count == 1 ? "call" : "calls")   \(counts.packets) packets"
    if let dropped = counts.dropped { title += ", \(dropped) dropped" }
    let size = Terminal.size
    let screen = table.draw(
      rows, title: title, clock: Clock.timeOfDay(time), note: "Ctrl-C ends", columns: size.columns, lines: size.rows)
    _ = StandardStream.output.write(screen)
  }
}
