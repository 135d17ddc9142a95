import Report
import Verdict

/// Records for the tests: one of each kind with everything in it, one with as little as may be.
enum Records {
  static let start: Int64 = 1_764_590_591_123_456_789

  static func verdict(
    _ outcome: Outcome, _ mechanism: Mechanism? = nil, grade: Grade, reason: Phrase = Phrase("a reason")
  ) -> Judgment {
    var verdict = Judgment(outcome, mechanism, grade: grade, reason: reason)
    if outcome == .inconclusive {
      verdict.gap = Gap("too_few_packets", seen: 3, needed: 15)
    } else {
      verdict.score = outcome == .ok ? 0.02 : 0.9
    }
    return verdict
  }

  static var fullVerdict: Judgment {
    var verdict = Judgment(
      .dropped, .cutoff, grade: .probable,
      reason: Phrase("{} packets to {} went unanswered for {}", .count(90), relay, .duration(44_500_000_000)))
    verdict.direction = .both
    verdict.attribution = .unknown
    verdict.score = 0.93125
    verdict.capRate = 43_200
    verdict.window = TimeWindow(first: start, last: start + 1)
    verdict.lossUp = 0.5
    verdict.lossDown = 0
    verdict.evidence = [
      Evidence("unanswered", Phrase("{} of {}", .share(0.042), .bytes(12_400)), frames: [133, 134, 135, 377])
    ]
    verdict.gap = Gap("mid_stream", seen: 0.5, needed: 1)
    verdict.power = Power("loss_share", 0.05)
    verdict.tests = [StatisticalTest("blackhole", trials: 26, p: 1.24e-7, examined: 31)]
    verdict.excluders = [Excluder("local-link", .excluded), Excluder("peer-offline", .unknown)]
    verdict.cap = CapEstimate(low: 40_000, high: 45_000, bucket: nil)
    verdict.scope = .media
    verdict.also = [
      Secondary(outcome: .capped, mechanism: .policer, direction: .up, window: TimeWindow(first: 1, last: 2))
    ]
    verdict.alternatives = ["peer-offline", "nat-timeout"]
    return verdict
  }

  static let relay = Quantity.endpoint(IPAddress(v4: 0x5B6C_0923), 1400)

  static func minimalFlow(_ verdict: Judgment = verdict(.ok, grade: .none)) -> FlowRecord {
    FlowRecord(
      id: 1, communityID: CommunityID(digest: .init(repeating: 0)), transport: .udp,
      client: EndpointRecord(address: IPAddress(v4: 0x0A00_0001), port: 5060, packets: 1, bytes: 100),
      server: EndpointRecord(address: IPAddress(high: 0x2001_0DB8 << 32, low: 1), port: 443, packets: 0, bytes: 0),
      first: start, last: start, firstFrame: 1, wireProtocol: .unknown, application: nil, applicationGrade: nil,
      role: .other, serverName: nil, call: nil, stun: nil, streams: [], tcp: nil, verdict: verdict)
  }

  static func history(_ letters: String) -> ConnectionHistory {
    var history = ConnectionHistory()
    for letter in letters.utf8 { history.append(letter) }
    return history
  }

  static var fullFlow: FlowRecord {
    var flow = minimalFlow(fullVerdict)
    flow.id = 0x0123_4567_89AB_CDEF
    flow.application = .telegram
    flow.applicationGrade = .certain
    flow.wireProtocol = .telegramReflector
    flow.role = .media
    flow.serverName = "relay \"x\"\n.example"
    flow.call = 0xFEDC_BA98_7654_3210
    var stun = STUNRecord()
    stun.requests = 12
    stun.realm = "telegram.org"
    flow.stun = stun
    flow.streams = [
      StreamRecord(
        ssrc: 4_294_967_295, payloadType: 111, direction: .up, packets: 98, expected: 100, lost: 2, outOfOrder: 1,
        duplicates: 0, jitter: 3.1234, jitterMax: 12, clockRate: 48_000, bitrate: 41_234,
        quality: QualityEstimate(mos: 4.126, rating: 84.2, equipment: 0, robustness: 25.1, delay: 100, burstRatio: 1))
    ]
    flow.tcp = TCPRecord(
      state: "SF", history: history("ShADadFf"), synRTT: 31.25, retransmissions: (1, 2), resets: (3, 4), stage: .postPSH
    )
    return flow
  }

  static func call(
    _ verdict: Judgment, application: Application? = .telegram, stage: Stage = .signalling, masked: Bool = false
  ) -> CallRecord {
    CallRecord(
      id: 7, application: application, applicationGrade: application == nil ? nil : .certain, flows: [1, 2],
      stage: stage, ended: false, endedBy: nil, first: start, last: start + 31_000_000_000, setup: nil, media: nil,
      verdict: verdict, controls: [], masked: masked)
  }

  static var fullCall: CallRecord {
    var call = call(fullVerdict, stage: .media, masked: true)
    call.ended = true
    call.endedBy = .remote
    call.setup = 210.5
    call.media = 12.25
    call.controls = [9]
    return call
  }

  static var fullCapture: CaptureRecord {
    var capture = CaptureRecord(path: "call.pcapng")
    capture.packets = 18_214
    capture.bytes = 12_000_000
    capture.linkTypes = ["ethernet", "linux_sll2"]
    capture.first = start
    capture.last = start + 252_000_000_000
    capture.snaplen = 262_144
    capture.truncated = true
    capture.drops = 0
    capture.hygiene = ["one_sided", "kernel_drops"]
    capture.rules = "0123456789abcdef"
    capture.undecoded = [("not_ip", 3), ("truncated", 0)]
    capture.evictedFlows = 2
    capture.stunMessages = 44
    return capture
  }

  static var fullSummary: SummaryRecord {
    var summary = SummaryRecord()
    summary.captures = 1
    summary.packets = 18_214
    summary.calls = 1
    summary.count(fullVerdict)
    summary.count(verdict(.ok, grade: .none))
    summary.cost = SummaryRecord.Cost(elapsed: 0.0123, packetsPerSecond: 1_480_813.5, peakResidentBytes: 9_000_000)
    return summary
  }

  /// The lines that one call of `write` gives, without the line feed.
  static func line(_ write: (inout NDJSONWriter) -> Void) -> String {
    var writer = NDJSONWriter()
    writer.append(CaptureRecord(path: "call.pcapng"))
    writer.removeAll()
    write(&writer)
    return String(decoding: writer.bytes.dropLast(), as: UTF8.self)
  }
}
