import Synth
import Testing

@Suite struct LinkTests {
  private func packet(_ size: Int, to destination: HostAddress = "203.0.113.7") -> SynthPacket {
    SynthPacket(
      from: "192.168.1.2", to: destination,
      .udp(sourcePort: 4_000, destinationPort: 5_000, payload: [UInt8](repeating: 0, count: size - 28)))
  }

  /// Over every window that starts at a packet a policer passes at most rate times time plus its bucket.
  @Test(arguments: [UInt64(1), 2, 3])
  func policerKeepsItsRate(seed: UInt64) {
    let rate: Int64 = 64_000
    let burst: Int64 = 4_000
    var link = Link(delay: 0, stages: [.policer(Policer(rate: rate, burst: burst))], seed: seed)
    var generator = SeededGenerator(seed: seed)
    var time: Nanoseconds = 0
    var passed: [(time: Nanoseconds, bits: Int64)] = []
    var sent = 0
    for _ in 0..<3_000 {
      time += Nanoseconds(generator.number(in: 0...20_000_000))
      let size = generator.number(in: 60...1_200)
      sent += 1
      if !link.transit(packet(size), at: time).isEmpty { passed.append((time, Int64(size) * 8)) }
    }
    #expect(passed.count > 100 && passed.count < sent)
    var violations = 0
    for start in stride(from: 0, to: passed.count, by: 7) {
      var bits: Int64 = 0
      for entry in passed[start...] {
        bits += entry.bits
        let allowed = rate * (entry.time - passed[start].time) / 1_000_000_000 + burst * 8
        if bits > allowed + 1 { violations += 1 }
      }
    }
    #expect(violations == 0)
  }

  @Test func shaperKeepsOrderDelaysAndLosesOnlyWhenFull() {
    var link = Link(delay: 0, stages: [.shaper(Shaper(rate: 80_000, burst: 1_000, queueLimit: 5_000))], seed: 1)
    var exits: [Nanoseconds] = []
    var lost = 0
    for number in 0..<200 {
      let time = Nanoseconds.milliseconds(10 * number)
      let result = link.transit(packet(200), at: time)
      if let exit = result.first {
        #expect(exit >= time)
        exits.append(exit)
      } else {
        lost += 1
      }
    }
    #expect(zip(exits, exits.dropFirst()).allSatisfy { $0 < $1 })
    // 160 kbit/s offered, half of it carried; the queue holds half a second.
    #expect(lost > 60 && lost < 100)
    let spacing = (exits[exits.count - 1] - exits[exits.count - 41]) / 40
    #expect(spacing == .milliseconds(20))
  }

  @Test func blackholeDropsAllAndOnlyWhatMatches() {
    let hole = Link.Stage.blackhole(from: .seconds(1), until: .seconds(2), filter: .host("203.0.113.7"))
    var link = Link(delay: .milliseconds(5), stages: [hole], seed: 1)
    for number in 0..<300 {
      let time = Nanoseconds.milliseconds(10 * number)
      let isInside = number >= 100 && number < 200
      #expect(link.transit(packet(100), at: time).isEmpty == isInside)
      #expect(!link.transit(packet(100, to: "203.0.113.8"), at: time).isEmpty)
    }
  }

  @Test func filtersLookAtEveryPart() {
    let sample = packet(100)
    #expect(PacketFilter(protocolNumber: 17, remote: [("203.0.113.0", 24)], port: 5_000).matches(sample))
    #expect(!PacketFilter(protocolNumber: 6).matches(sample))
    #expect(!PacketFilter(port: 5_001).matches(sample))
    #expect(!PacketFilter(remote: [("203.0.112.0", 24)]).matches(sample))
    #expect(!PacketFilter(payload: { $0.first == 1 }).matches(sample))
  }

  @Test func randomAndBurstLossHaveTheirRates() {
    var random = Link(delay: 0, stages: [.randomLoss(probability: 0.1, filter: .everything)], seed: 8)
    var bursts = Link(delay: 0, stages: [.burstLoss(BurstLoss(becomesBad: 0.01, becomesGood: 0.2))], seed: 8)
    var lost = (random: 0, bursts: 0, afterBurstLoss: 0)
    var previousLost = false
    for number in 0..<20_000 {
      let time = Nanoseconds.milliseconds(number)
      if random.transit(packet(60), at: time).isEmpty { lost.random += 1 }
      let isLost = bursts.transit(packet(60), at: time).isEmpty
      if isLost {
        lost.bursts += 1
        if previousLost { lost.afterBurstLoss += 1 }
      }
      previousLost = isLost
    }
    #expect((1_850...2_150).contains(lost.random))
    // Stationary share of the bad state: 0.01 / (0.01 + 0.2).
    #expect((700...1_250).contains(lost.bursts))
    #expect(lost.afterBurstLoss * 10 > lost.bursts * 7)
  }

  @Test func jitterKeepsOrderAndReorderingBreaksIt() {
    func exits(_ stages: [Link.Stage]) -> [Nanoseconds] {
      var link = Link(delay: .milliseconds(10), jitter: .milliseconds(8), stages: stages, seed: 5)
      return (0..<500).flatMap { link.transit(packet(60), at: .milliseconds($0)) }
    }
    let plain = exits([])
    #expect(zip(plain, plain.dropFirst()).allSatisfy { $0 < $1 })
    let mixed = exits([.reorder(probability: 0.1, delay: .milliseconds(30))])
    #expect(zip(mixed, mixed.dropFirst()).contains { $0 > $1 })
    #expect(exits([.duplicate(probability: 0.5)]).count > 600)
    #expect(exits([]) == plain)
  }
}
