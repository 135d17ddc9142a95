internal import Detection
internal import Flow
internal import Verdict

extension Analyzer {
  /// What both sides of a flow sent by time, with what the traces of its media or segments tell of losses and delay.
  func binsRecord(_ outline: FlowOutline) -> BinsRecord {
    let client = Int(outline.clientSide)
    let traces = CapTraces.whole(self, outline)
    let up = counted(outline.index, client, traces.client, from: outline.first)
    let down = counted(outline.index, 1 - client, traces.server, from: outline.first)
    var record = BinsRecord(upWidth: up.width, downWidth: down.width, up: up.bins, down: down.bins)
    if !outline.isTCP {
      let media = media(table.flows[outline.index], client)
      let last = max(media.client.last, media.server.last)
      func start(_ side: MediaObservation) -> Int64? { side.packets > 0 ? side.first &- outline.first : nil }
      if last > .min { record.media = (start(media.client), start(media.server), last &- outline.first) }
    }
    return record
  }

  private func counted(
    _ flow: UInt32, _ side: Int, _ passage: Passage?, from first: Int64
  ) -> (width: Int64, bins: [BinsRecord.Bin]) {
    let (width, counts) = bins.bins(of: flow, side: side)
    var list = counts.map { BinsRecord.Bin(number: $0.number, packets: UInt64($0.packets), bytes: $0.bytes) }
    guard let passage else { return (width, list) }
    let start = Double(passage.start &- first) / 1e9
    let span = Double(width) / 1e9
    var losses: [UInt32: (lost: UInt64, bytes: Double)] = [:]
    for offer in passage.offers where offer.fate != .passed {
      let number = UInt32(clamping: Int((offer.time + start) / span))
      losses[number, default: (0, 0)].lost += 1
      losses[number, default: (0, 0)].bytes += offer.bytes
    }
    var delays: [UInt32: Double] = [:]
    let fastest = passage.delays.reduce(Double.infinity) { min($0, $1.transit) }
    for sample in passage.delays {
      let number = UInt32(clamping: Int((sample.time + start) / span))
      delays[number] = min(delays[number] ?? .infinity, sample.transit - fastest)
    }
    // A bin in which all was lost holds no packet: it stands in its place nevertheless.
    var known = Set(list.map(\.number))
    for number in losses.keys.sorted() where known.insert(number).inserted {
      list.append(BinsRecord.Bin(number: number))
    }
    list.sort { $0.number < $1.number }
    for place in list.indices {
      let number = list[place].number
      if let loss = losses[number] {
        list[place].lost = loss.lost
        list[place].offered = list[place].bytes + UInt64(loss.bytes)
      }
      list[place].delay = delays[number]
    }
    return (width, list)
  }
}
