internal import Detection
internal import Recognition
internal import Settings
internal import Verdict

/// A flow of a call, observed and judged, while the call is judged by its flows.
struct CallMember {
  let position: Int
  let outline: FlowOutline
  var verdict: Judgment
  /// A relay or STUN server over UDP.
  let isRelay: Bool
  let isPeerPath: Bool
  /// Media ran on it and something came back.
  let isMediaPath: Bool

  init(position: Int, outline: FlowOutline, observation: FlowObservation, verdict: Judgment) {
    self.position = position
    self.outline = outline
    self.verdict = verdict
    isRelay = !outline.isTCP && observation.isServerRole
    isPeerPath = observation.isPeerPath
    isMediaPath = outline.packets.server > 0 && observation.hasMediaOrOpaque
  }

  var isWebRTC: Bool { !outline.content.isDisjoint(with: [.iceCheck, .dtlsSRTP, .turn]) }

  private var weight: UInt64 { outline.packets.client + outline.packets.server }

  /// The call's verdict from its flows': the media path's own, if media ran; else the relays', if every one of them
  /// failed; else what is missing.
  static func verdict(_ members: [CallMember]) -> Judgment {
    let media = members.filter { $0.isMediaPath }
    if let heaviest = media.max(by: { $0.weight < $1.weight }) {
      // Where the main path did not work to the end, the one that shows why speaks for all.
      let broken = media.filter { $0.verdict.isFinding }.max { $0.weight < $1.weight }
      let path = heaviest.verdict.outcome == .ok ? heaviest : broken ?? heaviest
      var verdict = path.verdict
      if verdict.outcome == .ok {
        verdict.reason =
          media.count == 1
          ? Phrase("Media ran and was answered to the end.")
          : Phrase("Media ran on {} paths and was answered to the end.", .count(media.count))
      }
      return verdict
    }
    let relays = members.filter { $0.isRelay }
    let failed = relays.filter { $0.verdict.isFinding }
    if let strongest = failed.first, failed.count == relays.count {
      var verdict = strongest.verdict
      let servers = Set(failed.map { $0.outline.server }).count
      verdict.reason = Phrase(
        "None of {} relays ({} addresses) answered; the call did not get beyond them.", .count(failed.count),
        .count(servers))
      // A control is said once for the whole call.
      // What cites no frames of its flow reads the same for each.
      var told: Set<String> = []
      verdict.evidence =
        failed.flatMap { $0.verdict.evidence.filter { !$0.isControl } }.filter {
          !$0.frames.isEmpty || told.insert($0.code.description).inserted
        }
        + strongest.verdict.evidence.filter { $0.isControl }
      verdict.window = TimeWindow(
        first: failed.reduce(Int64.max) { min($0, $1.verdict.window?.first ?? .max) },
        last: failed.reduce(Int64.min) { max($0, $1.verdict.window?.last ?? .min) })
      return verdict
    }
    // Neither media nor a dead relay: the peers' path may have lost its handshake or its media.
    if let path = members.filter({ $0.isPeerPath && $0.verdict.isFinding }).max(by: { $0.weight < $1.weight }) {
      return path.verdict
    }
    var verdict = Judgment(
      .inconclusive, grade: .inconclusive,
      reason: Phrase(
        "No media was seen; {} of {} relays answered.", .count(relays.count - failed.count), .count(relays.count)))
    verdict.gap = Gap("no_media", seen: 0, needed: 1)
    return verdict
  }

  /// Checks were answered for seconds and nothing followed, neither handshake nor media: that is not `ok`, though who is
  /// to blame cannot be said.
  static func withholdSoundness(_ members: inout [CallMember], _ thresholds: Thresholds) {
    for index in members.indices where members[index].verdict.outcome == .ok && members[index].isPeerPath {
      let span = members[index].outline.last &- members[index].outline.first
      guard span >= thresholds.silence.mediaSpan.integer else { continue }
      members[index].verdict = Judgment(
        .inconclusive, grade: .inconclusive,
        reason: Phrase(
          "Connectivity checks were answered for {}, but neither a handshake nor media followed.", .duration(span)))
      members[index].verdict.gap = Gap("no_handshake", seen: 0, needed: 1)
    }
  }
}
