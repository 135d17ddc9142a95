public import Verdict

/// A call as it stands, for those who show it.
public struct LiveCall: Sendable {
  /// What is said of it.
  public let record: CallRecord
  /// Whose call it is.
  public let client: IPAddress
  /// IP bytes of its flows so far, to and from the client.
  public let bytes: (up: UInt64, down: UInt64)
  /// Both ends of each of its flows: client, server.
  public let ends: [(client: IPAddress, server: IPAddress)]
}

/// Takes what a run that goes on has to say: records that may be revised, and those of what is over.
///
/// A record with `isProvisional` may come again with the same id, until one without it is the last word.
public protocol LiveSink: AnyObject {
  /// A call that changed, or that is over.
  func write(_ call: LiveCall)
  /// A flow with a finding that changed, or one that is over and whose record was wanted.
  func write(_ flow: FlowRecord)
  /// The verdict of a flow that is over; true if its record is wanted.
  func wantsRecord(ofEnded verdict: Judgment) -> Bool
  /// All calls that go on, after every look.
  func show(_ calls: [LiveCall], at time: Int64)
  /// False once nobody reads any more.
  var isOpen: Bool { get }
}
