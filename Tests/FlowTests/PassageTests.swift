import Flow
import Testing

/// What is kept of a call's direction: bounded, and what it adds up to.
@Suite struct PassageTests {
  /// Feeds packets of so many bytes every 20 ms; `step` says how far each leads.
  private func feed(_ count: Int, bytes: UInt64 = 100, _ step: (Int) -> Int32) -> (
    passages: [PassageRecord], state: MediaPassage
  ) {
    var passages = MediaPassages()
    let index = passages.begin(at: 0, bytes: 0)
    var due = Int64.min
    for number in 1...count {
      let time = Int64(number) * 20_000_000
      guard step(number) > 1 || time >= due else { continue }
      due = passages.note(
        index, time: time, bytes: UInt64(number) * bytes, step: step(number),
        markers: PassageRecord.Markers(before: number % 2 == 1, last: number % 2 == 0), stream: 0,
        transit: Float(number % 5), largest: 100, frame: UInt32(number))
    }
    return (passages.records(of: index), passages[index])
  }

  @Test func withoutLossItIsBinsOf200Milliseconds() {
    let (records, state) = feed(1000) { _ in 1 }
    #expect(records.count == 101 || records.count == 100)
    #expect(state.lost == 0)
    #expect(records.allSatisfy { $0.lost == 0 })
  }

  @Test func nearALossEveryPacketHasItsRecord() {
    let (records, state) = feed(1000) { $0 == 500 ? 3 : 1 }
    #expect(records.filter { $0.lost == 2 }.count == 1)
    #expect(records.count > 300)
    #expect(state.lost == 2 && state.frameCount == 1)
  }

  @Test func theMarkersAroundALossAreKept() {
    let (records, _) = feed(1000) { $0 == 501 ? 3 : 1 }
    let loss = records.first { $0.lost > 0 }
    #expect(loss?.lost == 2 && loss?.markers.before == true && loss?.markers.last == false)
    let (others, _) = feed(1000) { $0 == 500 ? 3 : 1 }
    #expect(others.first { $0.lost > 0 }?.markers.before == false)
  }

  /// A loss long before the others is a stray: what came until they began shows how large packets were.
  @Test func aStrayLossIsNotTheBeginning() {
    var passages = MediaPassages()
    let index = passages.begin(at: 0, bytes: 0)
    for number in 1...2_000 {
      // From the 1,000th on, 20 s after the stray, every second packet is missing and small ones come through alone.
      let isLost = number == 10 || number >= 1_000 && number % 2 == 0
      _ = passages.note(
        index, time: Int64(number) * 20_000_000, bytes: UInt64(number) * 100, step: isLost ? 2 : 1,
        markers: PassageRecord.Markers(), stream: 0, transit: 0,
        largest: number < 100 ? 200 : number < 1_000 ? 1_200 : 150, frame: UInt32(number))
    }
    #expect(passages[index].largestBefore == 1_200)
    #expect(passages[index].largestAfter == 150)
  }

  /// Ordinary losses come before large packets cease to come: what was lost since the last of them is counted apart.
  @Test func lossesSinceTheLastLargePacketAreCounted() {
    var passages = MediaPassages()
    let index = passages.begin(at: 0, bytes: 0)
    for number in 1...2_000 {
      let isLost = number % 100 == 0 || number > 1_000 && number % 2 == 0
      _ = passages.note(
        index, time: Int64(number) * 20_000_000, bytes: UInt64(number) * 100, step: isLost ? 2 : 1,
        markers: PassageRecord.Markers(), stream: 0, transit: 0,
        largest: number <= 1_000 && number % 5 == 0 ? 1_200 : 150, frame: UInt32(number))
    }
    #expect(passages[index].largestAfter == 1_200)
    #expect(passages[index].peak == 1_200 && passages[index].largestSince == 150)
    #expect(passages[index].largeTime == 2_000_000)
    #expect(passages[index].lost == 510 && passages[index].lost - passages[index].largeLost == 501)
  }

  /// When the room is full, what came soon behind a packet shares its record, and a pause begins another one.
  @Test func packetsInARowAreJoined() {
    var passages = MediaPassages()
    let index = passages.begin(at: 0, bytes: 0)
    var bytes: UInt64 = 0
    // Bursts of five packets 1 ms apart, each 100 ms; the last of every tenth is missing.
    for number in 0..<20_000 {
      let (burst, place) = (number / 5, number % 5)
      bytes += 100
      _ = passages.note(
        index, time: Int64(burst) * 100_000_000 + Int64(place) * 1_000_000, bytes: bytes,
        step: place == 0 && burst % 10 == 0 ? 2 : 1, markers: PassageRecord.Markers(), stream: 0, transit: 0,
        largest: 100, frame: UInt32(number))
    }
    let records = passages.records(of: index)
    #expect(passages[index].width > 0)
    // A burst is one record, and one more where the gap before it is kept.
    #expect(records.count(where: { $0.bytes == 500 }) > 3_000)
    #expect(records.allSatisfy { $0.bytes <= 500 })
    #expect(records.reduce(0) { $0 + UInt64($1.bytes) } == bytes)
  }

  @Test func bytesAddUpHoweverLongTheCall() {
    let (records, state) = feed(200_000) { $0 % 97 == 0 ? 2 : 1 }
    #expect(records.count <= Int(MediaPassage.limit))
    let sum = records.reduce(0) { $0 + Int($1.bytes) }
    #expect(!state.isComplete ? sum > 199_000 * 100 : sum > 0)
    #expect(zip(records, records.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  /// 1,000 bytes every 20 ms are 400 kbit/s: the place from 362 kbit/s on. Small packets are not counted.
  @Test func ratesOfLargePacketsAreCountedBeforeRecordsAreJoined() {
    let (_, short) = feed(3_000, bytes: 1_000) { $0 % 97 == 0 ? 2 : 1 }
    #expect((0..<16).allSatisfy { short.spacings[$0] == 0 }, "nothing was joined yet")
    let (_, long) = feed(200_000, bytes: 1_000) { $0 % 97 == 0 ? 2 : 1 }
    #expect(long.isCoarse && MediaPassage.spacingRate(7) == 362_040)
    #expect(long.spacings[7] > 3_900 && long.slow == 0)
    #expect((0..<16).allSatisfy { $0 == 7 || long.spacings[$0] == 0 })
    let (_, small) = feed(200_000) { $0 % 97 == 0 ? 2 : 1 }
    #expect((0..<16).reduce(0) { $0 + small.spacings[$1] } <= 1, "a bin that the first loss ends early looks like one")
  }

  @Test func aCallThatLosesAllTheTimeIsComplete() {
    let (records, state) = feed(20_000) { _ in 2 }
    #expect(state.isComplete)
    #expect(records.count <= Int(MediaPassage.limit))
  }

  @Test func listsShrinkInTheirRoom() {
    var runs = Runs<UInt32>(blank: 0)
    var list = RunList()
    for number in 0..<1000 { runs.append(UInt32(number), to: &list) }
    runs.fold(&list) { last, next in
      guard next % 10 != 0 else { return false }
      last += next
      return true
    }
    #expect(list.count == 100)
    #expect(runs.records(of: list).reduce(0, +) == 499_500)
    runs.clear(&list)
    #expect(runs.records(of: list).isEmpty)
    runs.append(7, to: &list)
    #expect(runs.records(of: list) == [7])
  }
}
