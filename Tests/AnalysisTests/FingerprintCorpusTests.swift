import FoundationEssentials
import Testing
import Verdict

/// JA4 of public captures as its authors publish them (FoxIO-LLC/ja4, rust/ja4/src/snapshots, read 2026-11). Runs with
/// RINGBACK_CORPUS set.
@Suite struct FingerprintCorpusTests {
  private static let corpus = ProcessInfo.processInfo.environment["RINGBACK_CORPUS"]

  @Test(
    .enabled(if: corpus != nil),
    arguments: [
      ("tls-alpn-h2", "t12d4605h2_85626a9a5f7f_aaf95bb78ec9"),
      ("https3-301-get", "t10d230100_6a57a6f57151_000000000000"),
    ])
  func thePublishedFingerprints(name: String, fingerprint: String) throws {
    let result = try analyze(file: "\(Self.corpus ?? "")/captures/real/arkime/\(name).pcap")
    #expect(result.flows.compactMap(\.ja4).map { String(decoding: $0.characters, as: UTF8.self) } == [fingerprint])
  }
}
