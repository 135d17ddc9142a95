public import Verdict

/// Which way media were to go, as the calls' session descriptions say (RFC 8866 section 6.7): a recorder sends nothing, and whoever
/// is on hold may be sent nothing.
public struct AgreedDirections: Sendable {
  private struct Agreement: Sendable {
    let time: Int64
    let sends: Bool
    let receives: Bool
  }

  private var places: [Socket: [Agreement]] = [:]

  /// Nothing is known.
  public init() {}

  /// From `time` on, ns since the epoch, whoever described this place sends media or does not, and wants them or does not. In any
  /// order: a call's messages may have been seen by several workers.
  public mutating func note(_ place: Socket, from time: Int64, sends: Bool, receives: Bool) {
    let behind = places[place, default: []].lastIndex { $0.time <= time } ?? -1
    places[place, default: []].insert(Agreement(time: time, sends: sends, receives: receives), at: behind + 1)
  }

  /// For how much of the window media were due from one place to the other, ns: all of it where nothing says otherwise.
  func due(from sender: Socket, to receiver: Socket, in window: TimeWindow) -> Int64 {
    guard !places.isEmpty else { return window.last &- window.first }
    let sent = places[sender] ?? []
    let wanted = places[receiver] ?? []
    var due: Int64 = 0
    var from = window.first
    // Between two changes of either.
    for until in (sent + wanted).map(\.time).filter({ $0 > window.first && $0 < window.last }).sorted() + [window.last]
    {
      let sends = Self.inForce(sent, at: from)?.sends ?? true
      let receives = Self.inForce(wanted, at: from)?.receives ?? true
      if sends, receives { due &+= until &- from }
      from = until
    }
    return due
  }

  /// The latest that was agreed by then, or the first of all: media may come before the answer that describes them.
  private static func inForce(_ agreements: [Agreement], at time: Int64) -> Agreement? {
    agreements.last { $0.time <= time } ?? agreements.first
  }
}
