import Flow
import Synth
import TestSupport
import Testing
import Wire

/// Packets captured twice, clocks found late, and the rooms for round trips, cadences and losses.
@Suite struct TwinTests {
  private typealias Stream = Flow.MediaStream

  /// Opus of 20 ms by the order of its packets' numbers; each comes `copies` times, 0.1 ms apart.
  private func opus(_ numbers: [Int], copies: Int = 1) -> Stream {
    var result = Stream(
      ssrc: 7, side: 0, payloadType: 111, sequence: UInt16(numbers[0]), timestamp: UInt32(numbers[0]) * 960, time: 0,
      bytes: 120, frame: 0)
    for (index, number) in numbers.enumerated() {
      for copy in 0..<copies where index > 0 || copy > 0 {
        result.observe(
          payloadType: 111, marker: false, sequence: UInt16(number), timestamp: UInt32(number) * 960,
          time: Int64(index) * 20 * millisecond + Int64(copy) * 100_000, bytes: 120, maximumStep: 100)
      }
    }
    return result
  }

  @Test func aClockIsFoundThoughThe32ndPacketCameLate() {
    #expect(opus(Array(0..<40)).clockRate == 48_000)
    var numbers = Array(0..<100)
    numbers.swapAt(31, 32)
    numbers.swapAt(30, 31)
    let late = opus(numbers)
    #expect(late.clockRate == 48_000 && late.lost == 0)
    #expect(late.jitterCount > 20)
  }

  @Test func packetsCapturedTwiceAreCountedAndHideNoClock() {
    let twice = opus(Array(0..<100), copies: 2)
    #expect(twice.twins == 100 && twice.duplicates == 100 && twice.lost == 0)
    #expect(twice.twinBytes == 12_000 && twice.clockRate == 48_000)
    // What a sender repeats a packet time later is no copy of the capture's.
    #expect(opus([0, 1, 1, 2, 2, 3]).twins == 0)
  }

  @Test func aSegmentCapturedTwiceIsNoRetransmission() {
    func retransmissions(_ identification: UInt16, after wait: Int64) -> (UInt32, UInt16) {
      var state = TCPState(firstFrame: 1)
      var frame: UInt64 = 0
      func send(_ packet: Packet, _ time: Int64) {
        var packet = packet
        frame += 1
        _ = state.observe(&packet, side: 0, time: time, flowStart: 0, frame: frame, reorderWindow: 3_000_000)
      }
      var packet = Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 1, length: 500)
      packet.identification = 77
      send(packet, 0)
      packet.identification = identification
      send(packet, wait)
      return (state.sides[0].retransmissions, state.sides[0].twins)
    }
    #expect(retransmissions(77, after: 100_000) == (0, 1))
    #expect(retransmissions(78, after: 100_000) == (1, 0), "another identification: sent again")
    #expect(retransmissions(77, after: 200_000_000) == (1, 0), "much later: sent again")
  }

  /// A mirror of two ports holds every segment twice, the copy behind others of the same window.
  @Test func copiesBehindOthersAreNoRetransmissions() {
    func retransmissions(apart: Int, isRepeated: Bool, isNumbered: Bool = true) -> (UInt32, UInt16) {
      var state = TCPState(firstFrame: 1)
      var recent = RecentSegments()
      var frame: UInt64 = 0
      func send(_ number: Int, _ time: Int64, identification: UInt16) {
        var packet = Packet.tcp([.ack], sequence: 1_001 &+ UInt32(number * 1_000), acknowledgment: 1, length: 1_000)
        // What is left of another packet in the room that this one was read into.
        packet.timestampValue = UInt32(frame)
        packet.identification = isNumbered ? identification : 0
        frame += 1
        guard !state.isCopied(&packet, 5, 0, time, &recent) else { return }
        _ = state.observe(&packet, side: 0, time: time, flowStart: 0, frame: frame, reorderWindow: 3_000_000)
      }
      for number in 0..<(100 + apart) {
        let time = Int64(number) * 100_000
        if number < 100 { send(number, time, identification: UInt16(number + 1)) }
        if number >= apart {
          send(number - apart, time + 20_000, identification: UInt16(number - apart + (isRepeated ? 501 : 1)))
        }
      }
      return (state.sides[0].retransmissions, state.sides[0].twins)
    }
    #expect(retransmissions(apart: 3, isRepeated: false) == (0, 100))
    #expect(retransmissions(apart: 40, isRepeated: false) == (0, 100))
    #expect(retransmissions(apart: 3, isRepeated: true) == (100, 0), "numbered anew: sent again")
    #expect(retransmissions(apart: 60, isRepeated: false) == (0, 100), "6 ms later, as on two ports of a router")
    #expect(retransmissions(apart: 1_600, isRepeated: false) == (100, 0), "160 ms later: sent again")
    #expect(retransmissions(apart: 3, isRepeated: false, isNumbered: false) == (99, 1), "nothing tells them apart")
  }

  /// Captures of both ends in one file: every copy as much later as it travelled. A repeat has a time stamp of its own.
  @Test(arguments: [(20, false, 0), (400, false, 0), (20, true, 100), (2_500, false, 0), (90_000, false, 100)])
  func copiesOfAnotherCapturePointAreNoRetransmissions(lag: Int64, isRepeated: Bool, wanted: UInt32) {
    var state = TCPState(firstFrame: 1)
    var recent = RecentSegments()
    var sends: [(time: Int64, number: Int, isCopy: Bool)] = []
    for number in 0..<100 {
      sends.append((Int64(number) * 10 * millisecond, number, false))
      sends.append(((Int64(number) * 10 + lag) * millisecond, number, true))
    }
    for (frame, send) in sends.sorted(by: { $0.time < $1.time }).enumerated() {
      var packet = Packet.tcp(
        [.ack], sequence: 1_001 &+ UInt32(send.number * 1_000), acknowledgment: 1, length: 1_000,
        identification: UInt16(send.number + 1), timestamps: true)
      packet.timestampValue = UInt32(7_000 + send.number * 10 + (send.isCopy && isRepeated ? Int(lag) : 0))
      guard !state.isCopied(&packet, 5, 0, send.time, &recent) else { continue }
      _ = state.observe(
        &packet, side: 0, time: send.time, flowStart: 0, frame: UInt64(frame + 1), reorderWindow: 3 * millisecond)
    }
    #expect(state.sides[0].retransmissions == wanted && state.sides[0].twins == (wanted == 0 ? 100 : 0))
  }

  /// Both sides of a router over IPv6, whose queue holds every packet for longer than a copy takes; the client has no time stamps.
  @Test(arguments: [(20, 1, 0), (400, 1, 0), (400, 0, 398)])
  func unnumberedCopiesBehindARouterAreNoRetransmissions(lag: Int64, hops: UInt8, wanted: UInt32) {
    var state = TCPState(firstFrame: 1)
    var recent = RecentSegments()
    var sends: [(time: Int64, number: Int, isCopy: Bool)] = []
    for number in 0..<400 {
      sends.append((Int64(number) * 10 * millisecond, number, false))
      // The queue is empty at first.
      sends.append(((Int64(number) * 10 + (number < 2 ? 1 : lag)) * millisecond, number, true))
    }
    for (frame, send) in sends.sorted(by: { $0.time < $1.time }).enumerated() {
      var packet = Packet.tcp(
        [.ack], sequence: 1_001 &+ UInt32(send.number * 1_000), acknowledgment: 1, length: 1_000, identification: 0)
      packet.timeToLive = 64 - (send.isCopy ? hops : 0)
      packet.timestampValue = UInt32(frame)
      guard !state.isCopied(&packet, 5, 0, send.time, &recent) else { continue }
      _ = state.observe(
        &packet, side: 0, time: send.time, flowStart: 0, frame: UInt64(frame + 1), reorderWindow: 3 * millisecond)
    }
    #expect(state.sides[0].retransmissions == wanted && state.sides[0].twins == 400 - UInt16(wanted))
  }

  @Test func copiesBehindOthersOfTheSamePictureAreTheCaptures() {
    var picture = Stream(
      ssrc: 7, side: 0, payloadType: 96, sequence: 0, timestamp: 0, time: 0, bytes: 1_200, frame: 0)
    for number in 1..<120 {
      let frame = number / 6
      for place in [number, number - 2] where place >= 0 && place / 6 == frame {
        picture.observe(
          payloadType: 96, marker: place % 6 == 5, sequence: UInt16(place), timestamp: UInt32(frame) * 3_000,
          time: Int64(frame) * 33_000_000 + Int64(number % 6) * 50_000 + (place == number ? 0 : 20_000), bytes: 1_200,
          maximumStep: 100)
      }
    }
    #expect(picture.duplicates > 70 && picture.twins == picture.duplicates)
  }

  @Test func roundTripsAreSpreadOverTheWholeFlow() {
    var trips = RoundTrips()
    for number in 0..<1_000 { trips.note(at: Int64(number) * 1_000_000_000, 20_000_000) }
    let samples = trips.samples
    #expect(samples.count >= RoundTrips.limit / 2 && samples.count <= RoundTrips.limit)
    #expect(samples.allSatisfy { $0.milliseconds == 20 })
    #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time })
    #expect((samples.last?.time ?? 0) > 900_000_000_000)
  }

  @Test func lossesCountFromTheFirstToTheLastOfThem() {
    var pattern = LossPattern()
    for number in 0..<1_000 {
      pattern.note(isLost: number >= 300 && number < 700 && number % 10 < 2, time: Int64(number) * 20_000_000)
    }
    let closed = pattern.closed()
    #expect(closed.sums.lost == 80 && closed.runs == 40)
    #expect(closed.sums.offered >= 392 && closed.sums.offered <= 450)
    #expect(closed.first == 6_000_000_000 && closed.last == 691 * 20_000_000)
  }
}
