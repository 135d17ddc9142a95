internal import Verdict

/// How far a call got and when, while its flows are gone through.
struct CallProgress {
  /// What a flow's requests and answers say; times in ns since the epoch, `Int64.max` where there are none.
  struct Said {
    let hangUp: Int64
    /// 2 where its sign came when the other side had gone already.
    let hangUpSide: UInt8
    let serverAnswered: Int64
    let checksAnswered: Int64
    let hasAnsweredChecks: Bool
    let greetingAnswered: Int64
    let hasHandshake: Bool
  }

  private(set) var stage = Stage.signalling
  /// When each stage was first reached, ns since the epoch; `Int64.max` if not, or not seen when.
  private var reached = [Int64](repeating: .max, count: Stage.allCases.count)
  /// Time of its own flows and messages.
  private var core = TimeSpan()
  /// Of what ran beside them.
  private var beside: [TimeSpan] = []
  /// Media from the client and from the other side.
  private(set) var client = TimeSpan()
  private(set) var server = TimeSpan()
  /// `isTold`: by signalling, which names who ended the call.
  private var hangUps: [(time: Int64, isLocal: Bool?, isTold: Bool)] = []

  private let limits: CallLimits

  init(_ limits: CallLimits) { self.limits = limits }

  /// Takes in a flow of the call; `window`: when the call was, where its signalling tells; `isOneSided`: the capture holds one
  /// direction only.
  mutating func add(
    _ candidate: CallCandidate, said: Said?, isServerRole: Bool, window: TimeSpan, isOneSided: Bool
  ) {
    let outline = candidate.outline
    let own = TimeSpan(first: outline.first, last: outline.last)
    if outline.isCallTraffic { core.add(own.clipped(to: window)) } else { beside.append(own) }
    let up = candidate.media(isUp: true, in: window)
    let down = candidate.media(isUp: false, in: window)
    client.add(up)
    server.add(down)
    if let said { add(said, outline, isServerRole: isServerRole) }
    // What came in proves media; what went out does so where the capture could not show anything else.
    if !down.isEmpty || isOneSided && !up.isEmpty { reach(.media, at: up.union(down).first) }
  }

  private mutating func add(_ said: Said, _ outline: FlowOutline, isServerRole: Bool) {
    if said.hangUp != .max {
      hangUps.append(
        (said.hangUp, said.hangUpSide == 2 ? nil : said.hangUpSide == outline.clientSide, outline.isSIP))
    }
    if isServerRole, outline.packets.server > 0 { reach(.relay, at: said.serverAnswered) }
    if said.hasAnsweredChecks || said.checksAnswered != .max { reach(.connectivity, at: said.checksAnswered) }
    if said.hasHandshake { reach(.handshake, at: said.greetingAnswered) }
  }

  /// Takes in what SIP told.
  mutating func add(_ dialog: SIPDialog, isEndLocal: Bool) {
    core.add(TimeSpan(first: dialog.first, last: dialog.last))
    if let end = dialog.end { hangUps.append((end.time, isEndLocal, true)) }
  }

  private mutating func reach(_ stage: Stage, at time: Int64) {
    let place = Self.place(stage)
    reached[place] = min(reached[place], time)
    if place > Self.place(self.stage) { self.stage = stage }
  }

  private static func place(_ stage: Stage) -> Int { Stage.allCases.firstIndex(of: stage) ?? 0 }

  private var media: TimeSpan { client.union(server) }

  /// The call's time: what a server was asked shortly before or after is part of it, what was kept alive for long is not.
  var span: TimeSpan {
    var span = core
    for other in beside {
      if other.first >= core.first &- limits.slack { span.first = min(span.first, other.first) }
      if other.last <= core.last &+ limits.slack { span.last = max(span.last, other.last) }
    }
    return span
  }

  /// From the first packet to the first media, ms; nil where these came first, or before whatever sets a call up was seen: then
  /// that was before the capture; and where the call did not get as far.
  var setup: Double? { stage != .media || isUnderWay ? nil : Double(media.first &- span.first) / 1e6 }

  /// Media ran when the capture began.
  private var isUnderWay: Bool {
    let steps = [Stage.relay, .connectivity, .handshake].map { reached[Self.place($0)] }.min() ?? .max
    return media.first <= (steps == .max ? span.first : max(span.first, steps &- 1))
  }

  /// Seconds of media.
  var mediaSeconds: Double? { media.seconds }

  /// From the first packet to each stage, ms; nil where it was not reached, or all were before the capture.
  var milliseconds: [Double?] {
    let span = span
    let isUnderWay = isUnderWay
    return Stage.allCases.map { stage in
      if isUnderWay { return nil }
      if stage == .signalling { return 0 }
      let time = reached[Self.place(stage)]
      return time == .max ? nil : Double(max(0, time &- span.first)) / 1e6
    }
  }

  /// The first sign that somebody hung up, if media did not go on, and whether the client did, if that is known.
  ///
  /// A relay is given back, a session is closed, whoever hung up. Where the client does it and the other end's media do not go on behind
  /// that, as what is under way does, it may have been that end, which stops when it hangs up; and where none had come, it may have declined.
  var hangUp: (time: Int64, isLocal: Bool?)? {
    let first = hangUps.filter { media.isEmpty || media.last <= $0.time &+ limits.afterHangUp }.min {
      $0.time < $1.time
    }
    guard let first else { return nil }
    if first.isLocal == true, !first.isTold {
      let quiet = server.isEmpty ? limits.afterHangUp : first.time &- server.last
      if quiet > limits.release, quiet <= limits.afterHangUp { return (first.time, nil) }
    }
    return (first.time, first.isLocal)
  }
}

extension CallCandidate {
  /// Media of one side in a window.
  fileprivate func media(isUp: Bool, in window: TimeSpan) -> TimeSpan {
    if window.first == .min { return isUp ? media.client : media.server }
    var span = TimeSpan()
    for stream in streams where stream.isUp == isUp {
      let part = stream.span.clipped(to: window)
      if !part.isEmpty { span.add(part) }
    }
    return span
  }
}

extension TimeSpan {
  /// Its length; nil for none.
  var seconds: Double? { isEmpty ? nil : Double(last &- first) / 1e9 }

  /// As records have it.
  var window: TimeWindow { isEmpty ? TimeWindow(first: 0, last: 0) : TimeWindow(first: first, last: last) }
}
