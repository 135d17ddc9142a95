/// SIP calls by Call-ID (RFC 3261 section 12): one connection or pair of ports may carry many. Bounded.
struct SIPDialogs {
  private static let limit = 4_096
  private(set) var all: [SIPDialog] = []
  private var places: [UInt64: Int] = [:]

  /// The dialog of a Call-ID; a request that opens one makes it.
  mutating func find(_ callID: UInt64, flow: UInt32, side: Int, time: Int64, opens: Bool) -> Int? {
    if let place = places[callID] { return place }
    guard opens, all.count < Self.limit else { return nil }
    places[callID] = all.count
    all.append(SIPDialog(callID: callID, flow: flow, inviter: UInt8(side), first: time))
    return all.count - 1
  }

  /// The latest dialog of a flow whose messages do not show their Call-ID; a request that opens one makes it after the end
  /// of the one before.
  mutating func findNameless(flow: UInt32, side: Int, time: Int64, opens: Bool) -> Int? {
    let key = TieHash.mix(UInt64(flow), 0)
    if let place = places[key], !opens || all[place].end == nil { return place }
    guard opens, all.count < Self.limit else { return nil }
    places[key] = all.count
    all.append(
      SIPDialog(callID: TieHash.mix(key, UInt64(bitPattern: time)), flow: flow, inviter: UInt8(side), first: time))
    return all.count - 1
  }

  /// Flows have new numbers; nil for those that are gone. Calls that were hung up before `ended`, or of which nothing was
  /// heard since `silent`, are forgotten.
  mutating func renumber(ended: Int64, silent: Int64, _ number: (UInt32) -> UInt32?) {
    let before = all
    let keys = places
    all = []
    places = [:]
    var moved: [Int: Int] = [:]
    for (place, dialog) in before.enumerated() {
      guard let flow = number(dialog.flow), dialog.last >= (dialog.end == nil ? silent : ended) else { continue }
      var copy = dialog
      copy.flow = flow
      copy.otherFlows = dialog.otherFlows.compactMap(number)
      copy.end = dialog.end.map { ($0.time, number($0.flow) ?? flow, $0.side) }
      moved[place] = all.count
      all.append(copy)
    }
    for (key, place) in keys {
      guard let new = moved[place] else { continue }
      let isNameless = key == TieHash.mix(UInt64(before[place].flow), 0)
      places[isNameless ? TieHash.mix(UInt64(all[new].flow), 0) : key] = new
    }
  }

  /// Changes a dialog.
  mutating func update(_ place: Int, _ change: (inout SIPDialog) -> Void) { change(&all[place]) }
}

/// A call as its SIP messages tell it.
struct SIPDialog {
  let callID: UInt64
  /// Flow of its first message.
  fileprivate(set) var flow: UInt32
  /// Other flows that carried messages of it.
  var otherFlows: [UInt32] = []
  /// Side of the first flow that invited.
  let inviter: UInt8
  /// First and latest message.
  let first: Int64
  var last: Int64
  /// INVITE requests, copies and re-invites included.
  var invites = 0
  /// Responses but 100.
  var responses = 0
  private(set) var isAnswered = false
  /// BYE, CANCEL or a refusal: when, and on which flow and side.
  var end: (time: Int64, flow: UInt32, side: UInt8)?
  /// By what is known to answer an INVITE.
  private var isSurelyAnswered = false
  /// The end was a BYE; a refusal or a CANCEL may be one branch's, and another answers (RFC 3261 section 16.7).
  private var isEndFinal = true
  /// Addresses and ports of media, as hashes.
  var media: [UInt64] = []

  private static let mediaLimit = 16
  private static let flowLimit = 8

  init(callID: UInt64, flow: UInt32, inviter: UInt8, first: Int64) {
    self.callID = callID
    self.flow = flow
    self.inviter = inviter
    self.first = first
    last = first
  }

  /// A call that somebody answered in any way, or that was asked for again and again; a single request is a scan.
  var isCall: Bool { responses > 0 || isAnswered || invites >= 3 }

  /// Takes in what another shard saw of the same call.
  mutating func merge(_ other: SIPDialog) {
    last = max(last, other.last)
    invites += other.invites
    responses += other.responses
    isAnswered = isAnswered || other.isAnswered
    if let theirs = other.end, end.map({ theirs.time < $0.time }) ?? true {
      end = theirs
      isEndFinal = other.isEndFinal
    }
    isSurelyAnswered = isSurelyAnswered || other.isSurelyAnswered
    if isSurelyAnswered, !isEndFinal { end = nil }
    for place in other.media { note(media: place) }
  }

  mutating func note(flow: UInt32) {
    guard flow != self.flow, otherFlows.count < Self.flowLimit, !otherFlows.contains(flow) else { return }
    otherFlows.append(flow)
  }

  mutating func note(media place: UInt64) {
    guard media.count < Self.mediaLimit, !media.contains(place) else { return }
    media.append(place)
  }

  /// `isFinal`: nothing that is answered later takes it back.
  mutating func noteEnd(_ time: Int64, flow: UInt32, side: Int, isFinal: Bool = true) {
    guard end == nil else { return }
    end = (time, flow, UInt8(side))
    isEndFinal = isFinal
  }

  /// Somebody answered the call; `isSure`: not a CANCEL.
  mutating func noteAnswer(isSure: Bool) {
    isAnswered = true
    guard isSure else { return }
    isSurelyAnswered = true
    if !isEndFinal { end = nil }
  }
}
