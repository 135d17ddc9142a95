/// Takes the records of a capture in the order of the record format: the capture, then each call before its first flow.
public protocol RecordSink {
  /// The capture's own line, first.
  mutating func write(_ capture: CaptureRecord)
  /// A call, before its first flow.
  mutating func write(_ call: CallRecord)
  /// A flow.
  mutating func write(_ flow: FlowRecord)
  /// False once nobody reads any more: the rest is not made.
  var isOpen: Bool { get }
}
