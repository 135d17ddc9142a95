import Settings
import Testing

@testable import Flow

/// What is chosen without a branch is what a branch would choose.
@Suite struct SidesTests {
  @Test(arguments: [0, 1]) func aSideIsLentBeforeTheOther(side: Int) {
    var sides = Sides<UInt32>(0)
    sides.first = 10
    sides.second = 20
    sides.lend(from: side) { mine, theirs in
      #expect((mine, theirs) == (side == 0 ? (10, 20) : (20, 10)))
      mine = 1
      theirs = 2
    }
    #expect((sides.first, sides.second) == (side == 0 ? (1, 2) : (2, 1)))
  }

  @Test func valuesOfAnySizeAreLentWhole() {
    var sides = Sides(UDPSide())
    #expect(MemoryLayout<Sides<UDPSide>>.offset(of: \.second) == MemoryLayout<UDPSide>.stride)
    sides.lend(from: 1) { mine, _ in
      mine.run = 7
      mine.stream = 3
    }
    #expect((sides.first.run, sides.second.run, sides.second.stream) == (0, 7, 3))
  }

  @Test func allBitsOrNone() {
    #expect(UInt32(0).isSet == (0, 0))
    for count in [1, 2, .max] as [UInt32] { #expect(count.isSet == (.max, .max)) }
  }

  /// What each side asked and answered, packet by packet, in both orders of the sides.
  @Test(arguments: [0, 1]) func runsBeginWhereTheOtherSideSpoke(first: Int) {
    var state = UDPState(firstFrame: 100)
    let times = SilenceTimes(Thresholds().silence)
    let (second, start) = (1 - first, Int64(5_000_000_000))
    func take(_ side: Int, _ milliseconds: Int64, _ frame: UInt64) {
      state.observe(side: side, time: start + milliseconds * 1_000_000, start: start, frame: frame, times)
    }
    take(first, 0, 100)
    take(first, 20, 101)
    take(first, 1_500, 102)
    let asked = state.sides[first]
    #expect((asked.run, asked.runFrame, asked.runBins, asked.runStart) == (3, 0, 2, start))
    #expect(asked.longestGap == 1_480_000_000 && asked.longestWait == 0)
    take(second, 1_600, 103)
    #expect(state.sides[first].run == 0 && state.sides[first].runBins == 0)
    #expect((state.exchangeBins(by: second), state.exchangeBins(by: first)) == (1, 0))
    take(first, 3_600, 104)
    let again = state.sides[first]
    #expect((again.run, again.runFrame, again.runBins) == (1, 4, 1))
    #expect(again.runStart == start + 3_600_000_000)
    // The other side had been sending for two seconds of the pause.
    #expect(again.longestWait >> 20 == 2_000_000_000 >> 20)
    #expect(state.exchangeBins(by: first) == 1 && state.sides[second].run == 0)
  }

  @Test func packetsAndBytesAreCountedBySide() {
    var state = FlowState(
      a: 1, b: 2, ports: 3, kind: 17, marks: [], decoder: 0, packets: (0, 0), bytes: (0, 0), first: 0, last: 0,
      detail: 0,
      facts: FlowState.none)
    #expect(state.count(1, bytes: 40) == 40)
    #expect(state.count(0, bytes: 60) == 60)
    #expect(state.count(1, bytes: 2) == 42)
    #expect(state.packets == (1, 2) && state.bytes == (60, 42))
  }
}
