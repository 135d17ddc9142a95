import Flow
import Synth
import Testing

/// RTP after RFC 3550 A.1, A.3 and A.8, with numbers worked by hand.
@Suite struct MediaStreamTests {
  private typealias Stream = Flow.MediaStream

  private func stream(_ first: UInt16, payloadType: UInt8 = 0, timestamp: UInt32 = 0) -> Stream {
    Stream(
      ssrc: 7, side: 0, payloadType: payloadType, sequence: first, timestamp: timestamp, time: 0, bytes: 200, frame: 0)
  }

  /// Packets of 20 ms of G.711, on time, with the given numbers.
  private func fed(_ numbers: [UInt16], payloadType: UInt8 = 0) -> Stream {
    var result = stream(numbers[0], payloadType: payloadType)
    for (index, number) in numbers.enumerated().dropFirst() {
      result.observe(
        payloadType: payloadType, marker: false, sequence: number, timestamp: UInt32(index) * 160,
        time: Int64(index) * 20 * millisecond, bytes: 200, maximumStep: 100)
    }
    return result
  }

  @Test func aWholeStreamLosesNothing() {
    let whole = fed((0..<100).map { UInt16($0) })
    #expect(whole.expected == 100 && whole.packets == 100 && whole.lost == 0)
    #expect(whole.outOfOrder == 0 && whole.duplicates == 0 && whole.restarts == 0)
    #expect(whole.bytes == 20_000)
    #expect(whole.isConfirmed(2))
  }

  @Test func numbersWrapWithoutLoss() {
    let wrapped = fed((0..<200).map { UInt16(truncatingIfNeeded: 65_450 + $0) })
    #expect(wrapped.expected == 200 && wrapped.lost == 0 && wrapped.outOfOrder == 0 && wrapped.restarts == 0)
    // With the gap right at the wrap.
    let gap = fed([65_533, 65_534, 2, 3])
    #expect(gap.expected == 7 && gap.lost == 3)
  }

  @Test func lateAndDoubledPacketsAreNoLoss() {
    let late = fed([10, 11, 13, 12, 14])
    #expect(late.expected == 5 && late.lost == 0 && late.outOfOrder == 1 && late.duplicates == 0)
    let doubled = fed([10, 11, 11, 12, 10])
    #expect(doubled.expected == 3 && doubled.packets == 5 && doubled.duplicates == 2 && doubled.lost == 0)
    // A duplicate hides no loss: 12 never came.
    let both = fed([10, 11, 11, 13])
    #expect(both.expected == 4 && both.duplicates == 1 && both.lost == 1)
    // Late across the wrap.
    let wrapped = fed([65_534, 0, 65_535, 1])
    #expect(wrapped.expected == 4 && wrapped.lost == 0 && wrapped.outOfOrder == 1)
  }

  @Test func aLatePacketAfterManyIsStillTold() {
    var numbers = (0..<64).map { UInt16($0) }
    numbers.remove(at: 1)  // 1 is missing, then comes 62 packets later
    let late = fed(numbers + [1])
    #expect(late.outOfOrder == 1 && late.lost == 0)
    let doubled = fed((0..<64).map { UInt16($0) } + [0])
    #expect(doubled.duplicates == 1 && doubled.lost == 0)
  }

  @Test func aJumpBeyondMaximumDropoutIsARestart() {
    let jumped = fed([100, 101, 102, 20_000, 20_001])
    #expect(jumped.restarts == 1 && jumped.expected == 5 && jumped.lost == 0)
    let back = fed([20_000, 20_001, 100, 101])
    #expect(back.restarts == 1 && back.expected == 4 && back.lost == 0)
    let dropout = fed([100, 3_100], payloadType: 111)  // 3,000 is not beyond
    #expect(dropout.restarts == 0 && dropout.lost == 2_999)
  }

  /// 8 s of G.711, then a packet with a number and a time stamp so much further on, that much later, s.
  private func jumped(_ step: Int, _ stamp: Double, after pause: Double) -> Stream {
    var result = fed((0..<400).map { UInt16($0) })
    result.observe(
      payloadType: 0, marker: false, sequence: UInt16(truncatingIfNeeded: 399 + step),
      timestamp: 399 * 160 &+ UInt32(truncatingIfNeeded: Int(stamp * 8_000)),
      time: 399 * 20 * millisecond + Int64(pause * 1e9), bytes: 200, maximumStep: 100)
    return result
  }

  @Test(arguments: [(3_500, 70.0), (3_500, 66.0), (20_000, 400.0), (40_000, 800.0)])
  func aJumpOnTheSendersClockOverAPauseAsLongIsLoss(step: Int, pause: Double) {
    let hole = jumped(step, 0.02 * Double(step), after: pause)
    #expect(hole.restarts == 0 && hole.skipped == UInt32(step - 1) && hole.lost == UInt64(step - 1))
    #expect(hole.expected == UInt64(400 + step))
  }

  @Test func aJumpIsARestartWhereClockOrPauseDoNotHoldIt() {
    // The time stamps begin anew as well.
    #expect(jumped(3_500, 12_345, after: 70).restarts == 1)
    // They go on, and no time has passed in which so many could have been sent.
    let renumbered = jumped(3_500, 0.02, after: 0.02)
    #expect(renumbered.restarts == 1 && renumbered.lost == 0 && renumbered.skipped == 0)
    // The sender was silent, and its clock went on.
    #expect(jumped(20_000, 70, after: 70).restarts == 1)
    // No clock is known.
    var unknown = stream(100, payloadType: 111)
    unknown.observe(
      payloadType: 111, marker: false, sequence: 5_000, timestamp: 4_900 * 960, time: 98_000 * millisecond, bytes: 200,
      maximumStep: 100)
    #expect(unknown.restarts == 1 && unknown.lost == 0)
  }

  /// Another source in the stream's place: the time stamps of so many packets are missing with them, went back, or are ahead of
  /// their time.
  @Test(arguments: [(37, 0.1, 0.1), (700, 0.02, 0.02), (700, 14.0, 0.06), (700, 9_999, 0.06), (90, -5.0, 0.06)])
  func aStepThatTheTimeStampsBelieIsNoLoss(step: Int, stamp: Double, pause: Double) {
    let spliced = jumped(step, stamp, after: pause)
    #expect(spliced.restarts == 1 && spliced.lost == 0 && spliced.packets == 401)
    #expect(spliced.transit == 0, "its clock says nothing of a queue")
  }

  @Test func aStepOnTheSendersClockIsLoss() {
    #expect(jumped(300, 6, after: 6).lost == 299)
    #expect(jumped(20, 0.02, after: 0.02).lost == 19, "so few may be anything")
    #expect(jumped(150, 1, after: 1).lost == 149, "packets of 5 ms and more")
    // 1 s stood in a queue that then lost as much: nothing came between, and the time stamps went on.
    var full = fed((0..<400).map { UInt16($0) })
    let end = 399 * 20 * millisecond
    func take(_ number: Int, after pause: Int64) {
      full.observe(
        payloadType: 0, marker: false, sequence: UInt16(number), timestamp: UInt32(number * 160), time: end + pause,
        bytes: 200, maximumStep: 100)
    }
    for number in 400..<450 { take(number, after: 2_000 * millisecond) }
    take(500, after: 2_020 * millisecond)
    #expect(full.restarts == 0 && full.lost == 50)
  }

  @Test func confirmationTakesSmallForwardSteps() {
    #expect(!fed([1, 2]).isConfirmed(2))
    #expect(fed([1, 2, 3]).isConfirmed(2))
    #expect(!fed([1, 300, 900, 1_500]).isConfirmed(2))
    #expect(!fed([9, 8, 7, 6, 5]).isConfirmed(2))
  }

  /// RFC 3550 A.8 by hand: on time, 8 ms late, on time again.
  @Test func jitterIsTheRunningEstimateInMilliseconds() {
    var late = stream(1)
    late.observe(
      payloadType: 0, marker: false, sequence: 2, timestamp: 160, time: 20 * millisecond, bytes: 200, maximumStep: 100)
    #expect(late.jitter == 0)
    late.observe(
      payloadType: 0, marker: true, sequence: 3, timestamp: 320, time: 48 * millisecond, bytes: 200, maximumStep: 100)
    #expect(late.jitter == 0.5)  // 8 / 16
    late.observe(
      payloadType: 0, marker: false, sequence: 4, timestamp: 480, time: 60 * millisecond, bytes: 200, maximumStep: 100)
    #expect(late.jitter == 0.96875)  // 0.5 + (8 - 0.5) / 16
    #expect(late.jitterMaximum == 0.96875)
    #expect(late.jitterCount == 3)
    #expect(late.jitterSum == 1.46875)
    #expect(late.markers == 1)
  }

  @Test func jitterSkipsLatePacketsAndSurvivesATimestampWrap() {
    var late = stream(1, timestamp: 0xFFFF_FF60)
    late.observe(
      payloadType: 0, marker: false, sequence: 3, timestamp: 160, time: 40 * millisecond, bytes: 200, maximumStep: 100)
    #expect(late.jitter == 0)
    // Number 2, late: its arrival says nothing of the path's variation at its place.
    late.observe(
      payloadType: 0, marker: false, sequence: 2, timestamp: 0, time: 41 * millisecond, bytes: 200, maximumStep: 100)
    #expect(late.jitterCount == 1 && late.jitter == 0)
  }

  @Test(arguments: [UInt32(8_000), 16_000, 24_000, 48_000, 90_000]) func aDynamicTypesClockIsInferred(rate: UInt32) {
    var opus = stream(0, payloadType: 111)
    #expect(opus.clockRate == 0)
    for index in 1..<60 {
      // 3 ms of alternating delay is not 10 % over a second.
      let time = Int64(index) * 20 * millisecond + (index % 2 == 0 ? 3 * millisecond : 0)
      opus.observe(
        payloadType: 111, marker: false, sequence: UInt16(index), timestamp: UInt32(index) * rate / 50, time: time,
        bytes: 200, maximumStep: 100)
    }
    #expect(opus.clockRate == rate && opus.finalClock == rate)
    #expect(opus.jitterCount > 0)
  }

  @Test func aShortStreamsClockComesFromItsWholeSpan() {
    let short = { () -> Stream in
      var opus = self.stream(0, payloadType: 111)
      for index in 1..<10 {
        opus.observe(
          payloadType: 111, marker: false, sequence: UInt16(index), timestamp: UInt32(index) * 960,
          time: Int64(index) * 20 * millisecond, bytes: 200, maximumStep: 100)
      }
      return opus
    }()
    #expect(short.clockRate == 0 && short.finalClock == 48_000)
    // A clock that nobody uses stays unknown: 3 kHz.
    var odd = stream(0, payloadType: 99)
    for index in 1..<50 {
      odd.observe(
        payloadType: 99, marker: false, sequence: UInt16(index), timestamp: UInt32(index) * 60,
        time: Int64(index) * 20 * millisecond, bytes: 200, maximumStep: 100)
    }
    #expect(odd.finalClock == 0 && odd.jitterCount == 0)
  }

  @Test func staticClocksAreThoseOfRFC3551() {
    for (type, rate) in [
      (0, 8_000), (8, 8_000), (9, 8_000), (6, 16_000), (10, 44_100), (11, 44_100), (14, 90_000), (16, 11_025),
      (17, 22_050), (18, 8_000), (34, 90_000), (96, 0), (1, 0), (72, 0),
    ] {
      #expect(Stream.staticClock(UInt8(type)) == UInt32(rate), "type \(type)")
    }
  }

  /// Against a list of what was received, kept whole.
  @Test(arguments: [UInt64(1), 2, 3]) func lossAgreesWithASet(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let start = generator.number(in: 0...65_535)
    var received = stream(UInt16(start))
    var known: Set<Int> = [start]
    var highest = start
    var packets = 1
    var duplicates = 0
    var sent: [Int] = []
    for number in 1...5_000 where !generator.occurs(with: 0.1) {
      sent.append(start + number)
      if generator.occurs(with: 0.02) { sent.append(start + number) }
      if generator.occurs(with: 0.05), sent.count > 2 { sent.swapAt(sent.count - 1, sent.count - 2) }
    }
    for (index, number) in sent.enumerated() {
      received.observe(
        payloadType: 0, marker: false, sequence: UInt16(truncatingIfNeeded: number), timestamp: UInt32(number) &* 160,
        time: Int64(index) * 20 * millisecond, bytes: 200, maximumStep: 100)
      packets += 1
      if !known.insert(number).inserted { duplicates += 1 }
      highest = max(highest, number)
    }
    #expect(received.packets == UInt32(packets), "seed \(seed)")
    #expect(received.duplicates == UInt32(duplicates), "seed \(seed)")
    #expect(received.expected == UInt64(highest - start + 1), "seed \(seed)")
    #expect(received.lost == UInt64(highest - start + 1 - known.count), "seed \(seed)")
  }
}
