import Synth
import Testing
import Verdict

/// Captures of a radio in monitor mode, which hears what two others send each other and misses some of it.
@Suite struct MonitorTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)

  /// 60 s of a call that lacks a share of what came; `answered`: until then it was answered at all.
  private static func script(lacks share: Double, answered: Double = 60, hasControl: Bool = false) -> CallScript {
    var script = CallScript()
    var streams = script.streams()
    var generator = SeededGenerator(seed: 6)
    script.check(phone, peer, own: "own1", their: "pee1", 0...min(60, answered))
    for time in stride(from: answered + 1, through: 60, by: 1) {
      script.send(
        STUNMessage.iceCheck(
          remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true,
          generator: &script.generator), phone, peer, at: time)
    }
    let server = SocketAddress("198.51.101.3", 3_478)
    let socket = SocketAddress(phone.address, 50_777)
    for time in stride(from: 0.5, through: 59, by: 1) where hasControl {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: socket), socket, server, at: time)
    }
    for number in 0..<2_975 {
      let time = 0.5 + 0.02 * Double(number)
      let packets = (streams.up.nextPacket(), streams.down.nextPacket())
      script.send(packets.0, phone, peer, at: time)
      if time < answered, !generator.occurs(with: share) {
        script.send(packets.1, peer, phone, at: time + 0.007, timeToLive: 53)
      }
    }
    return script
  }

  private static func verdict(_ script: CallScript, _ link: String) throws -> Judgment {
    let result = analyze(script.captured, drops: 0, linkTypes: [link])
    return try #require(result.flow(to: peer.address)).verdict
  }

  @Test(arguments: ["ieee-802-11-radiotap", "ieee-802-11", "ether"]) func whatARadioDidNotHearIsNotLost(link: String)
    throws
  {
    let verdict = try Self.verdict(Self.script(lacks: 0.1), link)
    if link == "ether" {
      #expect(verdict.mechanism == .randomDiscard)
    } else {
      #expect(verdict.gap.map { "\($0.code)" } == "monitor_capture", "\(verdict.reason)")
    }
  }

  /// It may have been out of the access point's reach, unless it heard that one meanwhile.
  @Test(arguments: [("ieee-802-11-radiotap", false), ("ieee-802-11-radiotap", true), ("ether", false)])
  func aSilenceNeedsSomebodyElseWhoWasHeard(link: String, hasControl: Bool) throws {
    let verdict = try Self.verdict(Self.script(lacks: 0, answered: 30, hasControl: hasControl), link)
    if link == "ether" || hasControl {
      #expect(verdict.mechanism == .cutoff && verdict.grade == .consistent)
      #expect(verdict.hasAlternative("capture-loss") == (link != "ether"))
    } else {
      #expect(verdict.gap.map { "\($0.code)" } == "monitor_capture", "\(verdict.reason)")
    }
  }
}
