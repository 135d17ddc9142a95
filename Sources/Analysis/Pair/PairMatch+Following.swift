internal import Wire

extension PairMatch {
  /// Follows packets from one point to the next. Of copies that nothing tells apart, the identification decides, then time.
  static func follow(
    _ sent: [Int], _ first: PointTrace, _ come: [Int], _ second: PointTrace, nearFrames: Bool
  ) -> Way {
    var way = Way()
    let isNumbered = keepsIdentifications(sent, first, come, second)
    let contents = Set(sent.map { first.marks[$0].content })
    var owns: [Int?] = []
    var waiting: [UInt64: Copies] = [:]
    for place in come { waiting[second.marks[place].content, default: Copies()].places.append(place) }
    var taken: Set<Int> = []
    var lost: [Int] = []
    for place in sent {
      let mark = first.marks[place]
      let left = mark.time
      var own: Int?
      if var copies = waiting[mark.content] {
        // Clocks are known to within the least delay of either way.
        let earliest = left &- Self.slack
        while copies.start < copies.places.count, second.marks[copies.places[copies.start]].time < earliest {
          copies.start += 1
        }
        waiting[mark.content]?.start = copies.start
        for number in copies.start..<copies.places.count {
          let other = copies.places[number]
          guard second.marks[other].time <= earliest &+ longestWay else { break }
          guard !taken.contains(other) else { continue }
          let isSame = second.marks[other].identification == mark.identification
          // One that is lost is not the next one like it, which has a number of its own.
          if own == nil, isSame || !isNumbered || mark.identification == 0 { own = other }
          guard isSame else { continue }
          own = other
          break
        }
      }
      if let own { taken.insert(own) } else { lost.append(place) }
      owns.append(own)
    }
    let strangers = come.filter { !taken.contains($0) }
    let bytes = ranges(lost, first, strangers, second)
    for (place, own) in zip(sent, owns) {
      let mark = first.marks[place]
      let left = mark.time
      let other = own ?? bytes.arrived[place]
      let delay = other.map { second.marks[$0].time &- left }
      let frame = nearFrames ? mark.frame : other.map { second.marks[$0].frame } ?? mark.frame
      way.passed.append(
        Way.Passed(
          left: left, delay: delay, frame: frame, places: (place, other), flags: mark.flags, numbers: numbers(mark),
          kind: mark.kind))
    }
    let origins = Origins(lost, first)
    let unknown = strangers.filter { !bytes.known.contains($0) }
    let missed = findMissed(unknown, second, sent: sent, first)
    for place in unknown {
      let mark = second.marks[place]
      let time = mark.time
      // What it was made of: a packet that did not arrive, in the same place of its sender's numbers.
      let original = origins.candidates(of: mark).first { candidate in
        let other = first.marks[candidate]
        let delay = time &- other.time
        return other.flags != mark.flags && delay >= -Self.slack && delay <= longestWay
      }
      way.appeared.append(
        Stranger(
          time: time, frame: mark.frame, isReset: mark.flags.contains(.rst),
          original: original.map { first.marks[$0].frame }, place: place, isMissed: missed.contains(place),
          isCopy: contents.contains(mark.content)))
    }
    return way
  }

  /// The IPv4 identifications of what came are those of what was sent: nearly all of them, and not one for all.
  private static func keepsIdentifications(
    _ sent: [Int], _ first: PointTrace, _ come: [Int], _ second: PointTrace
  ) -> Bool {
    struct Packet: Hashable {
      let content: UInt64
      let identification: UInt16
    }
    func packets(_ places: [Int], _ trace: PointTrace) -> [Packet] {
      places.map { Packet(content: trace.marks[$0].content, identification: trace.marks[$0].identification) }
        .filter { $0.identification != 0 }
    }
    let known = Set(packets(sent, first))
    let came = packets(come, second)
    guard came.count >= 3, 2 * Set(came.map(\.identification)).count >= came.count else { return false }
    return 10 * came.count(where: { known.contains($0) }) >= 9 * came.count
  }

  /// What of both lists is the same data in segments of other lengths.
  private static func ranges(
    _ lost: [Int], _ first: PointTrace, _ strangers: [Int], _ second: PointTrace
  ) -> ByteRanges {
    func holdsData(_ mark: PointTrace.Mark) -> Bool {
      mark.length > 0 && mark.isTCP && mark.flags.isDisjoint(with: [.syn, .rst])
    }
    let sent = lost.filter { holdsData(first.marks[$0]) }
    let come = strangers.filter { holdsData(second.marks[$0]) }
    let base = sent.first.map { first.marks[$0].sequence } ?? 0
    func segments(_ places: [Int], _ trace: PointTrace) -> [ByteRanges.Segment] {
      let positions = ByteRanges.positions(places.map { trace.marks[$0].sequence }, from: base)
      return zip(places, positions).map { place, position in
        let mark = trace.marks[place]
        return ByteRanges.Segment(
          place: place, time: mark.time, range: position..<(position + Int64(mark.length)), prefix: mark.prefix)
      }
    }
    return ByteRanges(
      sent: segments(sent, first), come: segments(come, second), slack: slack, longestWay: longestWay)
  }
}

/// Segments that did not arrive, by their place in their sender's numbers and their identification.
private struct Origins {
  private var places: [UInt64: [Int]] = [:]

  init(_ lost: [Int], _ first: PointTrace) {
    for place in lost where first.marks[place].isTCP && first.marks[place].identification != 0 {
      places[Self.key(first.marks[place]), default: []].append(place)
    }
  }

  /// Those that a packet at the other point may have been made of.
  func candidates(of mark: PointTrace.Mark) -> ArraySlice<Int> {
    guard mark.isTCP, mark.identification != 0 else { return [] }
    return places[Self.key(mark)]?.prefix(Self.most) ?? []
  }

  private static func key(_ mark: PointTrace.Mark) -> UInt64 {
    UInt64(mark.sequence) << 16 | UInt64(mark.identification)
  }

  /// A hostile file has many of one number.
  private static let most = 256
}

/// Packets of one content, and the first that may still be looked for.
private struct Copies {
  var places: [Int] = []
  var start = 0
}
