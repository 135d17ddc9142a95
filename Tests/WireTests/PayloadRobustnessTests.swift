import FoundationEssentials
import TestSupport
import Testing
import Wire

/// SplitMix64: a seed prints and replays.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

private let environment = ProcessInfo.processInfo.environment

/// No bytes may trap a decoder or lead it outside of them.
@Suite struct PayloadRobustnessTests {
  @Test(arguments: PayloadVector.all) func everyShorterLength(vector: PayloadVector) {
    for length in 0...vector.bytes.count {
      let prefix = Array(vector.bytes[0..<length])
      // Cut by the snaplen, and short on the wire.
      #expect(DecoderCheck.problems(prefix.span, wireLength: vector.bytes.count) == [], "\(length) captured")
      #expect(DecoderCheck.problems(prefix.span, wireLength: length) == [], "\(length) on the wire")
      // A caller that passes link padding on, or has no length at all.
      #expect(DecoderCheck.problems(prefix.span, wireLength: length / 2) == [], "\(length) captured, half on the wire")
      #expect(DecoderCheck.problems(prefix.span, wireLength: 0) == [], "\(length) captured, none on the wire")
    }
  }

  @Test(arguments: PayloadVector.all) func seededMutations(vector: PayloadVector) {
    let seed = environment["RINGBACK_SEED"].flatMap { UInt64($0) } ?? 20_250_813
    var generator = SplitMix64(state: seed)
    for round in 0..<3_000 {
      var bytes = vector.bytes
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        // Headers are where lengths are: half of the changes go there.
        let limit = Bool.random(using: &generator) ? min(bytes.count, 64) : bytes.count
        let index = Int.random(in: 0..<limit, using: &generator)
        let value: [UInt8] = [
          0, 1, 0x7F, 0x80, 0xC0, 0xFF, bytes[index] ^ 1, UInt8.random(in: 0...255, using: &generator),
        ]
        bytes[index] = value[Int.random(in: 0..<value.count, using: &generator)]
      }
      bytes.removeLast(Int.random(in: 0...(bytes.count / 4), using: &generator))
      let more = Bool.random(using: &generator) ? Int.random(in: 0...2_000, using: &generator) : 0
      let found = DecoderCheck.problems(bytes.span, wireLength: bytes.count + more)
      #expect(found == [], "seed \(seed), round \(round)")
    }
  }

  @Test func randomBytes() {
    let seed = environment["RINGBACK_SEED"].flatMap { UInt64($0) } ?? 20_250_813
    var generator = SplitMix64(state: seed)
    var accepted: [String] = []
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...300, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let span = bytes.span
      #expect(DecoderCheck.problems(span, wireLength: count) == [], "seed \(seed)")
      if STUNMessage(span, wireLength: count)?.isSTUN == true { accepted.append("stun") }
      if DNSMessage(span) != nil { accepted.append("dns") }
      if DTLSRecord(span, wireLength: count).map({ !$0.isUnified }) == true { accepted.append("dtls") }
      if QUICLongHeader(span, wireLength: count).map({ $0.version != 0 }) == true { accepted.append("quic") }
      if SIPMessage(span) != nil { accepted.append("sip") }
      if TelegramReflector(span, wireLength: count) != nil { accepted.append("reflector") }
      if TelegramReflectorFrame(span, wireLength: count) != nil { accepted.append("frame") }
    }
    #expect(accepted == [])
  }

  /// Fuzzers' seeds of other projects, where they are at hand: `$RINGBACK_CORPUS/captures/malformed/**/*.bin`.
  @Test(.enabled(if: environment["RINGBACK_CORPUS"] != nil)) func malformedCorpus() throws {
    let root = (environment["RINGBACK_CORPUS"] ?? "") + "/captures/malformed"
    var seen = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: root) where name.hasSuffix(".bin") {
      let bytes = [UInt8](FileManager.default.contents(atPath: root + "/" + name) ?? Data())
      for length in 0...min(bytes.count, 2_000) {
        let prefix = Array(bytes[0..<length])
        #expect(DecoderCheck.problems(prefix.span, wireLength: length) == [], "\(name)")
        #expect(DecoderCheck.problems(prefix.span, wireLength: bytes.count) == [], "\(name)")
      }
      #expect(DecoderCheck.problems(bytes.span, wireLength: bytes.count) == [], "\(name)")
      seen += 1
    }
    #expect(seen > 0)
  }
}
