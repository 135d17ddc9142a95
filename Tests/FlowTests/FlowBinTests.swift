import Flow
import Testing

/// What a flow sent by time: complete, ordered and bounded.
@Suite struct FlowBinTests {
  @Test func packetsFallIntoBinsOf100Milliseconds() {
    var bins = FlowBins()
    bins.begin(0)
    for time in [0, 50, 99, 100, 1_000] as [Int64] { bins.note(0, side: 0, elapsed: time * 1_000_000, bytes: 100) }
    bins.note(0, side: 1, elapsed: 0, bytes: 40)
    let (width, up) = bins.bins(of: 0, side: 0)
    #expect(width == 100_000_000)
    #expect(up.map(\.number) == [0, 1, 10])
    #expect(up.map(\.packets) == [3, 1, 1])
    #expect(bins.bins(of: 0, side: 1).bins.map(\.bytes) == [40])
  }

  @Test func aLongFlowGetsWiderBinsAndLosesNothing() {
    var bins = FlowBins()
    bins.begin(3)
    for second in 0..<20_000 as Range<Int64> { bins.note(3, side: 1, elapsed: second * 1_000_000_000, bytes: 7) }
    let (width, list) = bins.bins(of: 3, side: 1)
    #expect(list.count <= Int(FlowBins.limit))
    #expect(list.reduce(0) { $0 + $1.bytes } == 140_000)
    #expect(zip(list, list.dropFirst()).allSatisfy { $0.number < $1.number })
    #expect(Int64(list[list.count - 1].number) == 19_999 * 1_000_000_000 / width)
  }

  @Test func aPacketFromThePastCountsInTheLatestBin() {
    var bins = FlowBins()
    bins.begin(0)
    bins.note(0, side: 0, elapsed: 500_000_000, bytes: 1)
    bins.note(0, side: 0, elapsed: -1, bytes: 1)
    #expect(bins.bins(of: 0, side: 0).bins.map(\.packets) == [2])
  }

  @Test func aRecordThatIsUsedAgainBeginsEmpty() {
    var bins = FlowBins()
    bins.begin(0)
    bins.note(0, side: 0, elapsed: 0, bytes: 1)
    bins.begin(0)
    #expect(bins.bins(of: 0, side: 0).bins.isEmpty)
  }
}
