internal import Report
internal import Verdict

/// Gathers what is to be explained from a capture's records.
struct ExplanationSink: RecordSink {
  private let subject: ExplanationSubject
  /// The frame that was asked for.
  private let asked: PacketRecord?
  private let color: Bool
  private var report: TextReport
  private(set) var explanation: Explanation?
  private var calls: [CallRecord] = []
  private var numbers: [UInt64: Int] = [:]
  private var wanted: FlowRecord?
  /// Flows that a name fits.
  private var matches = 0
  /// The report wants the flow counted last.
  private var isTold = false
  private static let limit = 200

  init(_ subject: ExplanationSubject, _ asked: PacketRecord?, color: Bool) {
    self.subject = subject
    self.asked = asked
    self.color = color
    report = TextReport(color: color)
  }

  mutating func write(_ capture: CaptureRecord) {
    var new = Explanation(capture)
    if case .frame(let number) = subject {
      new.frame = number
      new.packet = asked
    }
    explanation = new
    report.begin(capture)
  }

  mutating func write(_ call: CallRecord) {
    calls.append(call)
    numbers[call.id] = calls.count
    report.add(call)
    switch subject {
    case .call(let number): if number == calls.count { take(call) }
    case .callID(let digits): if FlowName.digits(call.id).hasPrefix(digits) { take(call) }
    default: break
    }
  }

  private mutating func take(_ call: CallRecord) {
    matches += 1
    explanation?.isOfCall = true
    explanation?.call = (calls.count, call)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool {
    isTold = report.count(verdict)
    return true
  }

  mutating func write(_ flow: FlowRecord) {
    if isTold { report.add(flow) }
    wanted = isWanted(flow) ? flow : nil
  }

  private mutating func isWanted(_ flow: FlowRecord) -> Bool {
    guard let explanation else { return false }
    switch subject {
    case .everything:
      return (flow.verdict.isFinding || flow.call != nil) && explanation.flows.count < Self.limit
    case .call, .callID: return explanation.call?.record.flows.contains(flow.id) ?? false
    case .flow(let choice, _):
      guard choice.fits(flow) else { return false }
      // An end may be that of several flows: the largest is meant. Of ids, the first digits must tell.
      if choice.isIdentifier { matches += 1 }
      return explanation.flows.first.map { Self.packets($0.record) < Self.packets(flow) } ?? true
    case .frame(let number):
      guard let ends = asked?.ends ?? asked?.quoted, Self.joins(ends, flow) else { return false }
      // Of flows with the same ends the one that began last before the frame; what came in fragments may have begun with
      // the last of them.
      return flow.firstFrame <= number || explanation.flows.isEmpty
    }
  }

  private static func packets(_ flow: FlowRecord) -> UInt64 { flow.client.packets + flow.server.packets }

  private static func joins(_ ends: PacketRecord.Ends, _ flow: FlowRecord) -> Bool {
    guard ends.transport == flow.transport else { return false }
    func isPair(_ one: EndpointRecord, _ other: EndpointRecord) -> Bool {
      one.address == ends.source && one.port == ends.sourcePort && other.address == ends.destination
        && other.port == ends.destinationPort
    }
    return isPair(flow.client, flow.server) || isPair(flow.server, flow.client)
  }

  var wantsBackground: Bool { wanted != nil }

  mutating func write(_ background: FlowBackground) {
    guard let record = wanted else { return }
    wanted = nil
    let flow = Explanation.Flow(record: record, background: background)
    switch subject {
    case .everything, .call, .callID: explanation?.flows.append(flow)
    case .flow, .frame:
      explanation?.flows = [flow]
      explanation?.call = record.call.flatMap { id in numbers[id].map { ($0, calls[$0 - 1]) } }
    }
  }

  var writesIdentifiers: Bool { true }

  var isOpen: Bool { true }

  // MARK: What came of it

  /// Why there is nothing to explain, if so.
  func missing(path: String) -> (text: String, isAmbiguous: Bool)? {
    guard let explanation else { return nil }
    switch subject {
    case .everything: return nil
    case .call(let number):
      if matches > 0 { return nil }
      return ("\(path): there is no call \(number): it has \(calls.count)", false)
    case .callID(let digits):
      if matches == 0 { return ("\(path): no call is named '\(digits)'", false) }
      return matches > 1 ? ("\(path): '\(digits)' names \(matches) calls: give more of the id", true) : nil
    case .flow(_, let name):
      if matches > 1 { return ("\(path): '\(name)' names \(matches) flows: give more of the id", true) }
      return explanation.flows.isEmpty ? ("\(path): no flow is named '\(name)'", false) : nil
    case .frame(let number):
      guard asked == nil else { return nil }
      return ("\(path): there is no packet with the number \(number): it has \(explanation.capture.packets)", false)
    }
  }

  /// The explanation for people.
  func text(_ explanation: Explanation, path: String) -> [UInt8] {
    guard case .everything = subject else { return ExplanationText.text(explanation, color: color) }
    var report = report
    report.end()
    return report.bytes
      + ExplanationText.pointers(
        path: path, calls: Array(calls.prefix(Self.limit)),
        flows: explanation.flows.map(\.record).filter(\.verdict.isFinding), color: color)
  }

  /// The explanation for programs: records, each flow's followed by what lies behind it.
  func lines(_ explanation: Explanation) -> [UInt8] {
    var writer = NDJSONWriter()
    writer.append(explanation.capture)
    if case .everything = subject {
      for call in calls { writer.append(call) }
    } else if let call = explanation.call {
      writer.append(call.record)
    }
    if let frame = explanation.frame {
      writer.append(frame: frame, explanation.packet, flow: explanation.flows.first?.record)
    }
    for flow in explanation.flows {
      writer.append(flow.record)
      writer.append(flow, explanation.packets)
    }
    return writer.bytes
  }
}
