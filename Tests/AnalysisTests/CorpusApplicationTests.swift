import Analysis
import Capture
import FoundationEssentials
import Testing
import Verdict
import Wire

/// Every signature is silent on every other application's captures and on those without a call. Runs over the captures
/// below `$RINGBACK_CORPUS/captures/real/ndpi`, nDPI's test captures, and is skipped without them.
@Suite struct CorpusApplicationTests {
  /// Captures whose name says whose they are, by how they begin; each may hold flows of these applications.
  private static let expected: [(start: String, applications: Set<Application>)] = [
    ("KakaoTalk", [.kakaotalk]), ("discord", [.discord]), ("i3d", [.discord]), ("riotgames", [.discord]),
    ("rtp.", [.discord, .sip]), ("geforcenow", [.geforcenow]), ("google_meet", [.meet]), ("imo", [.imo]),
    ("line", [.line]), ("1kxun", [.line]), ("signal", [.signal]), ("snapchat", [.snapchat]),
    ("quic_crypto", [.snapchat]), ("stun.", [.meet, .messenger, .teams, .zoom]), ("stun_dtls_rtp", [.meet]),
    ("stun_google_meet", [.meet]), ("stun_msteams", [.teams]), ("stun_signal", [.signal]), ("stun_wa", [.whatsapp]),
    ("stun_zoom", [.zoom]), ("skype", [.teams]), ("teams", [.teams, .telegram]), ("telegram", [.telegram]),
    ("threema", [.threema]), ("viber", [.viber]), ("vk", [.vk]), ("wa_", [.whatsapp]), ("waze", [.whatsapp]),
    ("webex", [.webex]), ("wechat", [.wechat]), ("whatsapp", [.whatsapp]), ("zoom", [.zoom]),
    ("lru_ipv6", [.whatsapp, .meta]), ("sites", [.telegram, .teams, .messenger]), ("dns_ambiguous", [.teams]),
    ("quic_frags_ch_out_of", [.whatsapp]), ("cloudflare-warp", [.messenger]), ("tunnelbear", [.messenger]),
  ]

  private static let folder = (ProcessInfo.processInfo.environment["RINGBACK_CORPUS"] ?? "") + "/captures/real/ndpi"

  @Test(.enabled(if: ProcessInfo.processInfo.environment["RINGBACK_CORPUS"] != nil))
  func signaturesAreSilentOnOthersCaptures() throws {
    var flows = 0
    var strangers: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted() {
      guard let result = Self.read(Self.folder + "/" + name) else { continue }
      let own = Self.expected.filter { name.hasPrefix($0.start) }.reduce(into: Set<Application>([.webrtc, .sip])) {
        $0.formUnion($1.applications)
      }
      for flow in result.flows where flow.client.packets + flow.server.packets >= 3 {
        flows += 1
        if let application = flow.application, !own.contains(application) {
          strangers.append("\(name): \(application) \(flow.applicationGrade.map { "\($0)" } ?? "")")
        }
      }
    }
    #expect(flows > 1_000)
    #expect(strangers == [])
  }

  private static func read(_ path: String) -> Analyzed? {
    guard var reader = try? CaptureReader(joining: [path], filter: nil) else { return nil }
    let analysis = CaptureAnalysis(seed: 1)
    let walked: Void? = try? reader.forEachBlock { block, frames in
      analysis.shards[0].consume(block, frames)
      return true
    }
    guard walked != nil else { return nil }
    var sink = Analyzed()
    analysis.report(CaptureRecord(path: path), to: &sink)
    return sink
  }
}
