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
    // A REALM or a server's name may lie behind the 96th byte.
    if length >= 128 { #expect(cut.calls.map { $0.application } == whole.calls.map { $0.application }) }
    #expect(
      cut.calls.map { ScenarioVerdictTests.words($0.verdict) }
        == whole.calls.map { ScenarioVerdictTests.words($0.verdict) })
  }

  private static let corpus = ProcessInfo.processInfo.environment["RINGBACK_CORPUS"]

  /// Why a capture may say something else when it is cut.
  private enum Cause {
    /// Packets whose headers reach beyond the cut: tunnels, extension headers, long link headers.
    case headers
    /// A DTLS handshake and nothing else: use_srtp, which makes it a call's, stands behind the 128th byte.
    case handshakeAlone
    /// Zoom's media headers, which end behind the 96th byte in a part of the packets.
    case mediaHeaders
    /// Discord's address discovery, which all of its 74 bytes prove.
    case wholeMessage
    /// SIP: the Call-ID, which says what is one call, lies beyond the cut (RFC 3261 section 8.1.1.4).
    case callID
  }

  private static let named: [Int32: [String: Cause]] = [
    96: ["real/ndpi/discord.pcap": .wholeMessage, "real/ndpi/zoom2.pcap": .mediaHeaders]
  ]

  private static func cause(_ path: String, _ length: Int32, _ whole: Analyzed, _ cut: Analyzed) -> Cause? {
    func truncated(_ result: Analyzed) -> UInt64 {
      result.captures[0].undecoded.first { $0.reason.description == "truncated" }?.packets ?? 0
    }
    if truncated(cut) > truncated(whole) { return .headers }
    let sameFlows = whole.flows.map(\.id) == cut.flows.map(\.id)
    if sameFlows, whole.calls.contains(where: { $0.application == .sip }) { return .callID }
    let flows = whole.flows.allSatisfy { $0.wireProtocol == .dtls && $0.stun == nil }
    return flows && cut.calls.isEmpty ? .handshakeAlone : named[length]?[path]
  }

  /// With RINGBACK_CORPUS set: every capture of its manifest.
  @Test(.enabled(if: corpus != nil), arguments: [Int32(96), 128])
  func capturesOfOthersSayTheSameWhenCut(length: Int32) throws {
    let root = (Self.corpus ?? "") + "/captures/"
    var causes: [Cause: Int] = [:]
    var seen = 0
    for row in try Manifest.rows(root) where row.path.hasPrefix("real/") {
      guard let whole = try? analyze(file: root + row.path), !whole.flows.isEmpty else { continue }
      let cut = try analyze(file: root + row.path, snaplen: length)
      let differences = Self.differences(whole, cut)
      seen += 1
      guard !differences.isEmpty else { continue }
      let cause = Self.cause(row.path, length, whole, cut)
      #expect(cause != nil, "\(row.path) at \(length): \(differences)")
      if let cause { causes[cause, default: 0] += 1 }
    }
    #expect(seen > 900)
    // The handshakes of covert-dtls, one browser each.
    #expect(causes[.handshakeAlone] == 18)
    print("\(seen) captures cut at \(length): \(causes)")
  }

  private static func differences(_ whole: Analyzed, _ cut: Analyzed) -> [String] {
    var found: [String] = []
    if whole.flows.map(\.id) != cut.flows.map(\.id) { found.append("\(whole.flows.count) flows, \(cut.flows.count)") }
    for (one, other) in zip(whole.flows, cut.flows)
    where one.client.packets != other.client.packets || one.server.packets != other.server.packets {
      found.append("\(one.server.address):\(one.server.port): packets")
    }
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
