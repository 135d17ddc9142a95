import Testing
import Verdict

@testable import Detection

/// Which way media were to go, by session descriptions.
@Suite struct AgreedDirectionTests {
  private let here = Socket(client, 10_000)
  private let there = Socket(server, 20_000)
  private let window = TimeWindow(first: start, last: start + 60 * second)

  private func due(_ agreed: AgreedDirections) -> Int64 { agreed.due(from: there, to: here, in: window) / second }

  @Test func mediaAreDueWhereNothingElseIsSaid() {
    #expect(due(AgreedDirections()) == 60)
    var agreed = AgreedDirections()
    agreed.note(here, from: start, sends: true, receives: true)
    agreed.note(Socket(other, 20_000), from: start, sends: false, receives: false)
    #expect(due(agreed) == 60)
  }

  /// A recorder wants all and sends nothing; whoever wants nothing is owed nothing.
  @Test func noneAreDueFromARecorderOrToWhoeverWantsNone() {
    var recorder = AgreedDirections()
    recorder.note(there, from: start, sends: false, receives: true)
    #expect(due(recorder) == 0)
    #expect(recorder.due(from: here, to: there, in: window) == 60 * second)
    var deaf = AgreedDirections()
    deaf.note(here, from: start, sends: true, receives: false)
    #expect(due(deaf) == 0)
    // The answer comes behind the first media.
    var late = AgreedDirections()
    late.note(there, from: start + 2 * second, sends: false, receives: true)
    #expect(due(late) == 0)
  }

  /// On hold for a time: the rest is due.
  @Test func aHoldCountsForAsLongAsItLasts() {
    var agreed = AgreedDirections()
    agreed.note(here, from: start - second, sends: true, receives: true)
    agreed.note(there, from: start - second, sends: true, receives: true)
    agreed.note(here, from: start + 10 * second, sends: false, receives: false)
    agreed.note(there, from: start + 11 * second, sends: false, receives: false)
    agreed.note(here, from: start + 30 * second, sends: true, receives: true)
    agreed.note(there, from: start + 31 * second, sends: true, receives: true)
    #expect(due(agreed) == 10 + 29)
  }

  /// Media that stop while descriptions ask for none stop as agreed; without descriptions, or where some were due, why is open.
  @Test func whatStopsOnHoldStopsAsAgreed() {
    var flow = Made.asking([])
    (flow.client, flow.clientPort) = (here.address, here.port)
    (flow.server, flow.serverPort) = (there.address, there.port)
    func code(_ agreed: AgreedDirections, isServers: Bool) -> String? {
      var around = Made.surroundings()
      around.agreed = agreed
      return Soundness.agreed(flow, isServers: isServers, in: window, Circumstances(around, thresholds))?.gapCode
    }
    var agreed = AgreedDirections()
    #expect(code(agreed, isServers: true) == nil)
    agreed.note(here, from: start - second, sends: true, receives: true)
    #expect(code(agreed, isServers: true) == nil)
    agreed.note(here, from: start + second, sends: true, receives: false)
    #expect(code(agreed, isServers: true) == "one_way_agreed", "whoever holds wants none")
    #expect(code(agreed, isServers: false) == nil, "its own are due")
  }

  /// Of several workers each saw a part.
  @Test func theOrderInWhichItIsToldIsNothing() {
    let told: [(place: Socket, seconds: Int64, isOn: Bool)] = [
      (there, 31, true), (here, -1, true), (here, 10, false), (there, 11, false), (there, -1, true), (here, 30, true),
    ]
    for first in told.indices {
      var agreed = AgreedDirections()
      for (place, seconds, isOn) in told[first...] + told[..<first] {
        agreed.note(place, from: start + seconds * second, sends: isOn, receives: isOn)
      }
      #expect(due(agreed) == 10 + 29)
    }
  }
}
