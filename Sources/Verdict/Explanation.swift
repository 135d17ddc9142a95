/// A verdict with all that it rests on: what was asked for, the records, what lies behind them and the packets they cite.
public struct Explanation: Sendable {
  /// A flow and what lies behind its record.
  public struct Flow: Sendable {
    /// The record.
    public let record: FlowRecord
    /// What lies behind it.
    public let background: FlowBackground

    /// A flow.
    public init(record: FlowRecord, background: FlowBackground) {
      self.record = record
      self.background = background
    }
  }

  /// The capture.
  public let capture: CaptureRecord
  /// Number of a frame that was asked for.
  public var frame: UInt64?
  /// The frame, if the capture has it.
  public var packet: PacketRecord?
  /// The call that was asked for, or that the flow is part of, and its number in the order of the records.
  public var call: (number: Int, record: CallRecord)?
  /// The call was asked for, not one of its flows.
  public var isOfCall = false
  /// The flow that was asked for; else the call's flows.
  public var flows: [Flow] = []
  /// The packets that evidence cites, by frame number.
  public var packets: [UInt64: PacketRecord] = [:]

  /// Nothing explained yet.
  public init(_ capture: CaptureRecord) { self.capture = capture }

  /// The frames that its verdicts cite.
  public var citedFrames: [UInt64] {
    let verdicts = flows.map(\.record.verdict) + (call.map { [$0.record.verdict] } ?? [])
    return Set(verdicts.flatMap { $0.evidence.flatMap(\.frames) }).sorted()
  }
}
