import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// The 19 patterns of SIGCOMM'23, in both directions (METHOD.md M1.2).
@Suite struct StageSignatureTests {
  private func signatures(_ connection: Connection, last: Int64) -> (client: StageSignature?, server: StageSignature?) {
    let quiet = thresholds.reset.silence.integer
    func signature(_ side: Int) -> StageSignature? {
      StageSignatures.signature(
        of: side, connection.state, connection.trace, last: start + last * 1_000_000, quiet: quiet)
    }
    return (signature(0), signature(1))
  }

  /// A connection whose opener has sent so many data segments; -1: nothing but its SYN.
  private func opened(_ segments: Int, acknowledged: Bool = true) -> Connection {
    if segments < 0 {
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
      return connection
    }
    var connection = Connection.established()
    for number in 0..<UInt32(segments) {
      connection.send(
        0, 50 + Double(number),
        Packet.tcp([.psh, .ack], sequence: 1_001 + number * 100, acknowledgment: 5_001, length: 100))
      if acknowledged {
        connection.send(
          1, 90 + Double(number),
          Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101 + number * 100, timeToLive: 53))
      }
    }
    return connection
  }

  private func reset(_ segments: Int, by side: Int, _ resets: [(flags: TCPFlags, acknowledgment: UInt32)])
    -> StageSignature?
  {
    var connection = opened(segments)
    for (number, reset) in resets.enumerated() {
      connection.send(
        side, 200 + Double(number),
        Packet.tcp(reset.flags, sequence: side == 0 ? 1_001 : 5_001, acknowledgment: reset.acknowledgment))
    }
    let both = signatures(connection, last: 210)
    #expect((side == 0 ? both.server : both.client) == nil, "the other side sent no reset and did not fall silent")
    return side == 0 ? both.client : both.server
  }

  private static let bare: TCPFlags = .rst
  private static let acknowledging: TCPFlags = [.rst, .ack]

  @Test(arguments: [0, 1]) func resetsAreNamedByStageFlagsAndNumber(side: Int) {
    let bare = (Self.bare, UInt32(0))
    let other = (Self.bare, UInt32(7))
    let both = (Self.acknowledging, UInt32(1_001))
    if side == 1 {
      #expect(reset(-1, by: 1, [bare]) == .synRST)
      #expect(reset(-1, by: 1, [bare, bare]) == .synRST)
      #expect(reset(-1, by: 1, [both, both]) == .synRSTACK)
      #expect(reset(-1, by: 1, [bare, both]) == .synRSTAndRSTACK)
    }
    #expect(reset(0, by: side, [bare]) == .ackRST)
    #expect(reset(0, by: side, [bare, bare]) == .ackRSTs)
    #expect(reset(0, by: side, [both]) == .ackRSTACK)
    #expect(reset(0, by: side, [both, both]) == .ackRSTACKs)
    #expect(reset(0, by: side, [bare, both]) == nil, "no pattern of the paper's")
    #expect(reset(1, by: side, [bare]) == .pshRST)
    #expect(reset(1, by: side, [both]) == .pshRSTACK)
    #expect(reset(1, by: side, [both, bare]) == .pshRSTAndRSTACK)
    #expect(reset(1, by: side, [both, both, both]) == .pshRSTACKs)
    #expect(reset(1, by: side, [other, other]) == .pshRSTsSameACK)
    #expect(reset(1, by: side, [other, (Self.bare, 9)]) == .pshRSTsOtherACK)
    #expect(reset(1, by: side, [other, bare]) == .pshRSTsZeroACK)
    #expect(reset(2, by: side, [bare]) == .dataRST)
    #expect(reset(3, by: side, [both]) == .dataRSTACK)
    #expect(reset(3, by: side, [both, bare]) == nil)
  }

  @Test func silenceIsNamedByStageOnceItLasts() {
    var server = opened(-1)
    for second in [1_000, 3_000, 7_000] { server.send(0, Double(second), Packet.tcp(.syn, sequence: 1_000)) }
    #expect(signatures(server, last: 7_000).server == .synNothing)
    #expect(signatures(server, last: 7_000).client == nil)
    #expect(signatures(opened(-1), last: 2_000).server == nil, "too soon")

    var hello = opened(1, acknowledged: false)
    for second in [300, 900, 2_100, 4_500] {
      hello.send(0, Double(second), Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    }
    #expect(signatures(hello, last: 4_500).server == .pshNothing)
    #expect(signatures(hello, last: 4_500).client == nil)

    // A client that is gone once the server has answered its SYN.
    var scanner = Connection()
    scanner.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    for second in [40, 1_040, 3_040, 7_040] {
      scanner.send(1, Double(second), Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 53))
    }
    #expect(signatures(scanner, last: 7_040).client == .synNothing)
    var gone = Connection.established()
    for second in [100, 1_000, 5_000] {
      gone.send(1, Double(second), Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 50, timeToLive: 53))
    }
    #expect(signatures(gone, last: 5_000).client == .ackNothing)
    var asked = opened(1)
    for second in [100, 1_000, 5_000] {
      asked.send(
        1, Double(second), Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 50, timeToLive: 53))
    }
    #expect(signatures(asked, last: 5_000).client == .pshNothing)
  }

  @Test func whatEndsInOrderHasNoPattern() {
    var closed = opened(1)
    closed.send(0, 200, Packet.tcp([.fin, .ack], sequence: 1_101, acknowledgment: 5_001))
    closed.send(1, 240, Packet.tcp([.fin, .ack], sequence: 5_001, acknowledgment: 1_102, timeToLive: 53))
    #expect(signatures(closed, last: 9_000) == (nil, nil))
    // Late data meet a socket that is gone: a reset behind a FIN ends nothing.
    closed.send(1, 250, Packet.tcp(.ack, sequence: 5_002, acknowledgment: 1_102, length: 100, timeToLive: 53))
    closed.send(0, 250.1, Packet.tcp(.rst, sequence: 1_102, window: 0, identification: 0))
    #expect(signatures(closed, last: 9_000) == (nil, nil))
    // Both idle: neither side waits for the other.
    #expect(signatures(opened(1), last: 91) == (nil, nil))
    // Began before the capture: its stage is not known.
    var middle = Connection()
    middle.send(0, 0, Packet.tcp([.psh, .ack], sequence: 1_000, acknowledgment: 5_000, length: 10))
    middle.send(1, 40, Packet.tcp([.rst, .ack], sequence: 5_000, acknowledgment: 1_010))
    #expect(signatures(middle, last: 40) == (nil, nil))
  }
}
