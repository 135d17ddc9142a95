internal import Recognition
internal import Verdict

/// Finds which flows are surely of one call: by what they share that no other call has. Time alone decides nothing here.
struct CallUnion {
  private var parents: [Int]
  /// What was shared, and by whom last.
  private var latest: [UInt64: Int] = [:]
  private let candidates: [CallCandidate]

  /// Kinds of keys, so that equal hashes of different things stay apart.
  private enum Kind: UInt64 {
    case name = 1
    case tag, token, socket, sent, received, server, mapped, port
  }

  private let limits: CallLimits
  /// RFC 3550 A.1 MAX_DROPOUT.
  private static let dropout = 3_000

  /// The candidates, and `extra` members more that are only united from outside.
  init(_ candidates: [CallCandidate], extra: Int, _ limits: CallLimits) {
    self.limits = limits
    self.candidates = candidates
    parents = Array(0..<(candidates.count + extra))
  }

  /// The member that stands for all of its kind.
  mutating func root(_ member: Int) -> Int {
    var place = member
    while parents[place] != place {
      parents[place] = parents[parents[place]]
      place = parents[place]
    }
    return place
  }

  /// Two members are of one call.
  mutating func unite(_ left: Int, _ right: Int) {
    let (one, other) = (root(left), root(right))
    if one != other { parents[max(one, other)] = min(one, other) }
  }

  /// Unites all that share something; `sipMedia`: flows whose ports a session description named, which change hands with
  /// every call.
  mutating func uniteAll(sipMedia: Set<Int>) {
    for index in candidates.indices { uniteByCredentials(index) }
    for index in candidates.indices { uniteByStreams(index) }
    for index in candidates.indices where !candidates[index].outline.isTCP && !sipMedia.contains(index) {
      uniteBySocket(index)
    }
    uniteByFamilies()
    uniteByAddresses()
  }

  private static func key(_ kind: Kind, _ first: UInt64, _ second: UInt64 = 0) -> UInt64 {
    TieHash.mix(TieHash.mix(first, second), kind.rawValue)
  }

  /// ICE names of one pair of agents, reflector tag, relay token.
  private mutating func uniteByCredentials(_ index: Int) {
    let candidate = candidates[index]
    guard let ties = candidate.ties else { return }
    // The client's own fragment is one end's: the other end's flows of the same call have the two the other way round.
    for place in ties.nameIndices {
      let pair = ties.name(place, clientSide: candidate.outline.clientSide)
      share(Self.key(.name, UInt64(pair.own), UInt64(pair.peer)), index, within: limits.memory)
    }
    let client = Self.hash(candidate.outline.client)
    if ties.token != 0 {
      share(Self.key(.token, ties.token, client), index, within: limits.memory)
      moved(Self.key(.token, ties.token), index)
    }
    if ties.tag != 0 {
      share(Self.key(.tag, ties.tag, client), index, within: limits.memory)
      moved(Self.key(.tag, ties.tag), index)
    }
  }

  /// Unites with the latest that shares the key.
  private mutating func share(_ key: UInt64, _ index: Int, within limit: Int64) {
    if let other = latest[key], gap(other, index) <= limit { unite(other, index) }
    latest[key] = index
  }

  /// Both ends of a call have its tag; a client that changed its address sends no more from the old one, or hears nothing there any more.
  private mutating func moved(_ key: UInt64, _ index: Int) {
    if let other = latest[key], candidates[other].outline.client != candidates[index].outline.client {
      // A host asks over both families at once; the other end begins when it has been told.
      if isOtherFamily(other, index),
        abs(candidates[index].outline.first &- candidates[other].outline.first) <= limits.pause
      {
        unite(other, index)
        return
      }
      guard candidates[index].outline.first >= candidates[other].lastSent &- limits.handover || diedFor(index, other),
        gap(other, index) <= limits.memory
      else { return }
      unite(other, index)
    }
    latest[key] = index
  }

  /// Answers to the old address, of the same family, ended in the middle of the call, as the new one was first answered: a phone asks on
  /// over the network that it left. The other end begins with the call, and its own path goes on.
  private func diedFor(_ new: Int, _ old: Int) -> Bool {
    let (before, after) = (candidates[old], candidates[new])
    return !isOtherFamily(old, new) && before.lastHeard != .min && after.lastHeard > before.lastHeard
      && before.lastHeard >= before.outline.first &+ limits.slack
      && before.lastHeard <= after.outline.first &+ limits.handover
      && after.outline.first <= before.lastHeard &+ limits.streamMemory
  }

  private func isOtherFamily(_ left: Int, _ right: Int) -> Bool {
    candidates[left].outline.client.family != candidates[right].outline.client.family
  }

  private func gap(_ earlier: Int, _ later: Int) -> Int64 {
    candidates[later].outline.first &- candidates[earlier].outline.last
  }

  /// An RTP stream with a random source that goes on where it was on another path: of the same end, whatever its address.
  private mutating func uniteByStreams(_ index: Int) {
    for stream in candidates[index].streams where stream.ssrc >= StreamPrint.randomSources {
      let key = Self.key(stream.isUp ? .sent : .received, UInt64(stream.ssrc))
      if let other = latest[key],
        let before = candidates[other].streams.last(where: { $0.ssrc == stream.ssrc && $0.isUp == stream.isUp }),
        continues(stream, before, isSameClient: candidates[other].outline.client == candidates[index].outline.client)
      {
        unite(other, index)
      }
      latest[key] = index
    }
  }

  private func continues(_ stream: StreamPrint, _ before: StreamPrint, isSameClient: Bool) -> Bool {
    guard stream.span.first <= before.span.last &+ limits.streamMemory else { return false }
    // A copy beside it on another client's flow is the other leg of a relay.
    guard isSameClient || stream.span.first >= before.span.last &- limits.handover else { return false }
    let end = before.base &+ UInt16(truncatingIfNeeded: before.length)
    let step = Int(Int16(bitPattern: stream.base &- end))
    return abs(step) <= Self.dropout || isSameClient && stream.span.first < before.span.last
  }

  /// One client's address and port is one program's, unless both flows say that they are of different calls.
  private mutating func uniteBySocket(_ index: Int) {
    let candidate = candidates[index]
    guard candidate.outline.clientPort >= 1_024 else { return }
    let key = Self.key(.socket, Self.hash(candidate.outline.client), UInt64(candidate.outline.clientPort))
    if let other = latest[key], gap(other, index) <= limits.slack, !areApart(other, index), !isNext(index, after: other)
    {
      unite(other, index)
    }
    latest[key] = index
  }

  /// A program with fixed ports calls the next one from where it called the last: to another host, with other streams, after a pause,
  /// and neither names a session.
  private func isNext(_ later: Int, after earlier: Int) -> Bool {
    let (one, next) = (candidates[earlier], candidates[later])
    guard one.outline.server != next.outline.server, !one.anyMedia.isEmpty, !next.anyMedia.isEmpty,
      next.anyMedia.first > one.anyMedia.last &+ limits.mediaPause, !one.streams.isEmpty, !next.streams.isEmpty,
      !one.streams.contains(where: { mine in next.streams.contains { $0.ssrc == mine.ssrc } })
    else { return false }
    return [one, next].allSatisfy { $0.ties.map { $0.nameIndices.isEmpty && $0.tag == 0 } ?? true }
  }

  /// An application that opens one port over both families at once asks for one call; two hosts that take the same one within a
  /// second for the same application are one in sixty thousand.
  private mutating func uniteByFamilies() {
    for index in candidates.indices
    where !candidates[index].outline.isTCP && candidates[index].outline.clientPort >= 1_024 {
      let outline = candidates[index].outline
      guard let application = outline.application, application.grade != .weak else { continue }
      let key = Self.key(.port, UInt64(outline.clientPort))
      if let other = latest[key], isOtherFamily(other, index),
        candidates[other].outline.application?.application == application.application,
        abs(outline.first &- candidates[other].outline.first) <= limits.pause
      {
        unite(other, index)
      }
      latest[key] = index
    }
  }

  /// A server speaks with many peers through one socket, under another name with each.
  private func areApart(_ left: Int, _ right: Int) -> Bool {
    guard let one = candidates[left].ties, let other = candidates[right].ties else { return false }
    if one.tag != 0, other.tag != 0, one.tag != other.tag { return true }
    guard !one.nameIndices.isEmpty, !other.nameIndices.isEmpty else { return false }
    for index in one.nameIndices {
      let mine = one.name(index, clientSide: candidates[left].outline.clientSide).own
      for place in other.nameIndices
      where other.name(place, clientSide: candidates[right].outline.clientSide).own == mine { return false }
    }
    return true
  }

  /// A relay's peer that the client asked directly too; the two sides of a NAT within one capture.
  private mutating func uniteByAddresses() {
    for index in candidates.indices {
      let outline = candidates[index].outline
      let server = TieHash.of(outline.server, port: outline.serverPort)
      latest[Self.key(.server, server, Self.hash(outline.client))] = index
      let client = TieHash.of(outline.client, port: outline.clientPort)
      latest[Self.key(.mapped, client, server)] = index
    }
    for index in candidates.indices {
      guard let ties = candidates[index].ties else { continue }
      let outline = candidates[index].outline
      for place in ties.peerIndices {
        let peer = ties.peer(place)
        if let other = latest[Self.key(.server, peer, Self.hash(outline.client))], isNear(other, index) {
          unite(other, index)
        }
      }
      let server = TieHash.of(outline.server, port: outline.serverPort)
      if ties.mapped != 0, let other = latest[Self.key(.mapped, ties.mapped, server)], other != index,
        candidates[other].outline.client != outline.client, isNear(other, index)
      {
        unite(other, index)
      }
    }
  }

  private func isNear(_ left: Int, _ right: Int) -> Bool {
    max(gap(left, right), gap(right, left)) <= limits.slack
  }

  private static func hash(_ address: IPAddress) -> UInt64 { TieHash.mix(address.high, address.low) }
}
