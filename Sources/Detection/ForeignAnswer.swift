internal import Flow
internal import Settings
internal import Verdict

/// Two answers of a DNS server to one question that was asked once.
public final class AnswerPair: Sendable {
  /// One answer.
  public struct Answer: Sendable, BitwiseCopyable {
    /// When, ns since the epoch.
    public let time: Int64
    /// TTL or hop limit.
    public let timeToLive: UInt8
    /// Frame number.
    public let frame: UInt64
    /// Its code (RFC 1035 section 4.1.1): 0 no error.
    public let code: UInt8
    /// It names an address.
    public let namesAddress: Bool

    /// An answer.
    public init(time: Int64, timeToLive: UInt8, frame: UInt64, code: UInt8 = 0, namesAddress: Bool = true) {
      self.time = time
      self.timeToLive = timeToLive
      self.frame = frame
      self.code = code
      self.namesAddress = namesAddress
    }
  }

  /// The one that came first, and counts for who asked.
  public let first: Answer
  /// The latest other, with other addresses or another code.
  public let second: Answer
  /// When the question was asked, once, ns since the epoch.
  public let asked: Int64

  /// Two answers.
  public init(asked: Int64, first: Answer, second: Answer) {
    self.asked = asked
    self.first = first
    self.second = second
  }
}

/// Answers that came from nearer than the server they name: forged DNS answers and pages put into a connection (METHOD.md
/// M1.6).
///
/// No finding: the record format has no word for it. The flow is not `ok` either, and the evidence says what was seen.
/// Cannot tell apart: a filter on the path, a proxy of the provider or the network, a captive portal.
enum ForeignAnswer {
  /// Of DNS: one question, two answers that contradict each other, the first far sooner than the second and with a TTL of
  /// another host. A resolver answers a question once that was asked once.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard known.around.hasAnswers, flow.packets.server >= 2, let pair = known.around.answers[flow.firstFrame] else {
      return nil
    }
    let limits = known.thresholds.reset
    let soon = pair.first.time &- pair.asked
    let late = pair.second.time &- pair.asked
    guard late >= limits.distance.integer, Double(soon) < limits.early.value * Double(late),
      pair.first.timeToLive != pair.second.timeToLive
    else { return nil }
    var judgment = Claim.inconclusive(
      "dns_answer_origin", seen: 2, needed: 1,
      Phrase(
        "One question got two answers that contradict each other: one after {}, the server's own distance says {}.",
        .duration(soon), .duration(late)))
    judgment.evidence = [
      Evidence(
        "dns_answer_injected",
        words(of: pair),
        frames: [pair.first.frame, pair.second.frame])
    ]
    judgment.alternatives = ["dns-proxy", "captive-portal"]
    return judgment
  }

  /// What two answers contradict each other in.
  private static func words(of pair: AnswerPair) -> Phrase {
    let (first, second) = (Quantity.count(Int(pair.first.timeToLive)), Quantity.count(Int(pair.second.timeToLive)))
    let (code, other) = (Quantity.count(Int(pair.first.code)), Quantity.count(Int(pair.second.code)))
    switch (pair.first.namesAddress, pair.second.namesAddress) {
    case (false, true):
      return Phrase(
        "The first answer came with TTL {}, the second with TTL {}; the first has the code {} and no address, the second names addresses.",
        first, second, code)
    case (true, false):
      return Phrase(
        "The first answer came with TTL {}, the second with TTL {}; the first names addresses, the second has the code {} and no address.",
        first, second, other)
    case _ where pair.first.code != pair.second.code:
      return Phrase(
        "The first answer came with TTL {}, the second with TTL {}; the first has the code {}, the second the code {}.",
        first, second, code, other)
    case (true, true):
      return Phrase(
        "The first answer came with TTL {}, the second with TTL {}, and they name different addresses.", first, second)
    case (false, false):
      return Phrase(
        "The first answer came with TTL {}, the second with TTL {}, and they name no address and different names.",
        first,
        second)
    }
  }

  /// False if `judge` says nothing of a connection: neither HTTP nor ended by a server that heard nothing more, or sent numbers
  /// again.
  static func mayJudge(_ flow: FlowObservation, _ client: TransferSide, _ server: TransferSide) -> Bool {
    flow.isHTTP || server.spokeBeyondEnd
      || (client.unanswered > 0 || server.retransmissions > 0) && server.sent.contains(.fin)
  }

  /// Of a page in clear, or of the end of any connection: the client was acknowledged sooner than its server can have, by
  /// packets with a TTL of another host, and the server itself heard nothing more, or spoke where its numbers were used already:
  /// it reset what it seemed to have closed, or sent other data. Or of an end behind which the server sent new data, whatever else.
  static func judge(_ flow: FlowObservation, _ state: TCPState, _ known: Circumstances) -> Judgment? {
    guard Int(state.opener) == flow.clientSide else { return nil }
    let limits = known.thresholds.reset
    if let page = commonPage(flow, state, known) { return page }
    let server = state.sides[1 - flow.clientSide]
    let distance = Int64(state.handshakeMicroseconds) &* 1_000
    let soon = Int64(server.fastestReply) &* 1_000
    guard soon > 0, distance >= limits.distance.integer, Double(soon) < limits.early.value * Double(distance),
      server.timesToLive[1] != 0,
      known.around.wasAwake(flow.client, at: flow.first, idle: limits.radioIdle.integer)
    else { return server.spokeBeyondEnd ? spoken(server, flow) : nil }
    let isContradicted =
      server.spokeBeyondEnd
      || server.sent.contains(.fin) && (server.sent.contains(.rst) || server.retransmissions > 0)
    guard isContradicted || state.sides[flow.clientSide].unanswered > 0 else { return nil }
    guard flow.isHTTP, server.payload > 0 else {
      // A FIN instead of an answer, alone or with one segment, as an alert. After more than that the fastest
      // acknowledgment may be another's.
      guard server.sent.contains(.fin), server.segmentsBeforeEnd <= 1 else {
        return server.spokeBeyondEnd ? spoken(server, flow) : nil
      }
      var judgment = close(server, soon, distance, isContradicted, flow, known)
      if server.spokeBeyondEnd { judgment.evidence.append(beyondEnd(server, flow)) }
      return judgment
    }
    var judgment = Claim.inconclusive(
      "page_origin", seen: Claim.seconds(soon), needed: limits.early.value * Claim.seconds(distance),
      Phrase(
        "The request was answered after {}, though its server is {} away: somebody nearer answered.", .duration(soon),
        .duration(distance)))
    judgment.evidence = [otherTimeToLive("page_injected", server, flow)]
    judgment.alternatives = ["transparent-proxy", "captive-portal"]
    return judgment
  }

  /// Servers of several networks seem to be equally near, near, and to say the same: one box answers for them all.
  private static func commonPage(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.reset
    guard flow.isHTTP, !flow.server.isPrivate else { return nil }
    let page = known.around.pages.networks(of: flow, state, spread: limits.refusalSpread.integer)
    let hops = Int64(TimeToLive.hops(page.timeToLive))
    guard Int64(page.count) >= limits.refusalNetworks.integer, hops > 0, hops <= limits.refusalHops.integer
    else { return nil }
    var judgment = Claim.inconclusive(
      "page_origin", seen: Double(page.count), needed: 0,
      Phrase(
        "Servers in {} networks gave pages of the same length, from as far and with the same TTL: as of one device near the client.",
        .count(page.count)))
    judgment.evidence = [
      Evidence(
        "page_of_many_servers",
        Phrase(
          "{} bytes with TTL {}, {} after the SYN, in the names of servers in {} networks.",
          .count(Int(state.sides[1 - flow.clientSide].payload)), .count(Int(page.timeToLive)),
          .duration(Int64(state.handshakeMicroseconds) &* 1_000), .count(page.count)),
        frames: [state.firstFrame + UInt64(state.sides[1 - flow.clientSide].timeToLiveFrames[0])])
    ]
    judgment.alternatives = ["transparent-proxy", "captive-portal", "load-balancer"]
    return judgment
  }

  /// Cites the first packet of each.
  private static func otherTimeToLive(_ code: StaticString, _ server: TCPSide, _ flow: FlowObservation) -> Evidence {
    Evidence(
      code,
      Phrase(
        "Packets in the server's name came with TTL {} and TTL {}.", .count(Int(server.timesToLive[0])),
        .count(Int(server.timesToLive[1]))),
      frames: [0, 1].map { flow.firstFrame + UInt64(server.timeToLiveFrames[$0]) })
  }

  /// An end in the server's name behind which the server went on: a FIN takes the last number of its sender's (RFC 9293 section
  /// 3.6), so who sends data from there on did not send it.
  private static func spoken(_ server: TCPSide, _ flow: FlowObservation) -> Judgment {
    var judgment = Claim.inconclusive(
      "close_origin", seen: 1, needed: 0,
      Phrase(
        "The server sent new data behind the end of its direction: it had not closed the connection, somebody else had in its name."
      ))
    judgment.evidence = [beyondEnd(server, flow)]
    judgment.alternatives = ["transparent-proxy", "load-balancer"]
    return judgment
  }

  private static func beyondEnd(_ server: TCPSide, _ flow: FlowObservation) -> Evidence {
    Evidence(
      "data_after_end",
      Phrase(
        "A FIN ended the server's direction after {} of its {} segments with data; those behind have its number and later ones.",
        .count(Int(server.segmentsBeforeEnd)), .count(Int(server.dataSegments))), frames: [flow.firstFrame])
  }

  /// A FIN in the server's name from nearer than the server.
  private static func close(
    _ server: TCPSide, _ soon: Int64, _ distance: Int64, _ isContradicted: Bool, _ flow: FlowObservation,
    _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.inconclusive(
      "close_origin", seen: Claim.seconds(soon), needed: known.thresholds.reset.early.value * Claim.seconds(distance),
      Phrase(
        isContradicted
          ? "The connection was closed {} after what the client sent, though its server is {} away, and the server spoke on: somebody nearer closed it."
          : "The connection was closed {} after what the client sent, though its server is {} away, and the server heard nothing more: somebody nearer closed it.",
        .duration(soon), .duration(distance)))
    judgment.evidence = [otherTimeToLive("close_injected", server, flow)]
    judgment.alternatives = ["transparent-proxy", "path-change"]
    return judgment
  }
}
