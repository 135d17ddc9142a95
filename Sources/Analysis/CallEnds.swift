internal import Flow
internal import Verdict

/// What one end of a call showed that its other end's capture shows too: transaction ids of checks, and RTP streams.
struct CallEnd: Sendable {
  private struct Check {
    let id: UInt64
    let isOwn: Bool
  }

  /// Id of its record.
  var call: UInt64 = 0
  private var checks: [Check] = []
  private var streams: [StreamPrint] = []
  /// Addresses that relays gave it; addresses that it sent to, or had a relay send to.
  private var relayed: [UInt64] = []
  private var reached: [UInt64] = []
  private var clients: [IPAddress] = []
  private var span = TimeSpan()

  private static let streamLimit = 16
  private static let checkLimit = 64
  private static let addressLimit = 32
  /// Packets of a stream whose numbers and times must fit.
  private static let leastPackets: UInt32 = 20

  /// Takes in a flow of the call.
  mutating func add(_ candidate: CallCandidate) {
    if let ties = candidate.ties {
      for index in CallTies.checkIndices where checks.count < Self.checkLimit {
        guard let check = ties.check(index, clientSide: candidate.outline.clientSide) else { break }
        checks.append(Check(id: check.id, isOwn: check.isOwn))
      }
      if ties.relayed != 0, relayed.count < Self.addressLimit { relayed.append(ties.relayed) }
      for index in ties.peerIndices where reached.count < Self.addressLimit { reached.append(ties.peer(index)) }
    }
    let outline = candidate.outline
    if !outline.isTCP, reached.count < Self.addressLimit {
      reached.append(TieHash.of(outline.server, port: outline.serverPort))
    }
    if !clients.contains(outline.client) { clients.append(outline.client) }
    span.add(TimeSpan(first: outline.first, last: outline.last))
    for stream in candidate.streams where streams.count < Self.streamLimit { streams.append(stream) }
  }

  /// What its other end asks for it by.
  func forEachName(_ use: (UInt64) -> Void) { forEach(relayed, reached, use) }

  /// Names that its other end may have.
  func forEachWanted(_ use: (UInt64) -> Void) { forEach(reached, relayed, use) }

  /// What both ends have, and addresses: a relay's of one end is one that the other reached.
  private func forEach(_ relayed: [UInt64], _ reached: [UInt64], _ use: (UInt64) -> Void) {
    for check in checks { use(check.id) }
    for stream in streams where stream.ssrc >= StreamPrint.randomSources { use(UInt64(stream.ssrc)) }
    for address in relayed { use(TieHash.mix(address, 1)) }
    for address in reached { use(TieHash.mix(address, 2)) }
  }

  /// It is the other end of the same call: a check that one sent and the other received, or a stream with the same source,
  /// numbers and times that left one and reached the other, or a relay's address for one that the other sent to.
  func isPeer(of other: CallEnd) -> Bool {
    // Some dozens at most on either side: a set would cost more than it saves.
    if checks.contains(where: { mine in other.checks.contains { $0.id == mine.id && $0.isOwn != mine.isOwn } }) {
      return true
    }
    if hasRelay(of: other) || other.hasRelay(of: self) { return true }
    return streams.contains { mine in
      !isLooped(mine.ssrc) && !other.isLooped(mine.ssrc) && other.streams.contains { Self.isSame(mine, $0) }
    }
  }

  /// It sent to an address that a relay had given the other at the time (RFC 8656 section 2): nobody else is behind it.
  private func hasRelay(of other: CallEnd) -> Bool {
    guard max(span.first, other.span.first) <= min(span.last, other.span.last),
      !clients.contains(where: other.clients.contains)
    else { return false }
    return other.relayed.contains(where: reached.contains)
  }

  /// The source was sent and came back, as some relays do it: it tells no ends apart.
  private func isLooped(_ ssrc: UInt32) -> Bool {
    streams.contains { $0.ssrc == ssrc && $0.isUp } && streams.contains { $0.ssrc == ssrc && !$0.isUp }
  }

  private static func isSame(_ left: StreamPrint, _ right: StreamPrint) -> Bool {
    guard left.ssrc == right.ssrc, left.isUp != right.isUp, left.ssrc >= StreamPrint.randomSources,
      left.payloadType == right.payloadType, min(left.packets, right.packets) >= leastPackets
    else { return false }
    return left.covers(right) || right.covers(left)
  }
}

extension StreamPrint {
  /// The other's first number and time lie within this one's.
  fileprivate func covers(_ other: StreamPrint) -> Bool {
    let step = UInt32(other.base &- base)
    guard step <= length else { return false }
    return other.timestamps.first &- timestamps.first <= timestamps.last &- timestamps.first
  }
}

/// Ends of the calls of several captures, so that both ends of a call find each other.
public struct CallEnds: Sendable {
  private static let limit = 16_384
  /// Ends of one name: a check or a source has two, and more where captures repeat each other.
  private static let namesakes = 64
  private var all: [CallEnd] = []
  private var places: [UInt64: [Int]] = [:]
  private let keeps: Bool

  /// None yet; without `keeps` none ever: no capture follows whose calls they may be the other ends of.
  public init(keeps: Bool = true) { self.keeps = keeps }

  /// Adds a capture's calls.
  mutating func add(_ ends: [CallEnd]) {
    guard keeps else { return }
    for end in ends where all.count < Self.limit {
      end.forEachName { Self.add(all.count, to: &places[$0, default: []]) }
      all.append(end)
    }
  }

  private static func add(_ place: Int, to namesakes: inout [Int]) {
    if namesakes.count < Self.namesakes { namesakes.append(place) }
  }

  /// Record of the other end of a call, in a capture that was added; nil if not proven.
  func peer(of end: CallEnd) -> UInt64? {
    guard !all.isEmpty else { return nil }
    var found: UInt64?
    end.forEachWanted { name in
      if found == nil { found = places[name]?.first { end.isPeer(of: all[$0]) }.map { all[$0].call } }
    }
    return found
  }

  /// For each of a capture's calls the one among them that is its other end; nil if not proven.
  static func pairs(_ ends: [CallEnd]) -> [Int?] {
    var names: [(name: UInt64, place: Int)] = []
    for (place, end) in ends.prefix(limit).enumerated() { end.forEachName { names.append(($0, place)) } }
    names.sort { ($0.name, $0.place) < ($1.name, $1.place) }
    return ends.indices.map { own in
      var found: Int?
      // Those that were looked at: who shares one name shares more of them.
      var others: Set<Int> = []
      ends[own].forEachWanted { name in
        guard found == nil else { return }
        let first = names.firstPlace { $0.name >= name }
        found =
          names[first...].prefix(namesakes).prefix { $0.name == name }.first {
            $0.place != own && others.insert($0.place).inserted && ends[own].isPeer(of: ends[$0.place])
          }?.place
      }
      return found
    }
  }
}
