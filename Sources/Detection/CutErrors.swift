public import Verdict

/// ICMP errors of which the snapshot length left too little to say what flow they are about (METHOD.md M6.3).
public struct CutErrors: Sendable {
  /// What is known of some that are alike.
  public struct Entry: Sendable {
    /// To whom they were sent: the sender of what they quote.
    public var client: IPAddress
    /// Where that went to; 0 in the bits that were cut.
    public var server: IPAddress
    /// Bits of that which are there.
    public var serverBits: Int
    /// Its protocol; nil if that was cut.
    public var transport: Transport?
    /// Its sender's port; nil if that was cut.
    public var clientPort: UInt16?
    /// A filter's on the path: it says itself what the silence is.
    public var isNotice: Bool
    /// When the first and the last came, ns since the epoch.
    public var window: TimeWindow
    /// Frame of the first.
    public var frame: UInt64
    /// How many.
    public var count: UInt64 = 1

    /// What is known of one.
    public init(
      client: IPAddress, server: IPAddress, serverBits: Int, transport: Transport?, clientPort: UInt16?,
      isNotice: Bool = false, time: Int64, frame: UInt64
    ) {
      self.client = client
      self.server = server
      self.serverBits = serverBits
      self.transport = transport
      self.clientPort = clientPort
      self.isNotice = isNotice
      window = TimeWindow(first: time, last: time)
      self.frame = frame
    }

    fileprivate func isAlike(_ other: Entry) -> Bool {
      client == other.client && server == other.server && serverBits == other.serverBits
        && transport == other.transport && clientPort == other.clientPort && isNotice == other.isNotice
    }

    /// It may be about a packet of this flow's client.
    fileprivate func fits(_ flow: FlowObservation, _ over: Transport) -> Bool {
      !isNotice && client == flow.client && transport ?? over == over
        && clientPort ?? flow.clientPort == flow.clientPort
        && server.begins(flow.server, bits: serverBits)
    }
  }

  /// In the order of their first. Bounded.
  public private(set) var entries: [Entry] = []
  /// There were more: of any client's.
  public private(set) var hasMore = false
  private static let most = 256

  /// None.
  public init() {}

  /// Takes one in.
  public mutating func note(_ entry: Entry) {
    if let place = entries.firstIndex(where: { $0.isAlike(entry) }) {
      entries[place].window = TimeWindow(
        first: min(entries[place].window.first, entry.window.first),
        last: max(entries[place].window.last, entry.window.last))
      entries[place].count &+= entry.count
    } else if entries.count < Self.most {
      entries.append(entry)
    } else {
      hasMore = true
    }
  }

  /// Takes in what another worker saw.
  public mutating func add(_ other: CutErrors) {
    for entry in other.entries { note(entry) }
    if other.hasMore { hasMore = true }
  }

  /// Forgets what came last before this time, ns since the epoch.
  public mutating func forget(before time: Int64) { entries.removeAll { $0.window.last < time } }

  /// One may be about a flow of this client.
  func concern(_ client: IPAddress) -> Bool { hasMore || entries.contains { $0.client == client } }

  /// The first that may be about this flow, whose last answer came at `answer`, ns since the epoch, and was not followed by
  /// another after `margin`, ns.
  func first(about flow: FlowObservation, _ transport: Transport, after answer: Int64, margin: Int64) -> Entry? {
    entries.first { $0.fits(flow, transport) && (answer == .min || answer &- $0.window.last < margin) }
  }
}

extension IPAddress {
  /// The first `bits` are those of the other, of the same family.
  fileprivate func begins(_ other: IPAddress, bits: Int) -> Bool {
    guard family == other.family else { return false }
    if bits == 0 { return true }
    if family == .v4 { return (low ^ other.low) >> UInt64(32 - min(32, bits)) == 0 }
    if bits <= 64 { return (high ^ other.high) >> UInt64(64 - bits) == 0 }
    return high == other.high && (low ^ other.low) >> UInt64(128 - min(128, bits)) == 0
  }
}
