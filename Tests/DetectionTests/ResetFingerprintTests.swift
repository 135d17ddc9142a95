import Flow
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// Patterns of resets that were published as one device's (METHOD.md M1.3): told beside a finding, never its reason.
@Suite struct ResetFingerprintTests {
  private struct Reset {
    var sequence: UInt32 = 5_001
    var identification: UInt16 = 40_000
    var timeToLive: UInt8 = 60
    var window: UInt16 = 64_000
    var reserved: UInt8 = 0
    var flags: TCPFlags = [.rst, .ack]
  }

  /// A server whose identifications count up to 904, and resets in its name 5 ms after a request.
  private func judged(_ resets: [Reset], strange: Bool = true) -> Judgment {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    for number in 0..<5 as Range<UInt16> {
      connection.send(
        1, 92 + Double(number),
        Packet.tcp(
          .ack, sequence: 5_001, acknowledgment: 1_501, timeToLive: 53, identification: 900 + number))
    }
    connection.send(0, 120, Packet.tcp([.psh, .ack], sequence: 1_501, acknowledgment: 5_001, length: 500))
    for (number, reset) in resets.enumerated() {
      connection.send(
        1, (strange ? 125 : 165) + Double(number) / 10,
        Packet.tcp(
          reset.flags, sequence: reset.sequence, acknowledgment: 2_001, window: reset.window,
          timeToLive: strange ? reset.timeToLive : 53, identification: reset.identification, reserved: reset.reserved))
    }
    return connection.judged()
  }

  private func fingerprints(_ resets: [Reset]) -> [String] {
    let verdict = judged(resets)
    #expect(verdict.words == "reset rst-injected")
    return verdict.evidence.map { "\($0.code)" }.filter { $0.hasPrefix("fingerprint") }
  }

  @Test func eachIsToldByItsOwnMarks() {
    #expect(
      fingerprints([Reset(identification: 908), Reset(sequence: 17_504, identification: 909)])
        == ["fingerprint_second_12503"])
    #expect(fingerprints([Reset(identification: 64)]) == ["fingerprint_identification_64"])
    #expect(fingerprints([Reset(identification: 878)]) == ["fingerprint_identification_minus_26"])
    #expect(fingerprints([Reset(reserved: 1)]) == ["fingerprint_nonce_flag"])
    #expect(
      fingerprints([Reset(), Reset(sequence: 6_461), Reset(sequence: 9_381)]) == ["fingerprint_1460_4380"])
    #expect(fingerprints([Reset(), Reset(sequence: 6_461)]) == ["fingerprint_second_1460"])
    #expect(
      fingerprints([
        Reset(timeToLive: 60, window: 100), Reset(timeToLive: 61, window: 101), Reset(timeToLive: 62, window: 102),
      ]) == ["fingerprint_rising"])
  }

  @Test func likenessIsNotEnough() {
    #expect(fingerprints([Reset(), Reset(sequence: 17_504)]) == [], "the identifications are missing")
    #expect(fingerprints([Reset(identification: 65)]) == [])
    #expect(fingerprints([Reset(identification: 877)]) == [])
    #expect(fingerprints([Reset(reserved: 2)]) == [])
    #expect(fingerprints([Reset(), Reset(sequence: 6_462)]) == [])
    #expect(fingerprints([Reset(), Reset(), Reset()]) == [])
  }

  /// Without a sign of a third party's, a fingerprint accuses nobody: a kernel may number a packet 64.
  @Test func noFingerprintMakesAFinding() {
    #expect(!judged([Reset(identification: 64, flags: .rst)], strange: false).isFinding)
    #expect(!judged([Reset(identification: 905)], strange: false).isFinding)
  }
}
