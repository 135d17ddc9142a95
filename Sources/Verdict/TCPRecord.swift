/// Zeek's history letters of a connection, at most 14.
public struct ConnectionHistory: Sendable, Equatable, BitwiseCopyable {
  /// The letters as the bytes of two words, first letter lowest; 0 beyond the last.
  public var words: (UInt64, UInt64) = (0, 0)
  /// Letters, 0 to 14.
  public var count = 0

  /// No letter.
  @inlinable
  public init() {}

  /// Up to 14 letters as the bytes of two words.
  @inlinable
  public init(_ words: (UInt64, UInt64), count: Int) {
    self.words = words
    self.count = count
  }

  /// Adds a letter; those beyond the 14th are dropped.
  @inlinable
  public mutating func append(_ letter: UInt8) {
    guard count < 14 else { return }
    let shift = UInt64(count & 7) &* 8
    if count < 8 { words.0 |= UInt64(letter) << shift } else { words.1 |= UInt64(letter) << shift }
    count &+= 1
  }

  /// Equal letters.
  public static func == (left: ConnectionHistory, right: ConnectionHistory) -> Bool { left.words == right.words }
}

/// TCP connection facts.
public struct TCPRecord: Sendable {
  /// Zeek's conn_state.
  public let state: StaticString
  /// Zeek's history letters.
  public let history: ConnectionHistory
  /// SYN to SYN-ACK, ms.
  public let synRTT: Double?
  /// Retransmitted segments by client and server.
  public let retransmissions: (client: UInt32, server: UInt32)
  /// RST segments by client and server.
  public let resets: (client: UInt32, server: UInt32)
  /// How far the connection was when it ended early.
  public let stage: ConnectionStage?
  /// In which of 19 patterns what client and server sent ended early.
  public let signature: (client: StageSignature?, server: StageSignature?)

  /// TCP facts.
  @inlinable
  public init(
    state: StaticString, history: ConnectionHistory, synRTT: Double?, retransmissions: (client: UInt32, server: UInt32),
    resets: (client: UInt32, server: UInt32), stage: ConnectionStage?,
    signature: (client: StageSignature?, server: StageSignature?) = (nil, nil)
  ) {
    self.state = state
    self.history = history
    self.synRTT = synRTT
    self.retransmissions = retransmissions
    self.resets = resets
    self.stage = stage
    self.signature = signature
  }
}
