public import Flow
public import Verdict

/// SYNs that were answered with resets in the names of public servers, by client and by the TTL of the resets.
///
/// A box that refuses what it forbids answers for all servers at once: in no time, and with its own TTL. Servers of several networks
/// that are as near as that, and equally near, are few (METHOD.md M1.0).
public struct Refusals: Sendable {
  private struct Look: Hashable {
    let client: IPAddress
    let timeToLive: UInt8
  }

  private var answers: [Look: [(network: IPAddress, delay: Int64)]] = [:]
  /// Of so many clients and TTLs, so many networks and delays each.
  private static let looks = 1 << 12
  private static let limit = 64

  /// None.
  public init() {}

  /// Takes a connection's resets in, if its SYN was refused. `spread`: delays of one network this close count as one, ns.
  public mutating func note(_ trace: ResetTrace, client: IPAddress, server: IPAddress, spread: Int64) {
    guard Resets.isRefusal(trace), !server.isPrivate else { return }
    let segment = trace.segments[0]
    guard segment.sinceTrigger >= 0 else { return }
    let look = Look(client: client, timeToLive: segment.timeToLive)
    guard answers[look] != nil || answers.count < Self.looks else { return }
    let network = server.network
    let known = answers[look, default: []]
    guard known.count < Self.limit,
      !known.contains(where: { $0.network == network && abs($0.delay &- segment.sinceTrigger) <= spread })
    else { return }
    answers[look, default: []].append((network, segment.sinceTrigger))
  }

  /// Networks in whose servers' names this client was refused with this TTL and after as long, to within `spread`, ns.
  func networks(of client: IPAddress, timeToLive: UInt8, delay: Int64, spread: Int64) -> Int {
    let alike = answers[Look(client: client, timeToLive: timeToLive)]?.filter { abs($0.delay &- delay) <= spread }
    return Set((alike ?? []).map(\.network)).count
  }
}
