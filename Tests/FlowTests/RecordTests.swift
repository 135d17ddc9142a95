import Flow
import TestSupport
import Testing
import Wire

/// TLS records of the responder, followed by their lengths.
@Suite struct RecordTests {
  /// A record of so many bytes behind its header.
  private static func record(_ length: Int) -> [UInt8] {
    [23, 3, 3, UInt8(length >> 8), UInt8(length & 0xFF)] + [UInt8](repeating: 0xAA, count: length)
  }

  /// What is owed after these segments of the responder; `captured` bytes of each.
  private func owed(
    _ segments: [(offset: Int, bytes: [UInt8])], captured: Int = .max, acknowledged: UInt32? = nil
  ) -> UInt16 {
    var conversation = Conversation.established()
    conversation.state.beginRecords()
    for (number, segment) in segments.enumerated() {
      let packet = Packet.tcp(
        .ack, sequence: UInt32(5_001 + segment.offset), acknowledgment: 1_001, length: Int32(segment.bytes.count),
        timeToLive: 53)
      conversation.send(1, 100 + Double(number), packet)
      if conversation.state.continuesRecords(at: packet.sequence, side: 1) {
        let part = Array(segment.bytes.prefix(captured))
        conversation.state.followRecords(part.span, wireLength: segment.bytes.count, at: packet.sequence)
      }
    }
    if let acknowledged {
      conversation.send(0, 200, .tcp(.ack, sequence: 1_001, acknowledgment: acknowledged))
    }
    return conversation.state.owedBytes
  }

  /// The segments of a stream.
  private func cut(_ stream: [UInt8], _ size: Int) -> [(offset: Int, bytes: [UInt8])] {
    stride(from: 0, to: stream.count, by: size).map { ($0, Array(stream[$0..<min($0 + size, stream.count)])) }
  }

  @Test func whatARecordLacksIsOwed() {
    let stream = Self.record(100) + Self.record(0) + Self.record(4_000)
    #expect(owed(cut(stream, 1_000)) == 0)
    #expect(owed(cut(stream, 1_000).dropLast()) == UInt16(stream.count % 1_000))
    #expect(owed([]) == 0)
    #expect(owed(cut(Self.record(16_384), 1_448).dropLast(3)) > 1_448)
  }

  /// Small records put their headers anywhere.
  @Test(arguments: 996...1_000)
  func aHeaderInTwoSegmentsIsRead(_ length: Int) {
    let stream = Self.record(length) + Self.record(4_000) + Self.record(length)
    #expect(owed(cut(stream, 1_005)) == 0)
    #expect(owed(cut(stream, 1_005).dropLast(3)) > 1_005)
    let begun = Array(stream.prefix(1_003))
    #expect(owed([(0, begun)]) == [3, 4, 0, 1, 2][length - 996])
    #expect(owed([(0, begun), (1_010, Array(stream[1_010..<1_900]))]) == 0, "a hole within it")
  }

  @Test func nothingIsSaidOfWhatWasNotSeenWhole() {
    let stream = Self.record(4_000)
    let whole = cut(stream, 1_000)
    #expect(owed([whole[0], whole[2]]) == 0, "a hole")
    #expect(owed([whole[1]]) == 0, "the beginning is missing")
    #expect(owed(cut(Self.record(100) + Self.record(4_000), 1_000), captured: 60) == 0, "a header behind the snapshot")
    #expect(owed(cut(Array("220 mail.example.org ESMTP".utf8), 10)) == 0, "no TLS")
    #expect(owed(cut([23, 3, 3, 0x50, 0, 1, 2, 3], 100)) == 0, "longer than any record")
  }

  /// Two segments that change places within a record, as on a path of several ways, end nothing.
  @Test func aYoungHoleWithinARecordEndsNothing() {
    let stream = Self.record(100) + Self.record(4_000) + Self.record(2_000)
    let whole = cut(stream, 1_000)
    // Headers lie in segments 0 and 4: one that is missing when the next one comes ends the following.
    for (place, least) in [(0, 0), (1, 115), (2, 115), (3, 115), (4, 0)] as [(Int, UInt16)] {
      var swapped = Array(whole.dropLast())
      swapped.swapAt(place, place + 1)
      #expect(owed(swapped) == least, "\(place)")
    }
    #expect(owed([whole[0], whole[1], whole[3]]) == 0, "the hole stays open")
    let mixed = [0, 1, 3, 2, 4].map { whole[$0] }
    #expect(owed(mixed) == 1_115)
    let long = cut(Self.record(9_000), 1_000)
    let shuffled = [0, 4, 2, 1, 3].map { long[$0] }
    #expect(owed(shuffled) == 0, "filled in another order: nothing tells that all came")
    #expect(owed(shuffled, acknowledged: 10_001) == 4_005, "but that the client acknowledged it")
  }

  @Test func copiesChangeNothingAndAnEndSettlesIt() {
    let whole = cut(Self.record(4_000), 1_000)
    #expect(owed([whole[0], whole[1], whole[0], whole[1]]) == 2_005)
    #expect(owed([whole[0], whole[1], whole[1], whole[2], whole[3], whole[4]]) == 0)
    var conversation = Conversation.established()
    conversation.state.beginRecords()
    conversation.send(1, 100, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 1_000, timeToLive: 53))
    let first = whole[0].bytes
    conversation.state.followRecords(first.span, wireLength: 1_000, at: SequenceNumber(5_001))
    #expect(conversation.state.owedBytes == 3_005)
    conversation.send(1, 200, .tcp([.fin, .ack], sequence: 6_001, acknowledgment: 1_001, timeToLive: 53))
    #expect(conversation.state.owedBytes == 0)
  }

  @Test func onlyTheRespondersAreFollowed() {
    var conversation = Conversation.established()
    conversation.state.beginRecords()
    #expect(conversation.state.continuesRecords(at: SequenceNumber(5_001), side: 1))
    #expect(!conversation.state.continuesRecords(at: SequenceNumber(5_001), side: 0))
    var late = Conversation.established()
    late.send(1, 100, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 10, timeToLive: 53))
    late.state.beginRecords()
    #expect(!late.state.continuesRecords(at: SequenceNumber(5_011), side: 1), "its first bytes are not known")
  }

  // MARK: Pauses

  /// A server that sends records of so many bytes in segments of 1,448, one behind each of these pauses in ms, once the first ten
  /// came at once. `between` is done in the middle of each pause.
  private static func pausing(
    _ pauses: [Double], record length: Int = 16_384, window: UInt16 = 64_000, fills: Bool = true,
    _ between: (inout Conversation, Double) -> Void = { _, _ in }
  ) -> TCPState {
    var conversation = Conversation.established()
    conversation.state.beginRecords()
    let records = (0..<60).flatMap { _ in record(length) }
    let size = fills ? 1_448 : length + 5
    var time = 100.0
    for (number, pause) in ([Double](repeating: 1, count: 10) + pauses).enumerated() {
      if pause >= 500 { between(&conversation, time + pause / 2) }
      time += pause
      let part = Array(records[number * size..<(number + 1) * size])
      let packet = Packet.tcp(
        .ack, sequence: UInt32(5_001 + number * size), acknowledgment: 1_001, length: Int32(size), timeToLive: 53,
        identification: UInt16(number + 2))
      conversation.send(1, time, packet)
      if conversation.state.continuesRecords(at: packet.sequence, side: 1) {
        conversation.state.followRecords(part.span, wireLength: size, at: packet.sequence)
      }
      conversation.send(
        0, time + 2, .tcp(.ack, sequence: 1_001, acknowledgment: UInt32(5_001 + (number + 1) * size), window: window))
    }
    return conversation.state
  }

  /// A timer that runs out again and again, each time twice as late.
  @Test func pausesThatDoubleWithinARecordAreARow() {
    let state = Self.pausing([1_400, 1_700, 3_300, 6_500, 12_800, 25_600])
    #expect(state.sides.second.pauseRow == 5 && state.sides.second.pauses == 6)
    #expect(state.sides.first.pauseRow == 0 && state.sides.first.pauses == 0)
    // The rest of a window comes between two of them.
    #expect(Self.pausing([1_600, 3_200, 2, 2, 6_400, 1, 1_600]).sides.second.pauseRow == 3)
  }

  /// An idle server, one that backs off between records, one that is short of breath for a moment, a client that had no room or
  /// asked for more, and pauses of a human's or a schedule's lengths.
  @Test func otherPausesAreNone() {
    let row: [Double] = [1_600, 3_200, 6_400, 12_800]
    #expect(Self.pausing(row, record: 700, fills: false).sides.second.pauses == 0)
    #expect(Self.pausing(row, record: 700, fills: false).sides.second.pauseRow == 0)
    #expect(Self.pausing([200, 400, 800]).sides.second.pauses == 0)
    #expect(Self.pausing(row, window: 0).sides.second.pauses == 0)
    let update = Self.pausing(row) { conversation, time in
      conversation.send(0, time, .tcp(.ack, sequence: 1_001, acknowledgment: 5_001))
    }
    #expect(update.sides.second.pauses == 0 && update.sides.second.pauseRow == 0)
    // What the capture missed stands open for good, and was acknowledged.
    var missed = Conversation.established()
    for (number, time) in [100, 102, 1_700, 5_000, 11_500, 24_500].enumerated() {
      let sequence = UInt32(5_001 + 100 * number + (number > 0 ? 3_000 : 0))
      missed.send(
        1, Double(time),
        .tcp(.ack, sequence: sequence, acknowledgment: 1_001, length: 100, identification: UInt16(number + 2)))
      missed.send(0, Double(time) + 1, .tcp(.ack, sequence: 1_001, acknowledgment: sequence + 100))
    }
    #expect(missed.state.sides.second.pauses == 0 && missed.state.sides.second.pauseRow == 0)
    let even = Self.pausing([1_500, 1_500, 1_500, 4_000])
    #expect(even.sides.second.pauseRow == 1 && even.sides.second.pauses == 4)
  }

  /// Data sent again are counted apart from handshakes and ends.
  @Test func copiesOfDataAreCounted() {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp(.syn, sequence: 1_000))
    conversation.send(0, 1_000, .tcp(.syn, sequence: 1_000))
    conversation.send(1, 1_040, .tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001))
    for time in [1_050, 1_300] as [Double] {
      conversation.send(0, time, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    }
    for time in [1_400, 1_700, 2_100] as [Double] {
      conversation.send(0, time, .tcp([.fin, .ack], sequence: 1_101, acknowledgment: 5_001))
    }
    #expect(conversation.state.sides.first.retransmissions == 4 && conversation.state.sides.first.dataCopies == 1)
  }
}
