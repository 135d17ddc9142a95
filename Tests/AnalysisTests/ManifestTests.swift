import FoundationEssentials
import Testing
import Verdict

/// RTP streams of the corpus' captures are those of its manifest: 8 packets or more, at most 6 payload types, 70 % of the
/// steps of sequence numbers 1 to 10, by SSRC and five-tuple. Runs with RINGBACK_CORPUS set.
@Suite struct ManifestTests {
  private static let corpus = ProcessInfo.processInfo.environment["RINGBACK_CORPUS"]

  /// Where the two differ: streams and packets here.
  ///
  /// Of the first three, the same rule over the UDP payloads that tshark 4.0 writes (`-e udp.payload`) gives, stream by
  /// stream, what is counted here. In the others the RTP stands behind Zoom's own media headers, where the manifest's
  /// count does not look.
  private static let differing: [String: (streams: Int, packets: UInt64)] = [
    "real/ndpi/stun_dtls_rtp.pcapng": (1, 11),
    "real/ndpi/stun_google_meet.pcapng": (5, 187),
    "real/ndpi/stun_signal.pcapng": (1, 12),
    "real/ndpi/zoom2.pcap": (2, 139),
    "real/ndpi/zoom_p2p.pcapng": (3, 247),
    "real/zoom-analysis/zoom_test.pcap": (1, 12),
  ]

  @Test(.enabled(if: corpus != nil)) func plausibleStreamsAreTheManifests() throws {
    let root = (Self.corpus ?? "") + "/captures/"
    var agreeing = 0
    for row in try Manifest.rows(root) {
      guard let result = try? analyze(file: root + row.path) else { continue }
      let streams = result.flows.flatMap(\.streams).filter { $0.packets >= 8 }
      let found = (streams: streams.count, packets: streams.reduce(0) { $0 + $1.packets })
      let expected = Self.differing[row.path] ?? (row.plausibleStreams, UInt64(row.plausiblePackets))
      #expect(found == expected, "\(row.path)")
      if row.plausibleStreams > 0, found == (row.plausibleStreams, UInt64(row.plausiblePackets)) { agreeing += 1 }
    }
    #expect(agreeing == 19)
  }
}
