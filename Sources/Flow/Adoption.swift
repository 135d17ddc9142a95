/// Records taken over from another collection of the same kind. A long run gives room back by moving the flows that live on
/// into fresh collections; what is left behind goes with the old ones.
extension ResetTraces {
  /// A connection's resets.
  public mutating func adopt(_ trace: UInt32, of other: borrowing ResetTraces) -> UInt32 {
    let new = open()
    heads[new].aftermath = other.heads[trace].aftermath
    heads[new].count = other.heads[trace].count
    var link = other.heads[trace].first
    while link != FlowState.none {
      let copy = links.append(ResetLink(segment: other.links[link].segment))
      if heads[new].last == FlowState.none { heads[new].first = copy } else { links[heads[new].last].following = copy }
      heads[new].last = copy
      link = other.links[link].following
    }
    return new
  }

  /// Bytes allocated.
  public var bytes: Int { heads.bytes + links.bytes }
}

extension MediaPassages {
  /// A direction's passage; of one without losses the `latest` records.
  public mutating func adopt(_ passage: UInt32, of other: borrowing MediaPassages, latest: UInt32 = .max) -> UInt32 {
    let new = passages.append(other.passages[passage])
    let isSound = other.passages[passage].lost == 0
    passages[new].list = records.adopt(
      other.passages[passage].list, of: other.records, latest: isSound ? latest : .max)
    return new
  }

  /// Bytes allocated.
  public var bytes: Int { passages.bytes + records.bytes }
}

extension SegmentTraces {
  /// Both traces of a connection: index of that of side 0.
  public mutating func adopt(_ first: UInt32, of other: borrowing SegmentTraces) -> UInt32 {
    let new = traces.append(adopted(first, of: other))
    _ = traces.append(adopted(first &+ 1, of: other))
    return new
  }

  private mutating func adopted(_ index: UInt32, of other: borrowing SegmentTraces) -> SegmentTrace {
    var trace = other.traces[index]
    trace.list = records.adopt(trace.list, of: other.records)
    if trace.latest != FlowState.none {
      trace.latest = trace.settled == 0 ? FlowState.none : records.index(of: trace.settled &- 1, in: trace.list)
    }
    return trace
  }

  /// Bytes allocated.
  public var bytes: Int { traces.bytes + records.bytes }
}
