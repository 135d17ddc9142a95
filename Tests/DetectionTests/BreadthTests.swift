import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// How far a silence reaches, and what explains one (METHOD.md M2.2, U11 and U12).
@Suite struct BreadthTests {
  private let window = TimeWindow(first: start, last: start + 30 * second)

  private func silent() -> Judgment {
    var judgment = Judgment(.dropped, .blackhole, grade: .consistent, reason: Phrase("Silent."))
    judgment.window = window
    return judgment
  }

  private func codes(_ silences: [(IPAddress, Transport)], answering: [IPAddress]) -> [String] {
    var around = Surroundings(drops: 0)
    for address in answering {
      around.add(
        Neighbor(
          position: 1, client: client, server: address, port: 443, transport: .tcp, first: start,
          lastAnswer: start + 20 * second, trials: 3))
    }
    var replication = Replication()
    for (address, transport) in silences {
      replication.note(silent(), of: Made.connection(to: address), over: transport)
    }
    replication.close()
    let known = Circumstances(around, thresholds, replication)
    return replication.breadth(of: Made.connection(), window, known).map { "\($0.code)" }
  }

  private func host(_ network: UInt32, _ number: UInt32 = 1) -> IPAddress { IPAddress(v4: network << 8 | number) }

  @Test func aNetworkIsSilentOverBothTransportsOrNotAtAll() {
    let neighbor = IPAddress(v4: 0x5B6C_09F0)
    #expect(codes([(server, .udp), (neighbor, .tcp)], answering: [other]) == ["u11_network_silent"])
    #expect(codes([(server, .udp), (neighbor, .udp)], answering: [other]).isEmpty, "TCP was not tried")
    #expect(codes([(server, .udp), (neighbor, .tcp)], answering: [other, IPAddress(v4: 0x5B6C_0901)]).isEmpty)
    #expect(codes([(server, .udp), (other, .tcp)], answering: []).isEmpty, "another network")
  }

  @Test func mostNetworksAreSilentBehindAListOfAllowedOnes() {
    let many = (1...6).map { (host(0x0A_0A00 + $0), Transport.tcp) } as [(IPAddress, Transport)]
    #expect(codes(many, answering: [other]) == ["u12_most_networks_silent"])
    #expect(codes(many, answering: (1...4).map { host(0xC0_0200 + $0) }).isEmpty, "as many answer")
    #expect(codes(Array(many.prefix(4)), answering: []).isEmpty, "an outage of a few")
  }

  /// A call of the same client that lost `share` of what came down, all along or from 5 s on, behind a queue of so many ms.
  private func beside(share: Double, queue: Double = 0, from: Double = 0) -> Surroundings {
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    for number in 0..<1_000 {
      let time = Double(number) * 0.05
      let isLost = time >= from && Double(number % 100) < 100 * share
      offers.append(Offer(time: time, bytes: 100, fate: isLost ? .lost : .passed))
      if queue > 0 { delays.append(DelaySample(time: time, transit: 40 + (time > 5 ? queue : 0))) }
    }
    var around = Made.surroundings()
    around.lossyCalls = [
      LossyCall(
        key: 9, client: client,
        passages: DirectionPassages(client: nil, server: Passage(start: start, offers: offers, delays: delays)),
        thresholds)
    ]
    return around
  }

  /// Sparse requests of a flow that shares a lossy line are lost as the rest is.
  @Test func lossOfEverythingIsNoSilence() {
    func verdict(share: Double) -> Judgment? {
      let made = Made.pause()
      return EndedSilence.judge(made.flow, made.state, Circumstances(beside(share: share), thresholds))
    }
    #expect(verdict(share: 0)?.isFinding == true)
    #expect(verdict(share: 0.05)?.isFinding == true, "five in a row by chance, either way: 9e-6")
    // What the client's capture shows of the way down the way up may lose as well: .28 to the fifth.
    #expect(verdict(share: 0.15)?.gapCode == "loss_explains_silence")
    #expect(verdict(share: 0.6)?.gapCode == "loss_explains_silence")
  }

  /// Hellos that go out every four seconds beside a call that loses most of everything are no black hole.
  @Test func fewHellosOnALossyLineAreNoBlackHole() {
    func verdict(share: Double) -> Judgment {
      let flow = Made.asking([0, 4_000, 8_000, 12_000, 16_000])
      return Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(beside(share: share), thresholds))
    }
    #expect(verdict(share: 0.6).gapCode == "loss_explains_silence")
    #expect(verdict(share: 0.05).words == "dropped blackhole")
  }

  /// Behind a full queue sparse requests are lost more often than the packets that fill it: four in a row say nothing, as
  /// little as the queue's own packets lose.
  @Test func aFullQueueIsNoSilence() {
    func verdict(queue: Double) -> Judgment? {
      let made = Made.pause()
      // The line fills after the first five seconds.
      let around = beside(share: 0.1, queue: queue, from: 5)
      return EndedSilence.judge(made.flow, made.state, Circumstances(around, thresholds))
    }
    #expect(verdict(queue: 0)?.isFinding == true, "five in a row by chance: 2e-4")
    #expect(verdict(queue: 300)?.gapCode == "line_full")
  }

  @Test func ofAClientThatLosesMoreThanIsLookedAtNothingIsSaid() {
    var around = beside(share: 0)
    around.crowded = [client]
    let made = Made.pause()
    #expect(
      EndedSilence.judge(made.flow, made.state, Circumstances(around, thresholds))?.gapCode == "losses_unexamined")
  }

  /// A ClientHello was repeated four times over 21 s on a line of 36 kbit/s that a call filled.
  @Test func segmentsOnALineThatACallFillsProveNothing() {
    var stuck = Connection.established()
    for time in [1_000.0, 2_000, 4_000, 8_000, 16_000, 32_000] {
      stuck.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    }
    #expect(stuck.judged(Made.connection(), beside(share: 0.1)).isFinding, "six in a row by chance: 5e-5")
    #expect(stuck.judged(Made.connection(), beside(share: 0.6)).gapCode == "loss_explains_silence")
    #expect(stuck.judged(Made.connection(), beside(share: 0.1, queue: 300, from: 5)).gapCode == "line_full")
    var late = beside(share: 0.1)
    late.lateTrips[client] = [0, 48, 51, 300, 4].enumerated().map { (start + Int64($0) * 5 * second, $1) }
    #expect(stuck.judged(Made.connection(), late).isFinding, "48 ms at the median")
    late.lateTrips[client]?[0].milliseconds = 50
    #expect(stuck.judged(Made.connection(), late).gapCode == "line_full")
    var whole = beside(share: 0)
    whole.lateTrips = late.lateTrips
    #expect(stuck.judged(Made.connection(), whole).isFinding, "a queue that loses nothing")
    var unheard = Connection()
    for index in 0..<8 { unheard.send(0, Double(index) * 4_000, Packet.tcp(.syn, sequence: 1_000)) }
    let flow = Made.connection(packets: (8, 0))
    #expect(unheard.judged(flow, beside(share: 0.1)).isFinding)
    #expect(unheard.judged(flow, beside(share: 0.1, queue: 300, from: 5)).gapCode == "line_full")
  }

  /// An error at the very end of a silence explains nothing of what was silent before.
  @Test func anErrorBehindTheSilenceExplainsNothing() {
    func verdict(at seconds: Int64) -> Judgment {
      let made = Made.cutOff()
      var flow = made.flow
      var dialogue = flow.dialogue ?? Dialogue()
      dialogue.icmpErrors = 4
      dialogue.icmpType = 3
      dialogue.icmpCode = 3
      dialogue.icmpTime = start + seconds * second
      dialogue.icmpFromSide0 = false
      flow.dialogue = dialogue
      return Detectors.judge(flow, made.state, Circumstances(Made.surroundings(), thresholds))
    }
    #expect(verdict(at: 11).gapCode == "icmp_error")
    #expect(verdict(at: 29).words == "dropped cutoff")
  }
}
