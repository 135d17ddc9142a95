internal import Flow
internal import Recognition
internal import Verdict

/// A flow that may be part of a call, and what it says of that call.
struct CallCandidate {
  let position: Int
  let outline: FlowOutline
  let ties: CallTies?
  let streams: [StreamPrint]
  /// Media of any kind from the client and from the server.
  let media: (client: TimeSpan, server: TimeSpan)
  /// Latest packet of the client.
  let lastSent: Int64
  /// Latest packet of the server; `Int64.min` if none.
  let lastHeard: Int64
  /// First sign that somebody hung up; `Int64.max` if none.
  let hangUp: Int64
  /// Whose program the capturing phone says sent it; 0 where nobody says.
  let program: UInt64

  /// Media of either side.
  var anyMedia: TimeSpan { media.client.union(media.server) }
}

/// From a first to a last time, ns since the epoch; nothing while the first is later.
struct TimeSpan: BitwiseCopyable, Sendable {
  var first = Int64.max
  var last = Int64.min

  var isEmpty: Bool { first > last }

  mutating func add(_ other: TimeSpan) {
    first = min(first, other.first)
    last = max(last, other.last)
  }

  func union(_ other: TimeSpan) -> TimeSpan {
    TimeSpan(first: min(first, other.first), last: max(last, other.last))
  }

  /// What lies in `window` of it.
  func clipped(to window: TimeSpan) -> TimeSpan {
    TimeSpan(first: max(first, window.first), last: min(last, window.last))
  }
}

/// What of an RTP stream is the same wherever it is captured.
struct StreamPrint: BitwiseCopyable, Sendable {
  let ssrc: UInt32
  let isUp: Bool
  let payloadType: UInt8
  /// Clock, Hz; 0 if unknown.
  let clock: UInt32
  let packets: UInt32
  /// First sequence number, and how far the numbers went from it.
  let base: UInt16
  let length: UInt32
  /// RTP times of its first and latest packet.
  let timestamps: (first: UInt32, last: UInt32)
  let span: TimeSpan

  /// Sources below are numbered by the app and the same in all its calls (METHOD.md W2.4, W2.7).
  static let randomSources: UInt32 = 0x1_0000
}

extension Analyzer {
  /// The flow as part of a call.
  func candidate(_ outline: FlowOutline, at position: Int) -> CallCandidate {
    let flow = table.flows[outline.index]
    var ties: CallTies?
    var hangUp = Int64.max
    var media: (client: TimeSpan, server: TimeSpan) = (TimeSpan(), TimeSpan())
    var prints: [StreamPrint] = []
    let client = Int(outline.clientSide)
    if !outline.isTCP {
      prints = streamPrints(flow, clientSide: outline.clientSide)
      for print in prints { if print.isUp { media.client.add(print.span) } else { media.server.add(print.span) } }
    }
    if !outline.isTCP, outline.content.isEmpty,
      min(outline.packets.client, outline.packets.server) > UInt64(FlowFacts.opaqueMedia)
    {
      media.client = TimeSpan(first: outline.first, last: udp[flow.detail].sides[client].last)
      media.server = TimeSpan(first: outline.first, last: udp[flow.detail].sides[1 - client].last)
    }
    if flow.facts != FlowState.none {
      let fact = facts[flow.facts]
      if fact.ties != FlowState.none { ties = self.ties[fact.ties] }
      if fact.dialogue != FlowState.none { hangUp = dialogues[fact.dialogue].hangUp }
      if hangUp != .max { hangUp = settled(fact.dialogue, of: flow).hangUp }
      if let records = opaqueMedia(fact) {
        let spans = (sealed[records].first.span, sealed[records].second.span)
        media.client.add(client == 0 ? spans.0 : spans.1)
        media.server.add(client == 0 ? spans.1 : spans.0)
      }
    }
    if outline.isTCP, outline.content.contains(.rtp), media.client.isEmpty, media.server.isEmpty {
      // Framed over TCP no streams are kept: of who sent several segments it is taken to be what was framed.
      let span = TimeSpan(first: outline.first, last: outline.last)
      if tcp[flow.detail].sides[client].dataSegments > 2 { media.client = span }
      if tcp[flow.detail].sides[1 - client].dataSegments > 2 { media.server = span }
    }
    let heard = outline.isTCP ? tcp[flow.detail].sides[1 - client].last : udp[flow.detail].sides[1 - client].last
    return CallCandidate(
      position: position, outline: outline, ties: ties, streams: prints, media: media,
      lastSent: outline.isTCP ? tcp[flow.detail].sides[client].last : udp[flow.detail].sides[client].last,
      lastHeard: outline.packets.server == 0 ? .min : heard, hangUp: hangUp, program: program(outline.index))
  }

  private func streamPrints(_ flow: FlowState, clientSide: UInt8) -> [StreamPrint] {
    var prints: [StreamPrint] = []
    forEachStream(of: flow) { index in
      let stream = streams[index]
      prints.append(
        StreamPrint(
          ssrc: stream.ssrc, isUp: stream.side == clientSide, payloadType: stream.payloadType,
          clock: stream.finalClock, packets: stream.packets,
          base: UInt16(truncatingIfNeeded: stream.baseSequence), length: stream.highest &- stream.baseSequence,
          timestamps: (stream.firstTimestamp, stream.timestamp),
          span: TimeSpan(first: stream.first, last: stream.last)))
    }
    return prints
  }
}
