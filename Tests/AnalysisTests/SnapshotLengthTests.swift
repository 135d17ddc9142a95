import FoundationEssentials
import TestSupport
import Testing
import Verdict

/// Captures cut at 96 or 128 bytes a packet give the same flows, calls and media loss as whole ones.
@Suite struct SnapshotLengthTests {
  @Test(arguments: SampleCapture.all, [Int32(96), 128])
  func capturesSayTheSameWhenCut(_ sample: SampleCapture, length: Int32) throws {
    let whole = try analyze(file: sample.file.path)
    let cut = try analyze(file: sample.file.path, snaplen: length)
    #expect(Self.differences(whole, cut) == [])
    // An app's own bytes may lie beyond 96, and its servers' addresses speak instead.
    if length >= 128 { #expect(cut.calls.map { $0.application } == whole.calls.map { $0.application }) }
    #expect(
      cut.calls.map { ScenarioVerdictTests.words($0.verdict) }
        == whole.calls.map { ScenarioVerdictTests.words($0.verdict) })
  }

  private static let corpus = ProcessInfo.processInfo.environment["RINGBACK_CORPUS"]

  /// What 96 bytes do not reach, so that the flows or calls are others: the headers inside of a GTP tunnel (link 16, IP
  /// 20, UDP 8, GTP 8 to 12, IPv6 40, transport); Discord's address discovery, which all of its 74 bytes prove.
  private static let beyond: [Int32: Set<String>] = [
    96: ["real/arkime/gtp-iphone.pcap", "real/ndpi/discord.pcap"]
  ]

  /// With RINGBACK_CORPUS set: the captures of its manifest that hold RTP.
  @Test(.enabled(if: corpus != nil), arguments: [Int32(96), 128])
  func capturesOfOthersSayTheSameWhenCut(length: Int32) throws {
    let root = (Self.corpus ?? "") + "/captures/"
    var seen = 0
    for row in try Manifest.rows(root) where row.plausibleStreams > 0 {
      guard let whole = try? analyze(file: root + row.path) else { continue }
      let cut = try analyze(file: root + row.path, snaplen: length)
      let differences = Self.differences(whole, cut)
      if Self.beyond[length]?.contains(row.path) == true {
        #expect(differences != [], "\(row.path) at \(length) is no exception any more")
      } else {
        #expect(differences == [], "\(row.path) at \(length)")
      }
      seen += 1
    }
    #expect(seen > 10)
  }

  private static func differences(_ whole: Analyzed, _ cut: Analyzed) -> [String] {
    var found: [String] = []
    if whole.flows.map(\.id) != cut.flows.map(\.id) { found.append("\(whole.flows.count) flows, \(cut.flows.count)") }
    if whole.calls.map(\.id) != cut.calls.map(\.id) { found.append("\(whole.calls.count) calls, \(cut.calls.count)") }
    for (one, other) in zip(whole.flows, cut.flows) where media(one) != media(other) {
      found.append("\(one.server.address):\(one.server.port): \(media(one)), cut \(media(other))")
    }
    return found
  }

  private static func media(_ flow: FlowRecord) -> String {
    flow.streams.map { "\($0.ssrc) \($0.packets) of \($0.expected) lost \($0.lost)" }.joined(separator: "; ")
  }
}

/// The table of the corpus' captures.
struct Manifest {
  /// File name below `captures/`.
  let path: String
  /// RTP streams by its own rule: 8 packets or more, at most 6 payload types, 70 % of sequence steps 1 to 10.
  let plausibleStreams: Int
  /// Packets of these.
  let plausiblePackets: Int

  static func rows(_ captures: String) throws -> [Manifest] {
    let text = String(decoding: try Data(contentsOf: .init(filePath: captures + "real/manifest.tsv")), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    let columns = lines[0].map(String.init)
    func place(_ name: String) throws -> Int { try #require(columns.firstIndex(of: name)) }
    let (path, streams) = (try place("path"), try place("rtp_streams_plausible"))
    let packets = try place("rtp_packets_plausible")
    return lines.dropFirst().filter { $0.count == columns.count }.map {
      Manifest(
        path: String($0[path]), plausibleStreams: Int($0[streams]) ?? 0, plausiblePackets: Int($0[packets]) ?? 0)
    }
  }
}
