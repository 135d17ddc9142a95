internal import Detection
internal import Flow
internal import Recognition
internal import Settings

/// Giving room back in a run that does not end: flows that live on move into fresh collections, the old ones go as a whole.
///
/// No list of free records is kept and nothing is added to the packet's way; the cost is that of copying what is kept, and
/// whoever calls this when half of the flows are over pays for each flow twice at most.
extension Analyzer {
  /// Keeps the flows that `isKept` names, in their order, and forgets names told before `oldest`. What comes back are the
  /// new numbers by the old ones, `FlowState.none` for flows that are gone. Frame numbers and times stay.
  /// `givenUp`: how many of the others were not over. Without `keepsTraces` what judges caps is kept in part.
  mutating func compact(
    _ thresholds: Thresholds, seed: UInt64, namesSince oldest: Int64, keepsTraces: Bool, givenUp: Int = 0,
    _ isKept: (UInt32) -> Bool
  ) -> [UInt32] {
    var fresh = Analyzer(
      thresholds: thresholds, seed: seed, shard: Int(shard), shards: Int(shards), maximumFlows: table.maximum,
      isApart: isApart)
    fresh.shared = shared
    fresh.table.continueCounts(of: table, givenUp: givenUp)
    var renewed = RenewedNames()
    var numbers = [UInt32](repeating: FlowState.none, count: table.flows.count)
    for index in 0..<UInt32(table.flows.count) {
      guard isKept(index) else { continue }
      numbers[Int(index)] = fresh.adopt(index, of: self, &renewed, keepsTraces: keepsTraces)
    }
    let number = { (old: UInt32) -> UInt32? in
      guard Int(old) < numbers.count, numbers[Int(old)] != FlowState.none else { return nil }
      return numbers[Int(old)]
    }
    fresh.resolver = resolver
    fresh.resolver.renew(since: oldest) { renewed.renew($0, from: self.names, to: &fresh.names) }
    for (flow, name) in phoneApps {
      if let flow = number(flow) { fresh.phoneApps[flow] = renewed.renew(name, from: self.names, to: &fresh.names) }
    }
    for (flow, user) in phoneUsers { if let flow = number(flow) { fresh.phoneUsers[flow] = user } }
    fresh.hellos = hellos
    fresh.hellos.renumber(number)
    fresh.framed = framed
    fresh.framed.renumber(number)
    fresh.initials = initials
    fresh.initials.renumber(number)
    fresh.described = described
    fresh.dnsAnswers = dnsAnswers
    fresh.dialogs = dialogs
    // Longer than a call is waited for, and longer than calls last without a word of signaling.
    fresh.dialogs.renumber(
      ended: hygiene.last &- thresholds.flow.udpIdle.integer, silent: hygiene.last &- 4 &* 3_600_000_000_000, number)
    fresh.hygiene = hygiene
    fresh.hygiene.linkAlive.removeAll { $0.time < oldest }
    fresh.hygiene.cutErrors.forget(before: oldest)
    fresh.fragments = fragments
    self = fresh
    return numbers
  }

  private mutating func adopt(
    _ index: UInt32, of other: borrowing Analyzer, _ renewed: inout RenewedNames, keepsTraces: Bool
  ) -> UInt32 {
    let new = table.adopt(index, of: other.table)
    let flow = other.table.flows[index]
    if flow.isTCP {
      var state = other.tcp[flow.detail]
      if state.reset != FlowState.none { state.reset = resets.adopt(state.reset, of: other.resets) }
      if state.traces != FlowState.none {
        state.traces = keepsTraces ? segments.adopt(state.traces, of: other.segments) : FlowState.none
      }
      state.name = renewed.renew(state.name, from: other.names, to: &names)
      table.flows[new].detail = tcp.append(state)
    } else {
      var state = other.udp[flow.detail]
      state.streams = adoptStreams(state.streams, of: other, keepsTraces: keepsTraces)
      // Numbered otherwise here: found again by the next packet.
      state.sides.first.stream = FlowState.none
      state.sides.second.stream = FlowState.none
      table.flows[new].detail = udp.append(state)
    }
    if flow.facts != FlowState.none {
      var fact = other.facts[flow.facts]
      fact.realm = renewed.renew(fact.realm, from: other.names, to: &names)
      fact.software = renewed.renew(fact.software, from: other.names, to: &names)
      fact.fingerprint = renewed.renew(fact.fingerprint, from: other.fingerprints, to: &fingerprints)
      if fact.ties != FlowState.none { fact.ties = ties.append(other.ties[fact.ties]) }
      if fact.media != FlowState.none {
        var media = other.mediaFacts[fact.media]
        if media.sealed != FlowState.none { media.sealed = sealed.append(other.sealed[media.sealed]) }
        fact.media = mediaFacts.append(media)
      }
      if fact.dialogue != FlowState.none {
        var dialogue = other.dialogues[fact.dialogue]
        dialogue.adoptRoundTrips(of: other.roundTrips, into: &roundTrips)
        fact.dialogue = dialogues.append(dialogue)
      }
      table.flows[new].facts = facts.append(fact)
    }
    return new
  }

  /// Records that are kept of a passage without losses where room is short: some 100 seconds.
  private static var shortPassage: UInt32 { 512 }

  /// A flow's streams with the passages that they share.
  private mutating func adoptStreams(
    _ first: UInt32, of other: borrowing Analyzer, keepsTraces: Bool
  ) -> UInt32 {
    guard first != FlowState.none else { return FlowState.none }
    var moved: [UInt32: UInt32] = [:]
    var shared: [UInt32: UInt32] = [:]
    var newFirst = FlowState.none
    var latest = FlowState.none
    var old = first
    while old != FlowState.none {
      var stream = other.streams[old]
      let following = stream.following
      stream.following = FlowState.none
      if stream.passage != FlowState.none {
        let passage =
          shared[stream.passage]
          ?? passages.adopt(
            stream.passage, of: other.passages, latest: keepsTraces ? .max : Self.shortPassage)
        shared[stream.passage] = passage
        stream.passage = passage
      }
      if stream.losses != FlowState.none { stream.losses = lossRuns.append(other.lossRuns[stream.losses]) }
      let new = streams.append(stream)
      moved[old] = new
      if latest == FlowState.none { newFirst = new } else { streams[latest].following = new }
      latest = new
      old = following
    }
    for passage in shared.values {
      let chosen = passages[passage].delayStream
      if chosen != FlowState.none { passages[passage].delayStream = moved[chosen] ?? FlowState.none }
    }
    return newFirst
  }

  /// Bytes allocated for flows.
  var bytesHeld: Int {
    table.flows.bytes + udp.bytes + tcp.bytes + streams.bytes + facts.bytes + dialogues.bytes + resets.bytes
      + passages.bytes + segments.bytes + lossRuns.bytes + ties.bytes
      + mediaFacts.bytes + sealed.bytes + roundTrips.bytes + table.slotBytes
  }

  /// A flow is over: its own end, or silence for so long. `idle` replaces the silence of UDP and, where it is shorter, the
  /// others.
  func isOver(_ index: UInt32, at now: Int64, idle: Int64, _ limits: LiveLimits) -> Bool {
    let flow = table.flows[index]
    if flow.isUnlinked { return true }
    let silence = now &- flow.last
    guard flow.isTCP else { return silence > idle }
    if flow.marks.contains(.closed) { return silence > min(limits.closed.integer, idle) }
    // A SYN nobody answered: under pressure as much sooner as UDP, but its repetitions are waited for.
    if flow.packets.0 == 0 || flow.packets.1 == 0 {
      return silence > min(limits.opening.integer, max(limits.repeating.integer, idle / 3 &* 4))
    }
    // Under pressure an open connection counts as over after four times what a UDP flow is granted.
    return silence > (idle < limits.opening.integer / 2 ? min(limits.idle.integer, idle &* 4) : limits.idle.integer)
  }
}

/// Names and fingerprints that move to other tables, each once.
private struct RenewedNames {
  private var known: [UInt32: UInt32] = [:]
  private var fingerprints: [UInt32: UInt32] = [:]

  mutating func renew(
    _ fingerprint: UInt32, from old: borrowing HelloFingerprints, to new: inout HelloFingerprints
  ) -> UInt32 {
    if fingerprint == HelloFingerprints.none { return fingerprint }
    if let index = fingerprints[fingerprint] { return index }
    let index = new.adopt(fingerprint, of: old)
    fingerprints[fingerprint] = index
    return index
  }

  mutating func renew(_ name: UInt32, from old: borrowing NameTable, to new: inout NameTable) -> UInt32 {
    if name == NameTable.none { return name }
    if let index = known[name] { return index }
    let index = new.intern(old.kept(name).span, keepsCase: true)
    known[name] = index
    return index
  }
}
