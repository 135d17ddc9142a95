import Synth
import Testing
import Verdict

/// Long calls, whose packets are not kept one by one any more (METHOD.md M3.7).
@Suite struct LongCallTests {
  private static func verdict(_ words: String, seed: UInt64) throws -> Judgment {
    let line = try #require(LineCall(words.split(separator: " ").map(String.init)))
    return try #require(analyze(line.frames(seed: seed)).flows.first).verdict
  }

  /// A video call of two minutes over a line that loses 2 % by chance: losses of joined records lie in bursts of packets
  /// that seem spread, as behind a bucket.
  @Test(arguments: [UInt64(1), 2, 3]) func aLineThatLosesByChanceIsNoPolicer(seed: UInt64) throws {
    let verdict = try Self.verdict("video random 0.02 20ms 120s", seed: seed)
    #expect(!verdict.isFinding, "\(verdict)")
  }

  @Test(arguments: [UInt64(1), 2, 3]) func aPolicerIsFoundInALongCallToo(seed: UInt64) throws {
    let verdict = try Self.verdict("video policer 256000 32000 20ms 120s", seed: seed)
    #expect(verdict.outcome == .capped && verdict.mechanism == .policer, "\(verdict)")
  }
}
