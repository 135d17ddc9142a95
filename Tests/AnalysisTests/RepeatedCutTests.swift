import Synth
import Testing
import Verdict

/// Calls whose relays fall silent one after the other, each for too short a time to say anything.
@Suite struct RepeatedCutTests {
  private static let phone = HostAddress("192.168.1.20")

  /// `cuts` relays, each of which answers and carries media for 6 s, and is asked in vain for 5 s more; then one that lives. `ends`: the
  /// client takes leave of each, and asks no more. `isLineUp`: another server answers all the while.
  private static func verdict(cuts: Int, ends: Bool = false, isLineUp: Bool = true) throws -> Judgment {
    var script = CallScript()
    var streams = script.streams()
    func allocate() -> [UInt8] {
      STUNMessage.allocate(transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    }
    for number in 0...cuts {
      let (client, begin) = (SocketAddress(phone, 50_000 + UInt16(number)), 11 * Double(number))
      let relay = SocketAddress(HostAddress(stringLiteral: "203.0.113.\(60 + number)"), 3_478)
      let silent = number < cuts ? begin + 6 : begin + 30
      for time in stride(from: begin, to: min(begin + 30, silent + (ends ? 0 : 5)), by: 1) {
        let request = allocate()
        if time < silent {
          let answer = STUNMessage.success(to: request, mapped: client, generator: &script.generator)
          script.ask(request, answer, client, relay, at: time)
        } else if number < cuts {
          script.send(request, client, relay, at: time)
        }
      }
      for time in stride(from: begin + 0.5, to: silent + (number < cuts && !ends ? 5 : 0), by: 0.02) {
        script.send(STUNMessage.channelData(0x4001, streams.up.nextPacket()), client, relay, at: time)
        guard time < silent else { continue }
        script.send(STUNMessage.channelData(0x4001, streams.down.nextPacket()), relay, client, at: time + 0.007)
      }
    }
    let server = SocketAddress("198.51.101.3", 3_478)
    let socket = SocketAddress(phone, 50_777)
    for time in stride(from: 0.5, through: 11 * Double(cuts) + 29, by: 1) where isLineUp {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: socket), socket, server, at: time)
    }
    let calls = script.result.calls
    try #require(calls.count == 1, "\(calls.map(\.verdict.reason))")
    return calls[0].verdict
  }

  @Test func manyShortSilencesAreOneFinding() throws {
    let verdict = try Self.verdict(cuts: 4)
    #expect(verdict.mechanism == .cutoff && verdict.grade == .consistent, "\(verdict.reason)")
    #expect(verdict.evidence.contains { "\($0.code)" == "cut_again_and_again" })
  }

  @Test func fewOrInnocentOnesAreNot() throws {
    #expect(try !Self.verdict(cuts: 2).isFinding, "two may be restarted")
    #expect(try !Self.verdict(cuts: 4, ends: true).isFinding, "the client left them")
    #expect(try !Self.verdict(cuts: 4, isLineUp: false).isFinding, "nothing shows that the line was up")
  }
}
