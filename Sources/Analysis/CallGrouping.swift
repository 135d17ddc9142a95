internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// Tells which flows are one call's.
///
/// Flows that share something of one call alone are of one call (`CallUnion`), whatever their times and addresses; groups
/// of one client that begin while another is there join it, unless something says that they are another call
/// (`CallGroup`).
struct CallGrouping {
  /// A call before it is judged.
  struct Draft {
    let clients: [IPAddress]
    let application: ApplicationMatch?
    /// Positions of its flows, ascending.
    let positions: [Int]
    /// Those among them whose messages told of the call.
    let telling: Set<Int>
    /// What they told, and whether the client ended it.
    let dialogs: [(told: SIPDialog, isEndLocal: Bool)]
    /// Other calls have some of its flows too.
    let sharesFlows: Bool
    /// When the call was, where its signalling tells.
    let window: TimeSpan?
    let end: CallEnd
  }

  /// A SIP call and where its messages lie.
  private struct Dialog {
    var dialog: SIPDialog
    /// Flows of its messages, among those beside calls.
    var flows: [Int] = []
    /// Flows that another call's descriptions name too: only what ran in its time is its media.
    var shared: [Int] = []
  }

  /// A client's latest calls that a group of flows may belong to: its flows begin together, and a switchboard has thousands of
  /// calls at once.
  private static let recentCalls = 256
  /// Groups behind one that asks relays among which that may be for which it asks: a redial's other relays, and its peer's path.
  private static let nextGroups = 16

  /// Flows that calls take over from each other, each counted for each of these, are so many times the calls and flows at most:
  /// thousands of calls that name one socket and never end would share every flow of it.
  private static let sharing = 4

  private let flows: FlowList
  private let known: Circumstances
  private let limits: CallLimits
  private var candidates: [CallCandidate] = []
  /// Flows that are no call's for themselves, and may be part of one: SIP, STUN to a server.
  private var beside: [CallCandidate] = []
  private var dialogs: [Dialog] = []
  /// Flows that several SIP calls described.
  private var shared: Set<Int> = []

  init(_ flows: FlowList, _ known: Circumstances, _ limits: CallLimits) {
    self.flows = flows
    self.known = known
    self.limits = limits
  }

  /// The calls, by their first packets.
  mutating func drafts() -> [Draft] {
    collect()
    guard !candidates.isEmpty || !dialogs.isEmpty else { return [] }
    let groups = join(groups())
    addBeside(to: groups)
    addUnknown(to: groups)
    shared = Set(dialogs.flatMap(\.shared))
    return groups.filter { !$0.span.isEmpty }.map(draft)
  }

  private func draft(_ group: CallGroup) -> Draft {
    let dialogs = group.dialogs.map { self.dialogs[$0] }
    let telling = dialogs.flatMap(\.flows).map { beside[$0].position }
    var end = CallEnd()
    let own = group.members + dialogs.flatMap(\.shared)
    for index in own { end.add(candidate(index)) }
    return Draft(
      clients: group.clients, application: group.application,
      positions: ascending(own.map { candidate($0).position } + telling), telling: Set(telling),
      dialogs: dialogs.map { ($0.dialog, isEndLocal($0)) },
      sharesFlows: !dialogs.allSatisfy(\.shared.isEmpty) || !shared.isDisjoint(with: group.members),
      window: dialogs.isEmpty ? nil : dialogs.reduce(into: TimeSpan()) { $0.add(ownWindow($1)) }, end: end)
  }

  /// Each of some positions once, in order.
  private func ascending(_ positions: [Int]) -> [Int] {
    var list: [Int] = []
    list.reserveCapacity(positions.count)
    for position in positions.sorted() where list.last != position { list.append(position) }
    return list
  }

  /// Whether the client of the flow that ended a SIP call sent that message.
  private func isEndLocal(_ dialog: Dialog) -> Bool {
    guard let end = dialog.dialog.end else { return false }
    for index in dialog.flows
    where beside[index].outline.index == end.flow && beside[index].outline.shard == end.shard {
      return beside[index].outline.clientSide == end.side
    }
    return end.side == 0
  }

  /// A candidate, of a call for itself or beside one.
  private func candidate(_ index: Int) -> CallCandidate {
    index < candidates.count ? candidates[index] : beside[index - candidates.count]
  }

  private mutating func collect() {
    // Room for all of them at once: grown by doubling, they would be moved and take twice the memory.
    candidates.reserveCapacity(flows.places.reduce(0) { $0 + ($1.marks.contains(.mayBeOfCall) ? 1 : 0) })
    for position in 0..<flows.count where flows.places[position].marks.contains(.mayBeOfCall) {
      let outline = flows[position]
      guard outline.isCallTraffic || outline.isSIP || outline.isPlainSTUN else { continue }
      let candidate = flows.analyzers[outline.shard].candidate(outline, at: position)
      if outline.isCallTraffic { candidates.append(candidate) } else { beside.append(candidate) }
    }
    collectDialogs()
  }

  /// SIP calls of all shards, one for each Call-ID.
  private mutating func collectDialogs() {
    guard (0..<flows.analyzers.count).contains(where: { !flows.analyzers[$0].dialogs.all.isEmpty }) else { return }
    var places: [UInt64: Int] = [:]
    var carriers: [UInt64: Int] = [:]
    for (index, candidate) in beside.enumerated() {
      carriers[UInt64(candidate.outline.shard) << 32 | UInt64(candidate.outline.index)] = index
    }
    func carrier(_ shard: Int, _ flow: UInt32) -> Int? { carriers[UInt64(shard) << 32 | UInt64(flow)] }
    /// When its first message came, and on a tie the place of that one's flow: the same however flows are shared out.
    func order(_ dialog: SIPDialog) -> (Int64, Int) { (dialog.first, carrier(dialog.shard, dialog.flow) ?? .max) }
    for shard in 0..<flows.analyzers.count {
      for dialog in flows.analyzers[shard].dialogs.all {
        let dialog = dialog.seen(by: shard)
        let carried = ([dialog.flow] + dialog.otherFlows).compactMap { carrier(shard, $0) }
        if let place = places[dialog.callID] {
          dialogs[place].dialog.merge(dialog, isEarlier: order(dialog) < order(dialogs[place].dialog))
          dialogs[place].flows += carried
        } else if !carried.isEmpty {
          places[dialog.callID] = dialogs.count
          dialogs.append(Dialog(dialog: dialog, flows: carried))
        }
      }
    }
    for index in dialogs.indices {
      // That of the first message, then the others in the order of their first packets.
      let first = carrier(dialogs[index].dialog.shard, dialogs[index].dialog.flow)
      dialogs[index].flows.sort { ($0 == first ? -1 : $0) < ($1 == first ? -1 : $1) }
    }
    dialogs.sort { order($0.dialog) < order($1.dialog) }
  }

  /// Flows and SIP calls that are surely of one call, in the order of their first packets.
  private mutating func groups() -> [CallGroup] {
    var union = CallUnion(candidates, extra: dialogs.count, limits)
    union.uniteAll(sipMedia: uniteDescribed(&union))
    var groups: [(group: CallGroup, root: Int)] = []
    // By root, where its group is.
    var places = [Int](repeating: -1, count: candidates.count + dialogs.count)
    func place(of root: Int) -> Int {
      if places[root] < 0 {
        places[root] = groups.count
        groups.append((CallGroup(limits), root))
      }
      return places[root]
    }
    for index in candidates.indices { groups[place(of: union.root(index))].group.add(candidates[index], at: index) }
    for index in dialogs.indices {
      groups[place(of: union.root(candidates.count + index))].group.add(
        dialog: dialogs[index].dialog, at: index, client: dialogs[index].flows.first.map { beside[$0].outline.client })
    }
    return groups.sorted { ($0.group.span.first, $0.root) < ($1.group.span.first, $1.root) }.map(\.group)
  }

  /// Ties media to the SIP call that described them; all of them.
  private mutating func uniteDescribed(_ union: inout CallUnion) -> Set<Int> {
    var places: [UInt64: [Int]] = [:]
    for (index, known) in dialogs.enumerated() {
      for place in known.dialog.media { places[place, default: []].append(index) }
    }
    var all: Set<Int> = []
    if places.isEmpty { return all }
    let windows = dialogs.map { window($0.dialog) }
    // By dialog, the candidate that found it last: both of its ends may be described.
    var finder = [Int](repeating: -1, count: dialogs.count)
    var room = Self.sharing * (candidates.count + dialogs.count)
    for index in candidates.indices where !candidates[index].outline.isTCP {
      let outline = candidates[index].outline
      var found: [Int] = []
      for end in [
        TieHash.of(outline.client, port: outline.clientPort), TieHash.of(outline.server, port: outline.serverPort),
      ] {
        for dialog in places[end] ?? []
        where finder[dialog] != index && outline.first <= windows[dialog].last
          && outline.last >= windows[dialog].first
        {
          finder[dialog] = index
          found.append(dialog)
        }
      }
      guard !found.isEmpty else { continue }
      all.insert(index)
      if found.count == 1 {
        union.unite(index, candidates.count + found[0])
      } else {
        // Both ends of a call of its own named it, or calls follow each other on it: the first keeps it.
        found.sort()
        union.unite(index, candidates.count + found[0])
        for dialog in found.dropFirst().prefix(room) { dialogs[dialog].shared.append(index) }
        room -= min(room, found.count - 1)
      }
    }
    return all
  }

  private func window(_ dialog: SIPDialog) -> TimeSpan {
    TimeSpan(first: dialog.first, last: dialog.end.map { $0.time &+ limits.afterEnd } ?? .max)
  }

  /// When a call's media ran on flows that another one takes over: until the next one is asked for, if that is behind its end.
  private func ownWindow(_ dialog: Dialog) -> TimeSpan {
    var window = window(dialog.dialog)
    guard let end = dialog.dialog.end?.time else { return window }
    let media = Set(dialog.dialog.media)
    for next in dialogs where next.dialog.first > dialog.dialog.first && !media.isDisjoint(with: next.dialog.media) {
      window.last = min(window.last, max(end, next.dialog.first))
    }
    return window
  }

  /// Groups of one client that belong together by time.
  private func join(_ groups: [CallGroup]) -> [CallGroup] {
    var drafts: [CallGroup] = []
    var latest: [IPAddress: [Int]] = [:]
    for (place, group) in groups.enumerated() {
      let near = group.clients.flatMap { latest[$0]?.suffix(Self.recentCalls) ?? [] }
      // A redial asks its relays before anything names it.
      func isOfNext(_ draft: CallGroup) -> Bool {
        group.asksOnly
          && groups[(place + 1)...].prefix(Self.nextGroups).contains {
            $0.clients.contains(group.clients[0]) && draft.leaves(group, to: $0)
          }
      }
      if let index = near.last(where: { drafts[$0].mayTake(group) && !isOfNext(drafts[$0]) }) {
        drafts[index].add(group)
        for client in group.clients where latest[client]?.contains(index) != true {
          latest[client, default: []].append(index)
        }
      } else {
        for client in group.clients { latest[client, default: []].append(drafts.count) }
        drafts.append(group)
      }
    }
    joinFamilies(&drafts)
    joinMoved(&drafts)
    return drafts.filter { draft in
      // SIP registration alone is no call.
      !draft.members.isEmpty || draft.dialogs.contains { dialogs[$0].dialog.isCall }
    }
  }

  /// An agent asks for relays over both IP families at once (RFC 8445 section 5.1.1), from ports of their own: those over the one that
  /// the call then had no use for, or got no answer over, are no call of theirs.
  private func joinFamilies(_ drafts: inout [CallGroup]) {
    var families = drafts.map(\.family)
    guard Set(families.lazy.compactMap(\.self)).count > 1 else { return }
    let began = drafts.map(\.span.first)
    for index in drafts.indices where drafts[index].asksOnly {
      // In the order of their first packets: those around it began with it, if any did.
      let around = max(0, index - Self.recentCalls)..<min(drafts.count, index + Self.recentCalls)
      let family = families[index]
      let near = around.filter {
        families[$0] != nil && families[$0] != family && abs(began[$0] &- began[index]) <= limits.pause
          && drafts[$0].asksOverOtherFamily(drafts[index])
      }
      // Two hosts on a line may call at once: whose these are is not told then.
      guard near.count == 1, let other = near.first else { continue }
      drafts[other].add(drafts[index])
      drafts[index] = CallGroup(limits)
      families[other] = nil
      families[index] = nil
    }
  }

  /// A client that moves to another network begins anew there, perhaps with names and streams of its own: its call is one where nobody
  /// answered the old address any more, and the new one appeared then.
  private func joinMoved(_ drafts: inout [CallGroup]) {
    // Nearly no call does.
    let silent = drafts.indices.filter { drafts[$0].fellSilent }
    guard !silent.isEmpty, Set(drafts.lazy.flatMap(\.clients)).count > 1 else { return }
    let began = drafts.map(\.span.first)
    for index in silent where drafts[index].fellSilent {
      // In the order of their first packets.
      let later = (index + 1)..<min(drafts.count, index + Self.recentCalls)
      let near = later.filter {
        drafts[index].mayHaveLeft(at: began[$0])
          && drafts[index].mayHaveMoved(to: drafts[$0], isHostsOwn: known.around.isHostsOwn)
      }
      // Whose call it is is not told if several began, or if it may be another's too.
      guard near.count == 1, let next = near.first, hasMoved(drafts[index]),
        !silent.contains(where: {
          $0 != index && drafts[$0].fellSilent
            && drafts[$0].mayHaveMoved(to: drafts[next], isHostsOwn: known.around.isHostsOwn)
        })
      else { continue }
      drafts[index].add(drafts[next])
      drafts[next] = CallGroup(limits)
    }
  }

  private func hasMoved(_ draft: CallGroup) -> Bool {
    guard
      let latest = draft.members.map(candidate).filter({ !$0.media.server.isEmpty }).max(by: {
        $0.media.server.last < $1.media.server.last
      })
    else { return false }
    return known.around.hasMoved(
      latest.outline.client, server: latest.outline.server, in: draft.silence,
      slack: known.thresholds.silence.cutoff.integer, began: latest.outline.first,
      beside: known.thresholds.reset.reorder.integer)
  }

  /// STUN to a server beside a call is part of it, and SIP whose call began before the capture.
  private func addBeside(to drafts: [CallGroup]) {
    let ofDialogs = Set(dialogs.flatMap(\.flows))
    var places: [IPAddress: [Int]] = [:]
    for (place, draft) in drafts.enumerated() {
      for client in draft.clients { places[client, default: []].append(place) }
    }
    for (index, candidate) in beside.enumerated() where !ofDialogs.contains(index) {
      let outline = candidate.outline
      let span = TimeSpan(first: outline.first, last: outline.last)
      func isNear(_ place: Int) -> Bool {
        drafts[place].isNear(span) && (!outline.isSIP || drafts[place].dialogs.isEmpty)
          && !drafts[place].isOfAnother(candidate)
      }
      // The call whose socket it is, if one has it.
      let socket = Socket(outline.client, outline.clientPort)
      if let own = places[outline.client],
        let place = own.last(where: { isNear($0) && drafts[$0].uses(socket) }) ?? own.last(where: isNear)
      {
        drafts[place].add(candidate, at: candidates.count + index)
      }
    }
  }

  /// Datagrams of no known format on a socket of the call: older Telegram clients leave their reflectors for such a path
  /// between the peers (METHOD.md W2.2).
  private mutating func addUnknown(to drafts: [CallGroup]) {
    var sockets: [Socket: [Int]] = [:]
    var sieve = AddressSieve()
    for (place, draft) in drafts.enumerated() {
      for index in draft.members {
        let outline = candidate(index).outline
        guard !outline.isTCP, outline.isCallTraffic, outline.clientPort >= 1_024 else { continue }
        let socket = Socket(outline.client, outline.clientPort)
        if sockets[socket]?.last != place { sockets[socket, default: []].append(place) }
        sieve.insert(AddressBits(outline.client), port: outline.clientPort)
      }
    }
    guard !sockets.isEmpty else { return }
    for position in 0..<flows.count where !flows.places[position].marks.contains(.mayBeOfCall) {
      let place = flows.places[position]
      guard flows.analyzers[Int(place.shard)].isUnknownDatagrams(place.index, sieve) else { continue }
      let outline = flows[position]
      let span = TimeSpan(first: outline.first, last: outline.last)
      let socket = Socket(outline.client, outline.clientPort)
      guard let found = sockets[socket]?.last(where: { drafts[$0].isNear(span) }) else { continue }
      let candidate = flows.analyzers[outline.shard].candidate(outline, at: position)
      drafts[found].add(candidate, at: candidates.count + beside.count)
      beside.append(candidate)
    }
  }
}

extension Analyzer {
  /// Whether a flow is of datagrams that nothing is known of, from a socket that is asked for.
  fileprivate func isUnknownDatagrams(_ index: UInt32, _ sieve: AddressSieve) -> Bool {
    guard !table.flows[index].isTCP, content(index).isEmpty else { return false }
    let (zero, one) = (table.endpoint(index, side: 0), table.endpoint(index, side: 1))
    guard min(zero.port, one.port) >= 1_024 else { return false }
    return sieve.mayHold(zero.address, port: zero.port) || sieve.mayHold(one.address, port: one.port)
  }
}
