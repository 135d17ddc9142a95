public import Flow
public import Verdict
internal import Wire

/// Short pages in clear that came in the names of public servers, by client and by what they have in common: TTL and length.
///
/// A box that puts its own page in the place of what it forbids takes the whole connection over: handshake and page come from it, so
/// that nothing in one connection contradicts another. But all servers are then as near as the box, and say the same (METHOD.md M1.6).
public struct Pages: Sendable {
  private struct Look: Hashable {
    let client: IPAddress
    let timeToLive: UInt8
    let payload: UInt32
  }

  private var pages: [Look: [(network: IPAddress, delay: Int64)]] = [:]
  /// Of so many looks, so many pages each.
  private static let looks = 1 << 12
  private static let limit = 64
  /// Data segments of a short page.
  private static let segments: UInt16 = 8

  /// None.
  public init() {}

  /// Takes a connection in, if it is one such page from one host.
  public mutating func note(_ state: TCPState, clientSide: Int, client: IPAddress, server: IPAddress) {
    guard !server.isPrivate, let (look, delay) = Self.look(state, clientSide, client),
      pages[look] != nil || pages.count < Self.looks, pages[look]?.count ?? 0 < Self.limit
    else { return }
    pages[look, default: []].append((server.network, delay))
  }

  private static func look(_ state: TCPState, _ clientSide: Int, _ client: IPAddress) -> (Look, Int64)? {
    let theirs = state.sides[1 - clientSide]
    guard Int(state.opener) == clientSide, state.handshakeMicroseconds > 0, theirs.timesToLive[1] == 0,
      theirs.sent.contains(.fin), theirs.payload > 0, theirs.dataSegments <= segments
    else { return nil }
    return (
      Look(client: client, timeToLive: theirs.timesToLive[0], payload: theirs.payload),
      Int64(state.handshakeMicroseconds) &* 1_000
    )
  }

  /// Networks whose servers gave this client a page of this length, with this TTL and from as far, to within `spread`, ns. 0 of what
  /// is no such page.
  func networks(of flow: FlowObservation, _ state: TCPState, spread: Int64) -> (count: Int, timeToLive: UInt8) {
    guard let (look, delay) = Self.look(state, flow.clientSide, flow.client) else { return (0, 0) }
    let alike = pages[look]?.filter { abs($0.delay &- delay) <= spread }
    return (Set((alike ?? []).map(\.network)).count, look.timeToLive)
  }
}
