import Flow
import Synth
import TestSupport
import Testing
import Wire

/// Segments that others overtook by more than the capture's own disorder, and those that were sent again.
@Suite struct OvertakenTests {
  /// How the sender's own order shows.
  enum Order: CaseIterable {
    case counter, clock
  }

  /// 40 bursts of ten segments, 20 ms apart, each of which takes up to 10 ms longer than the others; of every burst one segment is
  /// lost and sent again a round trip later, if `isRepeated`.
  private func told(_ order: Order, isRepeated: Bool) -> TCPSide {
    var random = SeededGenerator(seed: 7)
    var conversation = Conversation.established(timestamps: order == .clock)
    // How far away the server is.
    conversation.send(
      0, 50, .tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 100, timestamps: order == .clock))
    for number in 0..<10 as Range<UInt16> {
      conversation.send(
        1, 90 + Double(number) / 10,
        .tcp(
          .ack, sequence: 5_001, acknowledgment: 1_101, identification: 90 + number, timestamps: order == .clock))
    }
    var sends: [(at: Double, sequence: UInt32)] = []
    for burst in 0..<40 {
      for place in 0..<10 {
        let at = 100 + 20 * Double(burst) + 0.01 * Double(place)
        let sequence = 5_001 + UInt32(1_000 * (10 * burst + place))
        sends.append((isRepeated && place == 4 ? at + 48 : at, sequence))
      }
    }
    sends.sort { $0.at < $1.at }
    var arrivals: [(at: Double, packet: Packet)] = []
    for (number, send) in sends.enumerated() {
      var packet = Packet.tcp(
        .ack, sequence: send.sequence, acknowledgment: 1_101, length: 1_000,
        identification: order == .counter ? UInt16(100 + number) : 0, timestamps: order == .clock)
      packet.timestampValue = UInt32(send.at)
      arrivals.append((send.at + Double(random.number(in: 0...10_000)) / 1_000, packet))
    }
    arrivals.sort { $0.at < $1.at }
    for arrival in arrivals { conversation.send(1, arrival.at, arrival.packet) }
    return conversation.state.sides[1]
  }

  @Test(arguments: Order.allCases) func whatWasOvertakenWasNotSentAgain(_ order: Order) {
    let side = told(order, isRepeated: false)
    #expect(side.retransmissions == 0 && side.outOfOrder > 40)
  }

  /// Alone in its moment, a repeat takes a number and a time of its own.
  @Test(arguments: Order.allCases) func whatWasSentAgainIsARepeatAllTheSame(_ order: Order) {
    let side = told(order, isRepeated: true)
    #expect(side.retransmissions >= 30)
  }

  /// A window of repeats goes out within one tick, and a slow line brings them 6 ms apart.
  @Test func repeatsOfOneTickAreRepeats() {
    var conversation = Conversation.established(timestamps: true)
    func send(_ milliseconds: Double, _ number: UInt32, tick: UInt32) -> SegmentKind {
      var packet = Packet.tcp(
        .ack, sequence: 5_001 + 1_000 * number, acknowledgment: 1_001, length: 1_000, timestamps: true)
      packet.timestampValue = tick
      return conversation.send(1, milliseconds, packet)
    }
    #expect(send(100, 0, tick: 100) == .new)
    #expect(send(101, 4, tick: 100) == .new)
    #expect(send(160, 1, tick: 160) == .retransmission)
    #expect(send(166, 2, tick: 160) == .retransmission)
    #expect(send(172, 3, tick: 160) == .retransmission)
  }
}
