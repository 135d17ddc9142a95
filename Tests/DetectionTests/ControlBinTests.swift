import Testing
import Verdict

@testable import Detection

/// In how many seconds of a silence a control was surely answered: Fisher's test is made of that number.
@Suite struct ControlBinTests {
  /// A control that was answered once a second, or every so many, 30 ms after each request.
  private func control(_ trials: Int, every seconds: Int64 = 1, knowsFirst: Bool = true) -> Neighbor {
    let last = start + Int64(trials - 1) * seconds * second + 30_000_000
    var control = Neighbor(
      position: 0, client: client, server: other, port: 3_478, transport: .udp, first: start, lastAnswer: last,
      trials: trials, longestGap: seconds * second)
    if knowsFirst { control.firstAnswer = start + 30_000_000 }
    return control
  }

  private func trials(_ control: Neighbor, _ from: Double, _ to: Double) -> Int {
    control.trials(in: TimeWindow(first: start + Int64(from * 1e9), last: start + Int64(to * 1e9)))
  }

  @Test func noMoreThanWereAnsweredWithin() {
    let ticking = control(65)
    #expect(trials(ticking, 0.4, 7) == 6, "at 1.03 to 6.03 s")
    #expect(trials(ticking, 0, 64.1) == 65)
    #expect(trials(ticking, 10.5, 20.5) <= 10)
    #expect(trials(ticking, 70, 80) == 0)
  }

  /// A control that begins a moment before the silence: its first answer came within it.
  @Test func allThatWereAnsweredWithin() {
    #expect(trials(control(4, every: 10), 0.0004, 32.5) == 4)
    #expect(trials(control(4, every: 10, knowsFirst: false), 0.0004, 32.5) == 3, "it may have come before")
    #expect(trials(control(9, every: 5), 0.01, 60) == 9)
  }

  /// A connection whose SYN was repeated through a dead line and answered behind it went through no silence.
  @Test func aSYNThatWaitedShowsNoArrival() {
    func arrives(knowsFirst: Bool) -> Bool {
      var around = Surroundings(drops: 0)
      var late = Neighbor(
        position: 0, client: client, server: other, port: 443, transport: .tcp, first: start + 2 * second,
        lastAnswer: start + 60 * second, trials: 1, longestGap: second / 2)
      if knowsFirst { late.firstAnswer = start + 40 * second }
      around.add(late)
      let silence = TimeWindow(first: start + 5 * second, last: start + 38 * second)
      #expect((late.trials(in: silence) > 0) == !knowsFirst)
      return around.hasArrival(at: client, from: server, in: silence, margin: second)
    }
    #expect(arrives(knowsFirst: false) && !arrives(knowsFirst: true))
  }

  /// What a window cannot hold is not counted, whatever its place.
  @Test func neverMoreThanThereWere() {
    for every in [Int64(1), 3, 10] {
      let control = control(12, every: every)
      for from in stride(from: 0.0, through: 60, by: 0.7) {
        for length in [0.5, 3.2, 9.9, 31] {
          let real = (0..<12).count { answer in
            let time = Double(Int64(answer) * every) + 0.03
            return time >= from && time <= from + length
          }
          #expect(trials(control, from, from + length) <= real, "\(every) \(from) \(length)")
        }
      }
    }
  }
}
