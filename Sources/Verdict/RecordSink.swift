/// Takes the records of a capture in the order of the record format: the capture, then each call before its first flow.
public protocol RecordSink {
  /// The capture's own line, first.
  mutating func write(_ capture: CaptureRecord)
  /// A call, before its first flow.
  mutating func write(_ call: CallRecord)
  /// A flow's verdict; true if its record is to be written too. Most of a flow's cost is its record and its line: who
  /// counts verdicts and tells a few flows pays for these.
  mutating func wantsRecord(of verdict: Judgment) -> Bool
  /// The flow whose verdict was wanted last.
  mutating func write(_ flow: FlowRecord)
  /// True if ids are written. Else none is made, and those in the records are 0.
  var writesIdentifiers: Bool { get }
  /// False once nobody reads any more: the rest is not made.
  var isOpen: Bool { get }
  /// True if it is to be shown what lies behind the flow written last.
  var wantsBackground: Bool { get }
  /// What lies behind the flow written last.
  mutating func write(_ background: FlowBackground)
}

extension RecordSink {
  /// Who writes records asks for nothing behind them.
  public var wantsBackground: Bool { false }

  /// Not asked for.
  public mutating func write(_ background: FlowBackground) {}
}
