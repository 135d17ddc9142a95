internal import Detection
internal import Recognition
internal import Settings
internal import Verdict

/// A flow of a call, observed and judged, while the call is judged by its flows.
struct CallMember {
  /// Its place among the flows that may be part of calls.
  let candidate: Int
  let id: UInt64
  let communityID: CommunityID
  let client: IPAddress
  let server: IPAddress
  let serverPort: UInt16
  let first: Int64
  let last: Int64
  let application: ApplicationMatch?
  /// Packets of both sides.
  let weight: UInt64
  let packets: (client: UInt64, server: UInt64)
  var verdict: Judgment
  let isTCP: Bool
  /// A relay or STUN server over UDP.
  let isRelay: Bool
  /// The server sent something.
  let hasAnswers: Bool
  /// Its latest packet, ns since the epoch; `Int64.min` if none, or over TCP.
  let lastHeard: Int64
  let isPeerPath: Bool
  /// Media ran on it and something came back.
  let isMediaPath: Bool
  /// When media of both sides ran on it, ns since the epoch; nil if they did not.
  let mediaSpan: TimeWindow?
  /// Latest media of its other end, ns since the epoch; `Int64.min` if there were none.
  let mediaHeard: Int64
  /// When media of either side ran on it; nil if they did not, or nothing came back.
  let anyMedia: TimeWindow?
  /// Media ran on it and nothing at all came from its other end.
  let isOneWay: Bool
  let isWebRTC: Bool
  let isSIP: Bool
  /// It carries what only calls do.
  let isCallTraffic: Bool
  /// A relay that had answered and carried media, whose last requests and media went unanswered: when; nil of others. And in how many
  /// one-second bins.
  let cutShort: (window: TimeWindow, bins: Int)?
  /// RTP streams by source and direction: of so many, 0 for none.
  private var streams: [4 of UInt64] = [0, 0, 0, 0]

  init(
    _ candidate: CallCandidate, at place: Int, id: UInt64, communityID: CommunityID,
    observation: borrowing FlowObservation, verdict: Judgment
  ) {
    let outline = candidate.outline
    self.candidate = place
    self.id = id
    self.communityID = communityID
    self.verdict = verdict
    client = outline.client
    server = outline.server
    serverPort = outline.serverPort
    first = outline.first
    last = outline.last
    application = outline.application
    packets = outline.packets
    weight = outline.packets.client + outline.packets.server
    isTCP = outline.isTCP
    isRelay = !outline.isTCP && observation.isServerRole
    hasAnswers = outline.packets.server > 0
    lastHeard = outline.isTCP || outline.packets.server == 0 ? .min : observation.latest.server
    isPeerPath = observation.isPeerPath
    let isAnswered = outline.packets.client > 0 && outline.packets.server > 0
    isMediaPath = outline.packets.server > 0 && observation.hasMediaOrOpaque
    isOneWay = !isAnswered && (observation.hasMediaOrOpaque || outline.isTCP && !candidate.anyMedia.isEmpty)
    let up = min(observation.media.client.first, observation.opaque.client.first)
    let down = min(observation.media.server.first, observation.opaque.server.first)
    let ended = observation.lastMedia
    mediaHeard = observation.lastMediaHeard
    let isMediaPath = isMediaPath
    func span(from began: Int64) -> TimeWindow? {
      isMediaPath && began != .max && ended >= began ? TimeWindow(first: began, last: ended) : nil
    }
    mediaSpan = span(from: max(up, down))
    anyMedia = span(from: min(up, down))
    cutShort = isRelay && isMediaPath && !outline.isSIP ? Self.silenceAtEnd(observation) : nil
    isWebRTC = !outline.content.isDisjoint(with: [.iceCheck, .dtlsSRTP, .turn])
    isSIP = outline.isSIP
    isCallTraffic = outline.isCallTraffic
    for (place, stream) in candidate.streams.prefix(streams.count).enumerated() {
      streams[place] = UInt64(stream.ssrc) << 1 | (stream.isUp ? 1 : 0)
    }
  }

  /// The call's verdict from its flows': the media path's own, if media ran; else the relays', if every one of them
  /// failed; else what is missing. And whether media ran although every relay failed. `isOneSided`: the capture holds one
  /// direction only; `invites`: how often SIP asked for the call, if nobody answered that in any way, else 0.
  static func verdict(
    _ members: [CallMember], isOneSided: Bool, invites: Int, _ limits: Thresholds.Calls
  ) -> (Judgment, fellBack: Bool) {
    let media = members.filter { $0.isMediaPath && (isOneSided || !$0.isOneWay) }
    // What became of a flow of signalling, which goes on behind the end of each call, is the call's if it was not answered.
    let relays = members.filter { $0.isRelay && (!$0.isSIP || invites > 0) }
    if let heaviest = main(of: media, limits) {
      if let moved = moved(heaviest, media, relays, limits) { return (moved, false) }
      if let died = died(heaviest, relays) { return (died, false) }
      // Where the main path did not work to the end, the one that shows why speaks for all; not what had ended before it began.
      let broken = media.filter { $0.verdict.isFinding && !$0.isLeft(for: heaviest, limits) }.max {
        $0.weight < $1.weight
      }
      let beside = media.filter { $0.isBeside(heaviest, limits) }
      // The picture's path says nothing of the voice's, which has ports of its own to the same host.
      let other = beside.filter { $0.server == heaviest.server }.max {
        ($0.verdict.isFinding ? 1 : 0, $0.weight) < ($1.verdict.isFinding ? 1 : 0, $1.weight)
      }
      let path = heaviest.verdict.outcome == .ok ? other ?? heaviest : broken ?? heaviest
      var verdict = path.verdict
      // A direct path hides that no relay could be had: several of them that were asked for it, none of which ever answered.
      let asked = relays.filter { $0.first <= (heaviest.mediaSpan?.first ?? .max) &+ limits.handover.integer }
      if verdict.outcome == .ok, !heaviest.isRelay, !relays.contains(where: \.hasAnswers),
        Set(asked.map(\.server)).count >= 2, var verdict = relayFailure(asked)
      {
        verdict.reason =
          heaviest.isTCP
          ? wentOnOverTCP(asked)
          : Phrase("None of {} relays answered; media ran between the peers themselves.", .count(count(asked)))
        return (verdict, true)
      }
      if verdict.outcome == .ok {
        let others = media.count { $0.verdict.outcome != .ok }
        verdict.reason =
          heaviest.isTCP && !asked.isEmpty && !relays.contains(where: \.hasAnswers)
          ? Phrase("Media ran over TCP and was answered to the end; over UDP no relay had answered.")
          : media.count == 1
            ? Phrase("Media ran and was answered to the end.")
            : others == 0
              ? Phrase("Media ran on {} paths and was answered to the end.", .count(media.count))
              : Phrase(
                media.contains { $0.weight > heaviest.weight }
                  ? "Media ran on {} paths and was answered to the end on the one that this side spoke on most; {} other paths have another verdict."
                  : "Media ran on {} paths and was answered to the end on the one that carried most; {} other paths have another verdict.",
                .count(media.count), .count(others))
      }
      return (verdict, false)
    }
    var verdict = withoutMedia(members, relays)
    if verdict.isFinding, !relays.isEmpty, relays.allSatisfy(\.isSIP) {
      verdict.reason = Phrase(
        "The call was asked for {} times and never answered; nor was what else its server was asked for then.",
        .count(invites))
    } else if invites > 1, verdict.gap?.isOne(of: "no_media") ?? false {
      verdict = Claim.inconclusive(
        "invite_unanswered", seen: Double(invites), needed: 0,
        members.contains { $0.isSIP && $0.hasAnswers }
          ? Phrase(
            "The call was asked for {} times and never answered, though its server answered what else it was asked.",
            .count(invites))
          : Phrase("The call was asked for {} times and never answered, and nothing here tells why.", .count(invites)))
    }
    return (verdict, false)
  }

  /// The path that carried most, among those on which the client spoke itself for 10 s or half as long as any media ran: what it only
  /// watched is not the call's voice.
  private static func main(of media: [CallMember], _ limits: Thresholds.Calls) -> CallMember? {
    let longest = media.reduce(0) { max($0, $1.anyMedia.map { $0.last &- $0.first } ?? 0) }
    func speaks(_ member: CallMember) -> Bool {
      member.mediaSpan.map { $0.last &- $0.first >= min(longest / 2, limits.slack.integer) } ?? false
    }
    return media.max { (speaks($0) ? 1 : 0, $0.weight) < (speaks($1) ? 1 : 0, $1.weight) }
  }

  private static func withoutMedia(_ members: [CallMember], _ relays: [CallMember]) -> Judgment {
    let oneWay = oneWay(members)
    // What came shows that the call got beyond them.
    if let oneWay, members.contains(where: { $0.isOneWay && $0.hasAnswers }) { return oneWay }
    if let failure = relayFailure(relays) { return failure }
    if let oneWay { return oneWay }
    // Neither media nor a dead relay: the peers' path may have lost its handshake or its media.
    let paths = members.filter { ($0.isPeerPath || $0.verdict.scope != nil) && $0.verdict.isFinding }
    if let path = paths.max(by: { $0.weight < $1.weight }) { return path.verdict }
    // What is known of the peers' path says more than that no media came over it.
    if let path = members.filter({ $0.verdict.gap?.isOne(of: "no_handshake") ?? false }).max(by: {
      $0.weight < $1.weight
    }) {
      return path.verdict
    }
    // A registrar is none.
    let relays = relays.filter { !$0.isSIP }
    // What is known of every relay says more than that no media came over them.
    if let relay = relays.max(by: { $0.weight < $1.weight }), let gap = relay.verdict.gap,
      gap.isOne(of: Self.ofRelays), relays.allSatisfy({ $0.verdict.gap?.isOne(of: gap.code) ?? false })
    {
      return relay.verdict
    }
    return Claim.inconclusive(
      "no_media", seen: 0, needed: 1,
      relays.isEmpty
        ? Phrase("No media was seen.")
        : Phrase(
          "No media was seen; {} of {} relays answered in this capture.", .count(relays.count { $0.hasAnswers }),
          .count(relays.count)))
  }

  // MARK: A call that moves

  /// When its part in the call ended: with its media, or where nothing came any more, ns since the epoch.
  private var end: Int64? {
    guard let mediaSpan else { return nil }
    return isSilent ? verdict.window?.first : isOver ? min(mediaHeard, mediaSpan.last) : mediaSpan.last
  }

  /// Its part had ended before the other's media began, or when they did, or its streams went on there: where they had run before,
  /// as on the relay that a path between the peers had taken over from.
  private func isLeft(for other: CallMember, _ limits: Thresholds.Calls) -> Bool {
    guard candidate != other.candidate, let end, let next = other.mediaSpan else { return false }
    return end <= next.first &+ limits.handover.integer
      || !isRelay && other.mediaHeard != .min && other.mediaHeard &- end >= limits.overlap.integer
        && sharesStream(with: other)
  }

  private func sharesStream(with other: CallMember) -> Bool {
    streams.indices.contains { mine in
      streams[mine] != 0 && other.streams.indices.contains { other.streams[$0] == streams[mine] }
    }
  }

  /// Nothing came on it any more, for a time too short to be told from a pause or with nothing owed.
  private var isOver: Bool {
    verdict.outcome == .inconclusive && verdict.gap?.isOne(of: Self.silences) ?? false
  }

  /// The verdict of a call that left the path that carried most for another one, and that path's part in it was over: the last
  /// one's, if it fell silent, or if the first had. A call that went on is no dropped one unless all its relays failed. Nil if it
  /// did not leave it so.
  private static func moved(
    _ heaviest: CallMember, _ media: [CallMember], _ relays: [CallMember], _ limits: Thresholds.Calls
  ) -> Judgment? {
    guard heaviest.isSilent || heaviest.isOver || heaviest.verdict.outcome == .ok, let end = heaviest.end else {
      return nil
    }
    let later = media.filter {
      guard heaviest.isLeft(for: $0, limits), let span = $0.mediaSpan else { return false }
      return span.last &- max(span.first, end) >= limits.overlap.integer
    }
    guard let latest = later.max(by: { ($0.mediaSpan?.last ?? 0, $0.weight) < ($1.mediaSpan?.last ?? 0, $1.weight) }),
      let next = later.compactMap(\.mediaSpan?.first).min()
    else { return nil }
    if latest.isSilent { return latest.verdict }
    // Who heard nothing for longer noticed it, whatever may have been the cause.
    guard heaviest.isSilent || heaviest.isOver && latest.verdict.outcome == .ok && next &- end <= limits.slack.integer
    else { return nil }
    // A peer may move with its network, as the client may, which has another address then; a relay stays where it is.
    if heaviest.isSilent, heaviest.isRelay, !heaviest.verdict.hasAlternative("network-change"),
      heaviest.verdict.hasExcluded("access-line-down")
        || later.contains(where: { $0.client == heaviest.client || $0.client.family != heaviest.client.family })
    {
      var verdict = heaviest.verdict
      verdict.evidence.append(
        Evidence(
          "went_on",
          Phrase(
            "The call's media went on over {} other paths, the first of them after {}.", .count(later.count),
            .duration(max(0, next &- end)))))
      return verdict
    }
    guard relayFailure(relays) == nil else { return nil }
    var verdict = latest.verdict
    guard verdict.outcome == .ok else { return verdict }
    let silent = media.count { $0.isSilent || $0.isOver }
    verdict.reason =
      if next < end &- limits.handover.integer {
        Phrase(
          "Media ran on {} paths and was answered to the end on the last; {} had fallen silent, and one that had run before took over.",
          .count(media.count), .endpoint(heaviest.server, heaviest.serverPort))
      } else if silent > 1 {
        Phrase(
          "Media ran on {} paths and was answered to the end on the last; {} had fallen silent, the next took over {} after the longest.",
          .count(media.count), .count(silent), .duration(max(0, next &- end)))
      } else {
        Phrase(
          "Media ran on {} paths and was answered to the end on the last; {} had fallen silent, and after {} the next took over.",
          .count(media.count), .endpoint(heaviest.server, heaviest.serverPort), .duration(max(0, next &- end)))
      }
    return verdict
  }

  /// The verdict of a call whose relay fell silent in the middle of it, which no message showed to be the relay's silence and not the
  /// peer's, until the call asked for it anew and it did not answer, nor did any other relay asked since. Nil else.
  private static func died(_ heaviest: CallMember, _ relays: [CallMember]) -> Judgment? {
    guard heaviest.isRelay, heaviest.lastHeard != .min, heaviest.verdict.outcome == .inconclusive,
      heaviest.verdict.gap?.isOne(of: silences) ?? false
    else { return nil }
    let later = relays.filter { $0.first > heaviest.lastHeard }
    guard let same = later.first(where: { $0.server == heaviest.server }),
      same.verdict.hasExcluded("access-line-down"),
      later.allSatisfy({ $0.verdict.isFinding && $0.verdict.outcome == .dropped && !$0.hasAnswers })
    else { return nil }
    var verdict = same.verdict
    verdict.mechanism = .cutoff
    if !verdict.hasAlternative("peer-gone") { verdict.alternatives.append("peer-gone") }
    verdict.reason = Phrase(
      "{} carried the call's media for {}, then nothing came any more; asked for anew, it did not answer, nor did any of {} relays asked since.",
      .endpoint(heaviest.server, heaviest.serverPort), .duration(heaviest.lastHeard &- heaviest.first),
      .count(later.count))
    verdict.window = TimeWindow(
      first: heaviest.lastHeard, last: later.reduce(heaviest.last) { max($0, $1.verdict.window?.last ?? $1.last) })
    return verdict
  }

  /// Gaps of a flow whose server was silent at its end.
  private static let silences: [StaticString] = [
    "nothing_owed", "peer_behind_relay", "too_few_trials", "too_short", "media_stopped", "requests_unanswered",
  ]

  /// It worked, or did not, and then nothing came any more.
  private var isSilent: Bool { verdict.outcome == .dropped && verdict.mechanism != .randomDiscard }

  /// It failed or lost media while the media of the path that carried most went on; where it fell silent, those had run before, too:
  /// the call did not just move from the one to the other.
  private func isBeside(_ heaviest: CallMember, _ limits: Thresholds.Calls) -> Bool {
    guard candidate != heaviest.candidate, verdict.isFinding || verdict.outcome == .degraded || lacksMedia,
      let own = anyMedia,
      let others = heaviest.anyMedia
    else { return false }
    let overlap = limits.overlap.integer
    if isSilent, let window = verdict.window {
      return others.first &+ overlap <= window.first && others.last >= window.first &+ overlap
    }
    return min(own.last, others.last) &- max(own.first, others.first) >= overlap
  }

  /// Media of one of its directions ended long before the other's, or paused.
  private var lacksMedia: Bool {
    verdict.gap?.isOne(of: "media_stopped", "media_hole") ?? false
  }

  /// Gaps of a relay that are the call's where all of its relays have them.
  private static let ofRelays: [StaticString] = ["one_sided_capture", "peer_behind_relay", "requests_unanswered"]

  /// A refusal where media ran on flows of one direction only, as between two ends that each send to another port than they send
  /// from, or where one end was not heard at all; nil if there are none.
  private static func oneWay(_ members: [CallMember]) -> Judgment? {
    let paths = members.filter(\.isOneWay)
    guard !paths.isEmpty else { return nil }
    let up = paths.reduce(0) { $0 + $1.packets.client }
    let down = paths.reduce(0) { $0 + $1.packets.server }
    return Claim.inconclusive(
      "no_media_back", seen: Double(min(up, down)), needed: 1,
      up > 0 && down > 0
        ? Phrase(
          "Media ran one way on each flow, {} packets up and {} down: what was owed or answered is not told.",
          .count(Int(clamping: up)), .count(Int(clamping: down)))
        : Phrase(
          up > 0
            ? "The client sent {} packets of media, and none came back; nothing that was seen owed them."
            : "{} packets of media came to the client, and it sent none; nothing that was seen owed them.",
          .count(Int(clamping: max(up, down)))))
  }

  /// Checks were answered for seconds and nothing followed, neither handshake nor media: that is not `ok`, though who is
  /// to blame cannot be said.
  static func withholdSoundness(_ members: inout [CallMember], _ limits: Thresholds.Silence) {
    for index in members.indices where members[index].verdict.outcome == .ok && members[index].isPeerPath {
      let span = members[index].last &- members[index].first
      guard span >= limits.mediaSpan.integer else { continue }
      members[index].verdict = Claim.inconclusive(
        "no_handshake", seen: 0, needed: 1,
        Phrase("Connectivity checks were answered for {}, but neither a handshake nor media followed.", .duration(span))
      )
    }
  }
}
