internal import Recognition
internal import Verdict

/// TCP that may have carried a call whose relays failed over UDP (METHOD.md M7).
struct CallCarriers {
  /// What TCP says of a call that seems to have gone on over it.
  struct Answer {
    var evidence: Evidence
    /// It fell silent, or was reset, itself: the call did not go on for long.
    var isBroken = false
  }

  private let flows: FlowList
  private let judge: FlowJudge
  private let limits: CallLimits
  /// TCP flows with packets both ways, by client; found when the first is asked for.
  private var candidates: [IPAddress: [Int]]?

  init(_ flows: FlowList, _ judge: FlowJudge, _ limits: CallLimits) {
    self.flows = flows
    self.judge = judge
    self.limits = limits
  }

  /// What TCP to servers of the same application or to a relay's own address, or else to whomever, says of a call: it went on another
  /// way. Nil if none carried as a call does, both ways, from when the call was set up. `cutAt`: when its media were cut, ns since
  /// the epoch; nil if it never had any.
  mutating func evidence(
    of draft: CallGrouping.Draft, relays: Set<IPAddress>, span: TimeWindow, cutAt: Int64?
  ) -> Answer? {
    let application = draft.application?.application
    let candidates = candidates ?? find()
    self.candidates = candidates
    var isSteady = false
    var broken: Evidence?
    for position in draft.clients.flatMap({ candidates[$0] ?? [] }) {
      let outline = flows[position]
      // What was there before is for something else: signalling, a download.
      guard outline.first <= span.last, outline.first >= span.first &- limits.handover else { continue }
      let seconds = Double(max(1, outline.last &- outline.first)) / 1e9
      let up = Self.payload(outline.bytes.client, outline.packets.client)
      let down = Self.payload(outline.bytes.server, outline.packets.server)
      // A download has acknowledgments, and a request now and then, on its other way.
      guard min(up, down) >= Self.mediaRate * seconds, max(up, down) <= Self.mostUneven * min(up, down) else {
        continue
      }
      let pace = Double(min(outline.packets.client, outline.packets.server)) / seconds
      // A chat sends and is acknowledged, now and then.
      if application != nil && outline.application?.application == application || relays.contains(outline.server),
        pace >= Self.leastPackets
      {
        if isBroken(outline) {
          broken = Self.fellSilent(outline)
          continue
        }
        return Self.evidence(Phrase("Meanwhile TCP to the same application or host carried data both ways."))
      }
      // As many small segments both ways as speech has: a tunnel. It is made when the call misses its media, carries on for a while, and
      // is no desktop or shell elsewhere.
      guard outline.first >= (cutAt ?? span.first) &- limits.handover,
        min(outline.last, span.last) &- outline.first >= (cutAt == nil ? limits.silence : 0),
        outline.last &- outline.first >= limits.silence, !Self.interactive.contains(outline.serverPort)
      else { continue }
      guard pace >= Self.steadyPackets, down <= Self.steadyPayload * Double(outline.packets.server) else { continue }
      if isBroken(outline) { broken = broken ?? Self.fellSilent(outline) } else { isSteady = true }
    }
    if isSteady {
      return Self.evidence(
        Phrase("Meanwhile TCP to another host carried small segments both ways, as many as speech has."))
    }
    return broken.map { Answer(evidence: $0, isBroken: true) }
  }

  private static func evidence(_ words: Phrase) -> Answer {
    Answer(evidence: Evidence("u13_carried_on_over_tcp", words))
  }

  private static func fellSilent(_ outline: FlowOutline) -> Evidence {
    Evidence(
      "carrier_failed",
      Phrase(
        "TCP to {} may have carried the call on, and failed as well {} after it began.",
        .endpoint(outline.server, outline.serverPort), .duration(outline.last &- outline.first)),
      frames: [outline.firstFrame])
  }

  /// The connection was interfered with itself, or unanswered for so long at its end that no call went on over it.
  private func isBroken(_ outline: FlowOutline) -> Bool {
    let verdict = judge.judge(outline)
    return verdict.isFinding && (verdict.outcome == .dropped || verdict.outcome == .reset)
      || verdict.gap?.isOne(of: Self.broken) ?? false
  }

  /// Gaps of connections that were not answered to the end.
  private static let broken: [StaticString] = [
    "end_unanswered", "icmp_error", "idle_before_silence", "media_stopped", "path_mtu", "server_role_unknown",
    "server_unanswered", "unfinished_record", "upload_unacknowledged",
  ]

  private func find() -> [IPAddress: [Int]] {
    var candidates: [IPAddress: [Int]] = [:]
    for position in 0..<flows.count where !flows.places[position].marks.contains(.oneSided) {
      let outline = flows[position]
      if outline.isTCP, min(outline.packets.client, outline.packets.server) >= Self.mediaOverTCP {
        candidates[outline.client, default: []].append(position)
      }
    }
    return candidates
  }

  /// Payload of so many TCP packets, about: bytes beside headers of 52, as with timestamps.
  private static func payload(_ bytes: UInt64, _ packets: UInt64) -> Double {
    max(0, Double(bytes) - 52 * Double(packets))
  }

  /// Packets each way, and bytes of payload a second each way, from which on a TCP flow may carry a call: half of 8 kbit/s Opus.
  private static let mediaOverTCP: UInt64 = 100
  private static let mediaRate = 500.0
  /// One way carries at most so many times the other: speech beside a picture of half a Mbit/s.
  private static let mostUneven = 25.0
  /// Packets a second each way, and bytes of payload in one at most, from which on TCP to anybody carries speech: half of the 50
  /// frames a second that calls send, and several frames at once.
  private static let steadyPackets = 20.0
  /// To the application itself frames of 60 ms and more may come in one segment, and acknowledgments in one of two.
  private static let leastPackets = 5.0
  /// SSH, RDP, TeamViewer and VNC (IANA's port registry; the last 5900 plus the display's number): an echo a key looks like speech.
  private static let interactive: Set<UInt16> = Set([22, 3_389, 5_938] + Array(5_900...5_909))
  private static let steadyPayload = 600.0
}
