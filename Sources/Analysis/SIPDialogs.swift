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
      guard dialog.last >= (dialog.end == nil ? silent : ended), let copy = dialog.renumbered(number) else { continue }
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
  /// BYE, CANCEL or a refusal: when, and on which flow of which shard, by whom.
  struct End {
    let time: Int64
    var flow: UInt32
    let side: UInt8
    var shard = 0
  }

  let callID: UInt64
  /// Flow of its first message, and its shard.
  fileprivate(set) var flow: UInt32
  private(set) var shard = 0
  /// Other flows that carried messages of it.
  var otherFlows: [UInt32] = []
  /// Side of the first flow that invited.
  private(set) var inviter: UInt8
  /// First and latest message.
  private(set) var first: Int64
  var last: Int64
  /// INVITE requests, copies and re-invites included.
  var invites = 0
  /// Responses but 100.
  var responses = 0
  /// When it was first answered, by what may be a response to a CANCEL as well; `Int64.max` if never.
  private var answeredAt = Int64.max
  /// By what is known to answer an INVITE.
  private var isSurelyAnswered = false
  /// The first BYE.
  private var bye: End?
  /// The first refusal or CANCEL: it may be one branch's, and another answers (RFC 3261 section 16.7).
  private var branchEnd: End?
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

  var isAnswered: Bool { answeredAt != .max }

  /// How it ended: of messages in any order, as several shards saw them, the same.
  var end: End? {
    guard !isSurelyAnswered, let branchEnd, branchEnd.time <= answeredAt else { return bye }
    return bye.map { $0.time < branchEnd.time ? $0 : branchEnd } ?? branchEnd
  }

  /// A call that somebody answered in any way, or that was asked for again and again; a single request is a scan.
  var isCall: Bool { responses > 0 || isAnswered || invites >= 3 }

  /// The dialog as one of several shards saw it.
  func seen(by shard: Int) -> SIPDialog {
    var copy = self
    copy.shard = shard
    copy.bye?.shard = shard
    copy.branchEnd?.shard = shard
    return copy
  }

  /// The dialog after its flows have other numbers, by `number`; nil if that of its first message is gone.
  fileprivate func renumbered(_ number: (UInt32) -> UInt32?) -> SIPDialog? {
    guard let flow = number(flow) else { return nil }
    var copy = self
    copy.flow = flow
    copy.otherFlows = otherFlows.compactMap(number)
    if let bye { copy.bye?.flow = number(bye.flow) ?? flow }
    if let branchEnd { copy.branchEnd?.flow = number(branchEnd.flow) ?? flow }
    return copy
  }

  /// Takes in what another shard saw of the same call; `isEarlier`: it saw the first message.
  mutating func merge(_ other: SIPDialog, isEarlier: Bool) {
    if isEarlier { (flow, shard, inviter, first) = (other.flow, other.shard, other.inviter, other.first) }
    last = max(last, other.last)
    invites += other.invites
    responses += other.responses
    answeredAt = min(answeredAt, other.answeredAt)
    isSurelyAnswered = isSurelyAnswered || other.isSurelyAnswered
    bye = Self.earlier(bye, other.bye)
    branchEnd = Self.earlier(branchEnd, other.branchEnd)
    for place in other.media { note(media: place) }
  }

  private static func earlier(_ one: End?, _ other: End?) -> End? {
    guard let one, let other else { return one ?? other }
    return other.time < one.time ? other : one
  }

  mutating func note(flow: UInt32) {
    guard flow != self.flow, otherFlows.count < Self.flowLimit, !otherFlows.contains(flow) else { return }
    otherFlows.append(flow)
  }

  mutating func note(media place: UInt64) {
    guard media.count < Self.mediaLimit, !media.contains(place) else { return }
    media.append(place)
  }

  /// A BYE.
  mutating func noteBye(_ time: Int64, flow: UInt32, side: Int) {
    if bye.map({ time < $0.time }) ?? true { bye = End(time: time, flow: flow, side: UInt8(side)) }
  }

  /// A CANCEL or a refusal.
  mutating func noteBranchEnd(_ time: Int64, flow: UInt32, side: Int) {
    if branchEnd.map({ time < $0.time }) ?? true { branchEnd = End(time: time, flow: flow, side: UInt8(side)) }
  }

  /// Somebody answered the call; `isSure`: not a CANCEL.
  mutating func noteAnswer(_ time: Int64, isSure: Bool) {
    answeredAt = min(answeredAt, time)
    if isSure { isSurelyAnswered = true }
  }
}
