internal import Detection
internal import Flow
internal import Settings
internal import Verdict

/// RTP sources that sent on several paths: what is missing on one of them may have gone another way, and one that fell silent may
/// have been left.
///
/// ICE may change the pair in the middle of a stream and change back (RFC 8445 section 8.1.1), and several lines may carry one
/// stream at once: numbers go on, and each path holds a part of them.
struct OtherPaths {
  /// A source of one client's calls in one direction.
  private struct Source: Hashable {
    let client: IPAddress
    let ssrc: UInt32
    let isUp: Bool
  }

  /// A flow's part of a source.
  private struct Part {
    /// Frame of the flow's first packet.
    let key: UInt64
    let client: IPAddress
    let span: TimeSpan
  }

  /// Parts that lack packets, and parts of servers' sources on flows that fell silent.
  private var lacking: [Source: [Part]] = [:]
  private var ended: [UInt32: [Part]] = [:]

  /// Counts for flows with streams that lack packets what other flows of the client held of the same sources meanwhile, and notes
  /// those that fell silent while a source of their server's went on at another address of the host, where it records itself.
  static func find(_ flows: FlowList, in around: inout Surroundings, _ thresholds: Thresholds) {
    var paths = OtherPaths()
    // From the same address ICE turns to another path because the first one fails; and another host may receive the same source of
    // a forwarding server.
    let silentBins = around.isHostsOwn ? thresholds.silence.trials.integer : .max
    let pause = thresholds.calls.mediaPause.integer
    for place in flows.places where place.marks.contains(.media) {
      paths.collect(place, flows.analyzers[Int(place.shard)], silentBins)
    }
    guard !paths.lacking.isEmpty || !paths.ended.isEmpty else { return }
    for place in flows.places where place.marks.contains(.media) {
      paths.match(place, flows.analyzers[Int(place.shard)], in: &around, pause)
    }
  }

  /// `silentBins`: one-second bins in which the client alone spoke at a flow's end, from which on it may be a silence that counts.
  private mutating func collect(_ place: FlowList.Place, _ analyzer: borrowing Analyzer, _ silentBins: Int64) {
    let bins = analyzer.udp[analyzer.table.flows[place.index].detail].sides[place.clientSide].runBins
    analyzer.forEachStream(of: analyzer.table.flows[place.index]) { index in
      let isUp = Int(analyzer.streams[index].side) == place.clientSide
      let isLacking = analyzer.streams[index].lost >= analyzer.leastLosses
      let hasEnded = !isUp && Int64(bins) >= silentBins
      guard isLacking || hasEnded, analyzer.streams[index].ssrc >= StreamPrint.randomSources else { return }
      let part = Part(
        key: analyzer.firstFrame(place.index), client: analyzer.ends(place).client,
        span: TimeSpan(first: analyzer.streams[index].first, last: analyzer.streams[index].last))
      let ssrc = analyzer.streams[index].ssrc
      if isLacking { lacking[Source(client: part.client, ssrc: ssrc, isUp: isUp), default: []].append(part) }
      if hasEnded { ended[ssrc, default: []].append(part) }
    }
  }

  private func match(
    _ place: FlowList.Place, _ analyzer: borrowing Analyzer, in around: inout Surroundings, _ pause: Int64
  ) {
    let key = analyzer.firstFrame(place.index)
    let client = analyzer.ends(place).client
    analyzer.forEachStream(of: analyzer.table.flows[place.index]) { index in
      let stream = analyzer.streams[index]
      let isUp = Int(stream.side) == place.clientSide
      for other in lacking[Source(client: client, ssrc: stream.ssrc, isUp: isUp)] ?? [] where other.key != key {
        around.noteElsewhere(stream.packets(within: other.span), isUp: isUp, besides: other.key)
      }
      guard !isUp else { return }
      for other in ended[stream.ssrc] ?? [] where other.key != key && other.client != client {
        if stream.first <= other.span.last &+ pause, stream.last > other.span.last &+ pause {
          around.noteLeft(other.key)
        }
      }
    }
  }
}

extension MediaStream {
  /// About how many of its packets came within a span, at its own pace.
  fileprivate func packets(within span: TimeSpan) -> UInt64 {
    let overlap = min(last, span.last) &- max(first, span.first)
    guard overlap > 0, last > first else { return 0 }
    return UInt64(Double(packets) * min(1, Double(overlap) / Double(last &- first)))
  }
}
