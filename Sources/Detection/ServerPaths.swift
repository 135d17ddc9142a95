public import Flow
public import Verdict

/// How the paths between two hosts looked, by the handshakes of all their connections: how far an end was and with which
/// TTL it answered.
///
/// A path that becomes shorter - a router falls back to its other line, an anycast address is reached elsewhere - changes
/// distance and TTL at once, and the nearer server no longer knows the old connections: its resets come too early and with
/// a TTL that these never saw. Only other connections tell that from a device beside the path (METHOD.md M1.1).
/// SYNs and SYN-ACKs alone are looked at: what comes later may be a device's own, as pages and FINs are (M1.6).
public struct ServerPaths: Sendable {
  private struct Ends: Hashable {
    let client: IPAddress
    let server: IPAddress
  }

  /// Handshakes in which an end showed one TTL.
  private struct Look {
    let timeToLive: UInt8
    /// Latest of them, ns since the epoch.
    var latest: Int64
  }

  /// One end as its handshakes showed it. Bounded by the number of TTLs.
  struct End {
    private var looks: [Look] = []
    /// Earliest reset in its name by TTL.
    private var resets: [(timeToLive: UInt8, earliest: Int64)] = []
    /// Least time that it needed in a handshake, ns; 0 if nothing tells.
    private(set) var distance: Int64 = 0
    /// The least that single handshakes showed, and when their connections began, ns since the epoch: of so many, in order.
    private(set) var handshakes: [(distance: Int64, first: Int64)] = []
    private static let limit = 4

    /// `first`: the connection's first packet.
    fileprivate mutating func note(timeToLive: UInt8, time: Int64, distance: Int64, first: Int64) {
      if distance > 0, self.distance == 0 || distance < self.distance { self.distance = distance }
      if distance > 0, handshakes.count < Self.limit || distance < handshakes[Self.limit - 1].distance {
        let place = handshakes.firstIndex { distance < $0.distance } ?? handshakes.count
        handshakes.insert((distance, first), at: place)
        if handshakes.count > Self.limit { handshakes.removeLast() }
      }
      guard timeToLive != 0 else { return }
      if let place = looks.firstIndex(where: { $0.timeToLive == timeToLive }) {
        looks[place].latest = max(looks[place].latest, time)
      } else {
        looks.append(Look(timeToLive: timeToLive, latest: time))
      }
    }

    fileprivate mutating func note(reset timeToLive: UInt8, time: Int64) {
      if let place = resets.firstIndex(where: { $0.timeToLive == timeToLive }) {
        resets[place].earliest = min(resets[place].earliest, time)
      } else {
        resets.append((timeToLive, time))
      }
    }

    /// It has opened or accepted a connection with this TTL.
    func showed(timeToLive: UInt8) -> Bool { looks.contains { $0.timeToLive == timeToLive } }

    /// After a reset with the TTL `reset` had come, a connection began with a TTL that `side` had used before: the path
    /// was what it had been.
    func held(after reset: UInt8, for side: TCPSide) -> Bool {
      guard let first = resets.first(where: { $0.timeToLive == reset }) else { return false }
      return looks.contains { $0.latest > first.earliest && side.used(timeToLive: $0.timeToLive) }
    }
  }

  /// Both ends of the connections of a client with a server.
  private struct Path {
    var opener = End()
    var responder = End()
    /// Latest beginning of a connection that carried data and was not reset by its responder, ns since the epoch.
    private(set) var unharmed = Int64.min

    mutating func note(_ state: TCPState, _ trace: ResetTrace?, first: Int64) {
      let side = Int(state.opener)
      if state.sides[side].sent.contains(.syn) {
        opener.note(
          timeToLive: state.sides[side].timesToLive[0], time: first,
          distance: Int64(state.acknowledgeMicroseconds) &* 1_000, first: first)
      }
      if state.sides[1 - side].sent.contains(.synACK) {
        let distance = Int64(state.handshakeMicroseconds) &* 1_000
        responder.note(
          timeToLive: state.sides[1 - side].timesToLive[0], time: first &+ distance, distance: distance,
          first: first)
      }
      // Whoever opened it may end it with a reset of his own.
      var isReset = false
      if let trace {
        for place in 0..<Int(trace.count) {
          let segment = trace.segments[place]
          if Int(segment.side) == side {
            opener.note(reset: segment.timeToLive, time: segment.time)
          } else {
            responder.note(reset: segment.timeToLive, time: segment.time)
            isReset = true
          }
        }
      }
      if !isReset, state.sides[side].payload > 0, state.sides[1 - side].payload > 0 { unharmed = max(unharmed, first) }
    }
  }

  private var pairs: [Ends: Path] = [:]

  /// None.
  public init() {}

  /// Nothing is asked for.
  public var isEmpty: Bool { pairs.isEmpty }

  /// Asks for the connections of these two.
  public mutating func ask(client: IPAddress, server: IPAddress) {
    pairs[Ends(client: client, server: server)] = Path()
  }

  /// Whether these two are asked for.
  public func asks(client: IPAddress, server: IPAddress) -> Bool {
    pairs[Ends(client: client, server: server)] != nil
  }

  /// Takes a connection in that its client opened, if its ends are asked for. `first`: its first packet, ns since the epoch.
  public mutating func note(
    _ state: TCPState, _ trace: ResetTrace?, client: IPAddress, server: IPAddress, first: Int64
  ) {
    guard state.opener < 2 else { return }
    pairs[Ends(client: client, server: server)]?.note(state, trace, first: first)
  }

  /// A connection of these two that began after `time` carried data and was not reset.
  func isUnharmed(after time: Int64, from client: IPAddress, to server: IPAddress) -> Bool {
    pairs[Ends(client: client, server: server)].map { $0.unharmed > time } ?? false
  }

  /// What is known of one end of a flow beside the flow itself; nil if nothing was asked.
  func end(_ side: Int, of flow: FlowObservation, _ state: TCPState) -> End? {
    if pairs.isEmpty { return nil }
    guard let pair = pairs[Ends(client: flow.client, server: flow.server)] else { return nil }
    return side == Int(state.opener) ? pair.opener : pair.responder
  }
}
