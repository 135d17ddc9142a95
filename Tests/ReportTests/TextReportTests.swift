import Report
import Testing
import Verdict

extension TextReport {
  /// As a sink does it.
  mutating func tell(_ flow: FlowRecord) {
    if count(flow.verdict) { add(flow) }
  }
}

@Suite struct TextReportTests {
  private func report(
    capture: CaptureRecord = CaptureRecord(path: "call.pcapng"), calls: [CallRecord] = [], flows: [FlowRecord] = [],
    width: Int = 80, color: Bool = false, showAll: Bool = false
  ) -> String {
    var report = TextReport(width: width, color: color, showAll: showAll)
    report.begin(capture)
    for call in calls { report.add(call) }
    for flow in flows { report.tell(flow) }
    report.end()
    return String(decoding: report.bytes, as: UTF8.self)
  }

  /// The answer: everything up to the first line of facts, wrapped lines joined.
  private func answer(_ text: String) -> String {
    let lines = text.split(separator: "\n")
    var answer = String(lines.first ?? "")
    for line in lines.dropFirst() {
      if line.firstMatch(of: #/^  \d+ packets/#) != nil { break }
      answer += " " + line.drop { $0 == " " }
    }
    return answer
  }

  private func ok(_ count: Int) -> [FlowRecord] {
    Array(repeating: Records.minimalFlow(), count: count)
  }

  private func dropped(_ grade: Grade, _ mechanism: Mechanism = .blackhole) -> Judgment {
    Records.verdict(.dropped, mechanism, grade: grade)
  }

  @Test(arguments: [
    (
      Grade.consistent,
      "call.pcapng: a Telegram call failed: no relay answered (consistent with dropping on the path)"
    ),
    (
      .probable,
      "call.pcapng: a Telegram call was probably blocked: no relay answered (probably dropping on the path)"
    ),
    (.confirmed, "call.pcapng: a Telegram call was blocked: no relay answered (shown: dropping on the path)"),
  ])
  func answerIsAsStrongAsItsGrade(_ grade: Grade, _ expected: String) {
    #expect(answer(report(calls: [Records.call(dropped(grade))], flows: ok(3))) == expected)
  }

  /// What lost much, and what somebody else may have answered, is said beside a sound call, with its reason.
  @Test func theFirstLineNamesWhatIsNotSettled() {
    let okCall = Records.call(Records.verdict(.ok, grade: .none))
    var strange = Records.minimalFlow()
    strange.verdict = Judgment(
      .inconclusive, grade: .inconclusive, reason: Phrase("Two answers contradict each other."))
    strange.verdict.gap = Gap("dns_answer_origin", seen: 2, needed: 1)
    var lossy = Records.minimalFlow()
    lossy.verdict = Judgment(.degraded, grade: .consistent, reason: Phrase("A fifth was sent again."))
    let text = report(calls: [okCall], flows: ok(3) + [strange, lossy])
    #expect(
      answer(text)
        == "call.pcapng: nothing wrong seen in 1 call; 1 of 5 flows degraded; in 1 flow it is not settled who answered")
    #expect(text.contains("FLOWS TO LOOK AT 2") && text.contains("Two answers contradict each other."))
    #expect(text.contains("A fifth was sent again."))
    #expect(!report(calls: [okCall], flows: ok(3)).contains("FLOWS TO LOOK AT"))
  }

  @Test func answersWithoutAFinding() {
    let okCall = Records.call(Records.verdict(.ok, grade: .none))
    let openCall = Records.call(Records.verdict(.inconclusive, grade: .inconclusive))
    let openFlow = Records.minimalFlow(Records.verdict(.inconclusive, grade: .inconclusive))
    let degraded = Records.call(Records.verdict(.degraded, .burstyLoss, grade: .consistent), application: .imo)
    #expect(
      answer(report(calls: [okCall, okCall], flows: ok(31)))
        == "call.pcapng: nothing wrong seen in 2 calls and 31 flows")
    #expect(
      answer(report(calls: [openCall]))
        == "call.pcapng: no verdict possible for the Telegram call: too few packets (3 of 15)")
    // A count says something where there was too little of it.
    for (seen, needed) in [(22.1, 8.0), (9, 0), (0, 1)] {
      var verdict = Records.verdict(.inconclusive, grade: .inconclusive)
      verdict.gap = Gap("media_stopped", seen: seen, needed: needed)
      #expect(
        answer(report(calls: [Records.call(verdict)]))
          == "call.pcapng: no verdict possible for the Telegram call: the media of one side stopped, and why is not told"
      )
    }
    #expect(
      answer(report(calls: [openCall, okCall]))
        == "call.pcapng: nothing wrong seen in 1 of 2 calls; no verdict possible for 1: too few packets (3 of 15)")
    #expect(
      answer(report(calls: [degraded]))
        == "call.pcapng: an imo call was degraded: packets were lost in bursts, as on a radio link")
    #expect(answer(report(flows: ok(1))) == "call.pcapng: nothing wrong seen in 1 flow")
    #expect(
      answer(report(flows: [openFlow] + ok(2)))
        == "call.pcapng: nothing wrong seen in 2 of 3 flows; no verdict possible for 1")
    #expect(answer(report()) == "call.pcapng: no UDP or TCP flow found")
  }

  @Test func theStrongestFindingLeads() {
    let calls = [
      Records.call(dropped(.consistent), application: .whatsapp, stage: .relay),
      Records.call(dropped(.probable, .cutoff), application: .signal, stage: .media),
      Records.call(Records.verdict(.ok, grade: .none)),
    ]
    #expect(
      answer(report(calls: calls))
        == "call.pcapng: 2 of 3 calls have a finding; the strongest: a Signal call was probably blocked: worked, then "
        + "went silent (probably dropping on the path)")
    let flow = Records.minimalFlow(Records.verdict(.reset, .resetInjected, grade: .consistent))
    #expect(
      answer(report(flows: [flow] + ok(2)))
        == "call.pcapng: 1 of 3 flows has a finding: UDP: a reset ended it (consistent with a reset by a third party)")
    #expect(
      answer(report(calls: [calls[2]], flows: [flow]))
        == "call.pcapng: nothing wrong seen in 1 call; 1 of 1 flow has a finding")
  }

  @Test func everySentenceKeepsToTheWordsOfItsGrade() {
    for mechanism in Mechanism.allCases {
      for outcome in [Outcome.reset, .dropped, .capped, .degraded] {
        for stage in Stage.allCases {
          let verdict = Records.verdict(outcome, mechanism, grade: .consistent)
          let text = answer(report(calls: [Records.call(verdict, stage: stage)]))
          #expect(!text.contains("blocked") && !text.contains("shown") && !text.contains("probably"), "\(text)")
          #expect(text.contains("consistent with") == verdict.isFinding, "\(text)")
        }
      }
    }
  }

  @Test func aFullReport() {
    var summary = TextReport()
    summary.begin(Records.fullCapture)
    summary.add(Records.fullCall)
    summary.tell(Records.fullFlow)
    summary.tell(Records.minimalFlow(Records.verdict(.reset, .resetRefused, grade: .none)))
    summary.tell(Records.minimalFlow(Records.verdict(.reset, .resetEndpoint, grade: .none)))
    summary.tell(Records.minimalFlow(Records.verdict(.inconclusive, grade: .inconclusive)))
    summary.tell(Records.minimalFlow())
    summary.end()
    summary.summary(Records.fullSummary)
    #expect(String(decoding: summary.bytes, as: UTF8.self) == Self.full)
  }

  static let full = """
    call.pcapng: a Telegram call met trouble but went on over another path: media:
      worked, then went silent (probably dropping on the path)
      18214 packets, 4 min 12 s, link ethernet, linux_sll2, kernel drops 0
      TRUNCATED  the file ends inside a record
      limits  only one direction was captured; the capture lost packets; not IP: 3
              packets; dropped for want of room: 2 flows

    CALLS 1
     1  Telegram at +0 s, lasted 31 s, got as far as media, ended by the other side
        DROPPED  media: worked, then went silent (probably dropping on the path)
        why   90 packets to 91.108.9.35:1400 went unanswered for 44.5 s
        seen  4.2 % of 12.4 KB; frames 133-135, 377
        test  blackhole: 26 trials, p = 1.2e-07
        also  packets above a fixed rate were lost
        or    the peer was offline; a NAT that forgot the mapping
        heard as the call may have sounded as always, after connecting for longer
              than usual
        note  the call went on over another path
        note  1 control worked on the same link at the same time

    FLOWS WITH A FINDING 1 of 5
     UDP 10.0.0.1:5060 > [2001:db8::1]:443 relay "x"?.example Telegram
        DROPPED  media: worked, then went silent (probably dropping on the path)
        why   90 packets to 91.108.9.35:1400 went unanswered for 44.5 s
        seen  4.2 % of 12.4 KB; frames 133-135, 377
        test  blackhole: 26 trials, p = 1.2e-07
        also  packets above a fixed rate were lost
        or    the peer was offline; a NAT that forgot the mapping
     other  1 normal, 1 aborted by an endpoint, 1 refused, 1 without a verdict
     no verdict  for want of: too few packets 1

    TOTAL  1 capture, 18214 packets, 1 call, 2 flows: ok 1, dropped 1; findings 1
    COST   0.012 s, 1480814 packets/s, peak memory 9 MB

    """

  @Test func noLineIsTooWide() {
    var flow = Records.fullFlow
    flow.client = EndpointRecord(
      address: IPAddress(high: 0x2001_0DB8_1111_2222, low: 0x3333_4444_5555_6666), port: 65_535, packets: 1, bytes: 1)
    flow.server = flow.client
    flow.serverName = String(repeating: "long-name.", count: 30)
    var capture = Records.fullCapture
    capture.path = String(repeating: "folder/", count: 40) + "call.pcapng"
    for width in [40, 60, 80, 120] {
      let text = report(capture: capture, calls: [Records.fullCall], flows: [flow], width: width, showAll: true)
      for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
    }
  }

  @Test func colorIsOnlyColor() {
    let calls = [Records.fullCall, Records.call(Records.verdict(.ok, grade: .none))]
    let plain = report(calls: calls, flows: [Records.fullFlow])
    let colored = report(calls: calls, flows: [Records.fullFlow], color: true)
    #expect(!plain.utf8.contains(0x1B))
    #expect(colored.utf8.contains(0x1B))
    #expect(colored.replacing(#/\x1B\[[0-9;]*m/#, with: "") == plain)
  }

  @Test func namesCannotSteerTheTerminal() {
    var flow = Records.fullFlow
    flow.serverName = "a\u{1B}[2Jb\u{202E}c\u{9B}d\ne"
    let text = report(capture: CaptureRecord(path: "x\u{1B}]0;y"), flows: [flow], showAll: true)
    #expect(!text.utf8.contains(0x1B))
    #expect(text.contains("a?[2Jb?c?d?e"))
    #expect(text.hasPrefix("x?]0;y: "))
  }

  @Test func detailIsBounded() {
    let flows = Array(repeating: Records.minimalFlow(dropped(.consistent)), count: 1_000)
    let few = report(flows: Array(flows.prefix(200)))
    let many = report(flows: flows)
    #expect(many.utf8.count < few.utf8.count + 200)
    #expect(many.contains("and 800 more flows with a finding"))
  }

  @Test func nextCaptureStartsAfresh() {
    var report = TextReport()
    report.begin(CaptureRecord(path: "a"))
    report.add(Records.fullCall)
    report.tell(Records.fullFlow)
    report.end()
    report.removeAll()
    report.begin(CaptureRecord(path: "b"))
    report.end()
    #expect(String(decoding: report.bytes, as: UTF8.self) == "b: no UDP or TCP flow found\n  0 packets\n")
  }
}
