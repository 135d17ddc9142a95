public import Wire

/// Who asked what on a flow and who answered: STUN transactions, hellos, checks, hand-shakes, hang-ups, ICMP errors.
///
/// Made when the first known message appears; a plain value in an arena.
public struct Dialogue: Sendable, BitwiseCopyable {
  /// A transaction that waits for its answer.
  struct Pending: BitwiseCopyable {
    var id: UInt64 = 0
    var kind: UInt8 = 0
    var side: UInt8 = 0
    var used = false
    /// It went out more than once: its answer measures no round trip (Karn).
    var isRepeated = false
    var time: Int64 = 0
  }

  /// Kinds of requests that are tallied apart.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// To a server that owes an answer: Allocate, Refresh, Binding without USERNAME, reflector hello, WhatsApp ping. Of the side
    /// that asked first: a server asks nothing back, so what the other side asks is a peer's check.
    case server
    /// ICE check by side 0, to the peer itself or through the relay that this flow leads to.
    case checkBySide0
    /// The same by side 1.
    case checkBySide1
    /// DTLS ClientHello.
    case clientHello
    /// QUIC Initial.
    case initial

    /// ICE checks by this side.
    @inlinable @inline(always)
    public static func check(by side: some BinaryInteger) -> Kind { side == 0 ? .checkBySide0 : .checkBySide1 }
  }

  // Tallies by `Kind`. Not an inline array: to reach an element of one copies all of it. Where the kind is known these are
  // read: to ask the subscript copies the dialogue.
  /// Requests to a server.
  public var server = RequestTally()
  /// Checks of side 0.
  public var checkBySide0 = RequestTally()
  /// Checks of side 1.
  public var checkBySide1 = RequestTally()
  /// DTLS ClientHellos.
  public var clientHello = RequestTally()
  /// QUIC Initials.
  public var initial = RequestTally()
  /// Side that asked the server; 2 while nobody did.
  public var asker: UInt8 = 2
  /// Side that sent the first DTLS ClientHello; 2 while nobody did.
  public var greeter: UInt8 = 2
  /// STUN requests.
  public var requests: UInt32 = 0
  /// STUN success responses.
  public var responses: UInt32 = 0
  /// STUN error responses.
  public var errors: UInt32 = 0
  /// STUN indications.
  public var indications: UInt32 = 0
  /// STUN requests with the id of one that waits.
  public var retransmissions: UInt32 = 0
  /// Transactions forgotten without an answer.
  var forgotten: UInt32 = 0
  private var pending: [8 of Pending] = .init(repeating: Pending())
  private var pendingNext: UInt8 = 0
  /// Ids of the latest checks that came through the relay, 0 where none; they wait for their answers apart from the relay's own.
  private var relayed: [8 of UInt64] = .init(repeating: 0)
  private var relayedNext: UInt8 = 0
  /// Round trips of the requests of either side: where they lie; `FlowState.none` before the first.
  public private(set) var roundTrips = Sides(FlowState.none)
  /// When either side answered requests that are not in the capture: the last time but one, and the last.
  public private(set) var answersToUnseen = Sides((before: Int64.min, last: Int64.min))
  /// ICE: an answered check of either side.
  public var answeredChecks: UInt32 = 0
  /// Allocate succeeded.
  public var allocated = false
  /// SIP methods of which a request was answered, by bit: `noteAnswered(method:)`.
  private var answeredMethods: UInt16 = 0
  private var registersPlainly = false
  /// A registrar's challenge was followed, in the capture or not.
  public private(set) var followsChallenge = false
  /// Latest error code of an error response; 0 if none.
  public var errorCode: UInt16 = 0
  /// First sign that somebody hung up, ns since the epoch; `Int64.max` if none.
  public var hangUp = Int64.max
  /// Side that hung up; 2 if nobody did.
  public var hangUpSide: UInt8 = 2
  /// The latest such sign: behind the first a call may have gone on, or another begun.
  public private(set) var latestHangUp = (time: Int64.max, side: UInt8(2))
  /// RTCP packets by side.
  public var controlPackets: [2 of UInt32] = [0, 0]
  /// DTLS records of epoch >= 1 by side: the handshake got this far.
  public var sealedRecords: [2 of UInt32] = [0, 0]
  /// DTLS handshake records in clear by side, but for HelloVerifyRequests.
  public var handshakeRecords: [2 of UInt32] = [0, 0]
  /// HelloVerifyRequests by side: they answer for no handshake, whoever sends them has kept nothing of it (RFC 6347 section
  /// 4.2.1).
  public var verifyRequests: [2 of UInt32] = [0, 0]
  /// QUIC datagrams by side that begin with a long header: those of its handshake.
  public var longHeaders: [2 of UInt32] = [0, 0]
  /// First of either side's handshake, DTLS's in clear or QUIC's; `Int64.max` if none.
  public private(set) var handshakeFirst: [2 of Int64] = [.max, .max]
  /// Latest of them; `Int64.min` if none.
  public private(set) var handshakeLast: [2 of Int64] = [.min, .min]
  /// Least IP packet of the ClientHellos and Initials that were asked with, bytes; of one in fragments the first.
  public private(set) var leastHello = UInt16.max
  /// As what either side saw the other last, by its answers; 0 before the first.
  private var mapped: [2 of UInt64] = [0, 0]
  /// When that changed last, ns since the epoch; `Int64.max` if it never did.
  public private(set) var newMapping = Int64.max
  /// It was not the port alone that changed then.
  public private(set) var hasNewAddress = false
  /// ICMP errors that quoted packets of this flow.
  public var icmpErrors: UInt32 = 0
  /// Those among them that somebody on the path sent because a filter forbids these packets, of the kind that is kept.
  public var icmpNotices: UInt32 = 0
  /// Type of the first of them; of a filter's notice, if there was one.
  public var icmpType: UInt8 = 0
  /// Its code.
  public var icmpCode: UInt8 = 0
  /// Its frame number.
  public var icmpFrame: UInt64 = 0
  /// No router had passed it on: its sender is of the link that the capture was taken on.
  public var icmpIsOfThisLink = false
  /// Its time.
  public var icmpTime = Int64.max
  /// Time of the latest of them.
  public var icmpLast = Int64.max
  /// Somebody said that a packet of this flow is too large for the path.
  public var isTooLarge = false
  /// The error was sent by the host that had sent the flow's first packet (not from the path).
  public var icmpFromSide0 = false
  /// The error was sent by one of the flow's two hosts.
  public var icmpFromEnd = false
  /// The error's packet was an ICMPv6 one.
  public var icmpIsV6 = false

  /// Nothing seen.
  public init() {}

  /// Transactions without an answer so far.
  public var unanswered: UInt32 {
    var waiting = forgotten
    for index in 0..<8 where pending[index].used { waiting &+= 1 }
    return waiting
  }

  /// A request with this transaction id went out. Returns true if it repeats one that waits.
  public mutating func open(_ id: UInt64, kind: Kind, side: UInt8, time: Int64) -> Bool {
    requests &+= 1
    for index in 0..<8 where pending[index].used && pending[index].id == id && pending[index].side == side {
      retransmissions &+= 1
      pending[index].isRepeated = true
      return true
    }
    let place = Int(pendingNext & 7)
    if pending[place].used { forgotten &+= 1 }
    pending[place] = Pending(id: id, kind: kind.rawValue, side: side, used: true, time: time)
    pendingNext &+= 1
    return false
  }

  /// An answer to this transaction id came from `side`; the kind of its request, nil if it is not known any more.
  public mutating func close(_ id: UInt64, side: UInt8, time: Int64, _ trips: inout RoundTripLists) -> Kind? {
    for index in 0..<8 where pending[index].used && pending[index].id == id && pending[index].side != side {
      pending[index].used = false
      if !pending[index].isRepeated, time >= pending[index].time {
        note(pending[index].time, time, asker: Int(pending[index].side & 1), &trips)
      }
      return Kind(rawValue: pending[index].kind)
    }
    return nil
  }

  /// A server answered, and nothing in the answer tells which request it is to: the only one since its last answer, or of
  /// several nobody knows which.
  public mutating func answerUnnamed(time: Int64, _ trips: inout RoundTripLists) {
    if server.run == 1, asker < 2, time >= server.last { note(server.last, time, asker: Int(asker), &trips) }
    server.answer(time: time)
  }

  private mutating func note(_ sent: Int64, _ answered: Int64, asker: Int, _ trips: inout RoundTripLists) {
    if roundTrips[asker] == FlowState.none { roundTrips[asker] = trips.append(RoundTrips()) }
    trips[roundTrips[asker]].note(at: sent, answered &- sent)
  }

  /// Takes in a STUN message that a relay forwarded: the peers' own checks. Only their tallies count it.
  public mutating func observeRelayed(_ message: STUNMessage, side: UInt8, time: Int64, frame: UInt32, bin: Int64) {
    guard message.header.method == .binding else { return }
    let id = Self.id(message.header) | 1
    switch message.header.messageClass {
    case .request:
      self[.check(by: side)].ask(time: time, frame: frame, width: bin)
      for index in 0..<8 where relayed[index] == id { return }
      relayed[Int(relayedNext & 7)] = id
      relayedNext &+= 1
    case .success:
      self[.check(by: 1 - side)].answer(time: time)
      for index in 0..<8 where relayed[index] == id {
        relayed[index] = 0
        return
      }
      noteAnswerToUnseen(side, time)
    default: return
    }
  }

  /// Whoever answers has been asked, and what asked is not in the capture, or long ago.
  private mutating func noteAnswerToUnseen(_ side: UInt8, _ time: Int64) {
    answersToUnseen[Int(side & 1)] = (answersToUnseen[Int(side & 1)].last, time)
    self[.check(by: side)].noteAnswerToUnseen(time: time)
    if asker == side { server.noteAnswerToUnseen(time: time) }
  }

  private static func id(_ header: STUNHeader) -> UInt64 {
    header.transactionHigh &* 0x9E37_79B9_7F4A_7C15 ^ header.transactionLow
  }

  /// One-second bins of the longest row of requests without an answer, of any kind, now or before.
  public var longestRow: UInt32 {
    max(
      server.longestRow, checkBySide0.longestRow, checkBySide1.longestRow,
      max(clientHello.longestRow, initial.longestRow))
  }

  /// A datagram of `side` belongs to a handshake.
  public mutating func noteHandshake(side: Int, time: Int64) {
    if handshakeFirst[side] == .max { handshakeFirst[side] = time }
    handshakeLast[side] = time
  }

  /// A ClientHello or Initial in an IP packet of so many bytes.
  public mutating func noteHello(bytes: UInt32) { leastHello = min(leastHello, UInt16(clamping: bytes)) }

  /// Notes a REGISTER: one with credentials behind one without was challenged in between (RFC 3261 section 22.2).
  public mutating func noteRegister(hasCredentials: Bool) {
    if !hasCredentials { registersPlainly = true } else if registersPlainly { followsChallenge = true }
  }

  /// Notes that a SIP request of this method was answered.
  public mutating func noteAnswered(_ method: SIPMethod) { answeredMethods |= 1 &<< UInt16(method.rawValue) }

  /// A SIP request of this method was answered.
  public func hasAnswered(_ method: SIPMethod) -> Bool { answeredMethods & 1 &<< UInt16(method.rawValue) != 0 }

  /// Notes that `side` hung up.
  public mutating func noteHangUp(side: UInt8, time: Int64) {
    if time < hangUp {
      hangUp = time
      hangUpSide = side
    }
    latestHangUp = (time, side)
  }

  /// Takes back every hang-up: of a flow of signalling alone, which goes on behind the end of each call.
  public mutating func forgetHangUps() {
    hangUp = .max
    hangUpSide = 2
    latestHangUp = (.max, 2)
  }

  /// Takes back a hang-up whose side went on sending media, or answering checks, for longer than `margin`, ns: of an earlier call on
  /// these ports, of a stream that ended among others, or of a DTLS session that was begun anew. The latest sign stands in its
  /// place, unless that is contradicted as well. `lastMedia`: latest of either side.
  public mutating func settleHangUp(_ lastMedia: (Int64, Int64), margin: Int64) {
    let latest = (max(lastMedia.0, checkBySide1.lastAnswer), max(lastMedia.1, checkBySide0.lastAnswer))
    func isContradicted(_ time: Int64, _ side: UInt8) -> Bool {
      time != .max && side < 2 && (side == 0 ? latest.0 : latest.1) > time &+ margin
    }
    guard isContradicted(hangUp, hangUpSide) else { return }
    if isContradicted(latestHangUp.time, latestHangUp.side) {
      hangUp = .max
      hangUpSide = 2
    } else {
      (hangUp, hangUpSide) = latestHangUp
    }
  }

  /// The tally of a kind. Inlined: of a kind that is named, only what is asked for is read.
  @inlinable
  public subscript(kind: Kind) -> RequestTally {
    @inline(always)
    get {
      switch kind {
      case .server: server
      case .checkBySide0: checkBySide0
      case .checkBySide1: checkBySide1
      case .clientHello: clientHello
      case .initial: initial
      }
    }
    // In place: a tally is a hundred bytes.
    _modify {
      switch kind {
      case .server: yield &server
      case .checkBySide0: yield &checkBySide0
      case .checkBySide1: yield &checkBySide1
      case .clientHello: yield &clientHello
      case .initial: yield &initial
      }
    }
  }
}

extension Dialogue {
  /// Takes the lists of another place over, to which this still points.
  public mutating func adoptRoundTrips(of other: borrowing RoundTripLists, into trips: inout RoundTripLists) {
    for side in 0..<2 where roundTrips[side] != FlowState.none {
      roundTrips[side] = trips.append(other[roundTrips[side]])
    }
  }

  /// Takes one STUN message of the flow's own endpoints in; `frame` relative to the flow's first.
  public mutating func observe(
    _ message: STUNMessage, side: UInt8, time: Int64, frame: UInt32, bin: Int64, _ trips: inout RoundTripLists
  ) {
    let header = message.header
    let id = Self.id(header)
    // WhatsApp's pairs do not follow the class bits: 0x0801 asks and 0x0802 answers, 0x0804 asks and 0x0805 answers;
    // 0x0800 comes once, at the end (METHOD.md W2.1).
    if header.isWhatsApp {
      switch header.type {
      case 0x0801, 0x0804: ask(.server, id, side, time, frame, bin)
      case 0x0802, 0x0805:
        if asker == 2 { asker = 1 - side }
        answered(id, side, time, &trips)
      default:
        indications &+= 1
        noteHangUp(side: side, time: time)
      }
      return
    }
    switch header.messageClass {
    case .request:
      // Whose answer comes from elsewhere, if the client's own NAT lets it in: nothing is owed here.
      if header.method == .binding, message.flags.contains(.changeRequest) {
        requests &+= 1
        return
      }
      let isCheck = header.method == .binding && (message.username != nil || isBareCheck(message))
      ask(isCheck ? .check(by: side) : .server, id, side, time, frame, bin)
      if header.method == .refresh, message.lifetime == 0 { noteHangUp(side: side, time: time) }
    case .success:
      if header.method == .allocate { allocated = true }
      if let address = message.xorMapped { note(mapped: address, by: side, time: time) }
      noteServer(header.method, side)
      answered(id, side, time, &trips)
    case .error:
      errors &+= 1
      responses &-= 1
      if let code = message.errorCode { errorCode = code }
      noteServer(header.method, side)
      answered(id, side, time, &trips)
    case .indication:
      indications &+= 1
    }
  }

  /// XOR-MAPPED-ADDRESS of an answer by `side` (RFC 8489 section 14.2): the sender of the request as it came there.
  private mutating func note(mapped address: STUNAddress, by side: UInt8, time: Int64) {
    // The address's bits above, the port's below.
    let mixed = (address.address.high ^ address.address.low) &* 0x9E37_79B9_7F4A_7C15
    let bits = mixed & ~0xFFFF | UInt64(address.port)
    let place = Int(side & 1)
    if mapped[place] != 0, mapped[place] != bits {
      newMapping = time
      hasNewAddress = (mapped[place] ^ bits) > 0xFFFF
    }
    mapped[place] = bits
  }

  /// Where the requests are not in the capture, who answers them is the server.
  private mutating func noteServer(_ method: STUNMethod, _ side: UInt8) {
    if asker == 2, method != .binding { asker = 1 - side }
  }

  /// WhatsApp's peer check: MESSAGE-INTEGRITY and nothing else.
  private func isBareCheck(_ message: STUNMessage) -> Bool {
    message.header.length == 24 && message.flags.contains(.messageIntegrity)
  }

  private mutating func ask(_ kind: Kind, _ id: UInt64, _ side: UInt8, _ time: Int64, _ frame: UInt32, _ bin: Int64) {
    if kind == .server, asker == 2 { asker = side }
    let kind: Kind = kind != .server || asker == side ? kind : .check(by: side)
    _ = open(id, kind: kind, side: side, time: time)
    self[kind].ask(time: time, frame: frame, width: bin)
  }

  private mutating func answered(_ id: UInt64, _ side: UInt8, _ time: Int64, _ trips: inout RoundTripLists) {
    responses &+= 1
    if let kind = close(id, side: side, time: time, &trips) {
      self[kind].answer(time: time)
      if kind == .checkBySide0 || kind == .checkBySide1 { answeredChecks &+= 1 }
      return
    }
    // The request is forgotten or was not captured: the answer still shows that the other side is there.
    if forgotten > 0 { forgotten &-= 1 }
    noteAnswerToUnseen(side, time)
    if asker != 2, asker != side { self.server.answer(time: time) }
    let check: Kind = .check(by: 1 - side)
    if self[check].asked > 0 { self[check].answer(time: time) }
  }
}
