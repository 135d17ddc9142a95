public import Verdict

/// One line for each change of a call, and for findings of flows beside calls, as they happen.
///
///     15:42:07 Telegram 10.0.0.2: signalling
///     15:42:12 Telegram 10.0.0.2: signalling, DROPPED no relay answered (consistent with dropping on the path)
///
/// Lines are complete and made to be read in passing; the whole verdict is in the records.
public struct LiveLines: Sendable {
  private var layout: TextLayout

  /// Lines without a limit of width; `color` adds terminal colors.
  public init(color: Bool) { layout = TextLayout(width: .max, color: color) }

  /// What was written and not yet taken.
  public mutating func take() -> [UInt8] {
    let bytes = layout.bytes
    layout.bytes.removeAll(keepingCapacity: true)
    return bytes
  }

  /// A call that changed at `clock`, a time of day; `isCut`: the run ends, and the call perhaps not.
  public mutating func append(_ call: CallRecord, client: IPAddress, clock: String, isCut: Bool = false) {
    var text = "\(Self.text(client)): \(call.stage.rawValue)"
    if !call.isProvisional {
      text += call.ended ? ", ended" : isCut ? ", still going on" : ", over"
      text += " after " + Sentence.text(.duration(call.last - call.first))
    } else if call.ended {
      text += ", ended"
    }
    if call.masked { text += ", \(Wording.wentOn(call.verdict))" }
    append(
      clock, Wording.name(call), text, call.verdict, Wording.observation(call.verdict, stage: call.stage))
  }

  /// A flow with a finding that changed.
  public mutating func append(_ flow: FlowRecord, clock: String) {
    let transport = flow.transport == .tcp ? "TCP" : "UDP"
    var text = "\(Self.text(flow.client.address)) > \(Self.text(flow.server.address)) port \(flow.server.port)"
    if let name = flow.serverName { text += " " + TextReport.readable(name) }
    append(clock, transport, text, flow.verdict, Wording.observation(flow.verdict))
  }

  /// Something about the run itself.
  public mutating func note(_ text: String, clock: String) {
    layout.paragraph("\(clock) ringback", .yellow, text, hanging: 0)
  }

  private mutating func append(
    _ clock: String, _ name: String, _ text: String, _ verdict: Judgment, _ observation: String
  ) {
    var line = text
    // Most calls have no verdict yet for most of their life: that is no news.
    if verdict.isFinding || verdict.outcome != .inconclusive {
      line += ", \(Wording.headline(verdict)) \(observation)"
      if let claim = Wording.claim(verdict) { line += " (\(claim))" }
    }
    layout.paragraph(
      "\(clock) \(name)", verdict.isFinding ? .red : verdict.outcome == .ok ? .green : .plain, line, hanging: 0)
  }

  static func text(_ address: IPAddress) -> String {
    var bytes: [UInt8] = []
    address.append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
