import Expectation
import Settings
import Testing
import Verdict

/// Expectations: what they say, what meets them, and how they fail.
@Suite struct ExpectationTests {
  private func flow(
    server: IPAddress = IPAddress(v4: 0xC633_6407), port: UInt16 = 443, _ outcome: Outcome = .dropped,
    _ mechanism: Mechanism? = .blackhole, grade: Grade = .consistent, rate: Int64? = nil
  ) -> FlowRecord {
    var flow = FlowRecord()
    flow.server = EndpointRecord(address: server, port: port, packets: 1, bytes: 40)
    flow.verdict = Judgment(outcome, grade: grade, reason: Phrase("as made"))
    flow.verdict.mechanism = mechanism
    flow.verdict.capRate = rate
    return flow
  }

  private func failures(_ toml: String, _ flows: [FlowRecord]) throws -> [String] {
    var check = ExpectationCheck(try Expectation(toml: toml))
    for flow in flows { check.take(flow) }
    return check.failures
  }

  @Test func oneRecordThatMeetsAllIsEnough() throws {
    let toml = """
      [[flow]]
      server = "198.51.100.7:443"
      outcome = ["reset", "dropped"]
      mechanism = "blackhole"
      """
    #expect(try failures(toml, [flow()]) == [])
    #expect(try failures(toml, [flow(), flow()]) == [])
    #expect(try failures(toml, [flow(port: 80)]).count == 1)
    #expect(try failures(toml, []).count == 1)
  }

  /// What nothing can be would be met by nothing, and `[[never]]` would hold for ever.
  @Test(arguments: [
    "[[never]]\noutcome = \"droped\"", "[[never]]\nfinding = \"true\"", "[[never]]\nmechanism = \"black-hole\"",
    "[[never]]\napp = \"Telegram\"", "[[never]]\ngrade = \"certain\"", "[[flow]]\ntransport = \"UDP\"\ncount = 0",
    "[[flow]]\ncap_bps = \"128000\"", "[[call]]\nmasked = 1", "[[flow]]\noutcome = [\"dropped\", \"capt\"]",
    "[[flow]]\ncap_bps = inf", "[[flow]]\ncap_bps = nan", "[[flow]]\ncap_bps = 1e30", "[[never]]\ncap_bps = -5",
    "[[never]]\noutcome = \"none\"", "[[never]]\ntransport = \"none\"", "[[never]]\nfinding = \"none\"",
    "[[never]]\nkind = \"call\"\nstage = \"none\"", "[[never]]\ngap = \"too_few_trails\"",
    "[[never]]\nserver = \"not an address\"", "[[never]]\nserver = \"198.51.100.80:99999\"",
    "[[never]]\nserver = \" 198.51.100.80:443\"", "[[never]]\nclient = 3",
    "[[never]]\nserver_name = \"Blocked.example\"",
    "[[never]]\nserver = \":443\"\nmasked = false", "[[never]]\nstage = \"media\"\nserver = \":443\"",
    "[[never]]\nfinding = true\noutcome = \"ok\"", "[[never]]\nfinding = false\noutcome = [\"dropped\", \"capped\"]",
    "", "call = []", "never = []", "[counts]",
  ])
  func misspelledValuesAreRefused(_ toml: String) {
    #expect(throws: ExpectationError.self) { try Expectation(toml: toml) }
  }

  @Test func noValueIsAValue() throws {
    #expect(try failures("[[flow]]\nmechanism = \"none\"", [flow(.ok, nil, grade: .none)]) == [])
    #expect(try failures("[[flow]]\ncap_bps = \"none\"", [flow()]) == [])
  }

  @Test func countsAreExact() throws {
    let toml = "[[flow]]\noutcome = \"dropped\"\ncount = 2\n[counts]\nflows = 3\nfindings = 2"
    #expect(try failures(toml, [flow(), flow(), flow(.ok, nil, grade: .none)]) == [])
    #expect(try failures(toml, [flow(), flow(), flow()]).count == 2)
    #expect(try failures("[[flow]]\noutcome = \"dropped\"\ncount = 0", [flow()]).count == 1)
  }

  @Test(arguments: [
    (Grade.consistent, "consistent", true), (.consistent, "probable", false), (.confirmed, "probable", true),
    (.none, "none", true), (.inconclusive, "consistent", false),
  ])
  func gradesCountUpwards(grade: Grade, least: String, isMet: Bool) throws {
    let outcome: Outcome = grade == .none ? .ok : .dropped
    #expect(try failures("[[flow]]\ngrade = \"\(least)\"", [flow(outcome, grade: grade)]).isEmpty == isMet)
  }

  @Test(arguments: [(109_000 as Int64, true), (111_000, false), (91_000, true), (89_000, false)])
  func ratesAreEqualWithinATenth(rate: Int64, isMet: Bool) throws {
    let capped = flow(.capped, .policer, rate: rate)
    #expect(try failures("[[flow]]\ncap_bps = 100000", [capped]).isEmpty == isMet)
  }

  @Test func noneIsNoValue() throws {
    #expect(try failures("[[flow]]\nmechanism = \"none\"", [flow(.ok, nil, grade: .none)]) == [])
    #expect(try failures("[[flow]]\nmechanism = \"none\"", [flow()]).count == 1)
  }

  @Test func endsAreNamedByAddressOrPort() throws {
    let other = flow(server: IPAddress(high: 0x2001_0DB8_0000_0000, low: 7))
    for name in ["198.51.100.7", ":443", "198.51.100.7:443"] {
      #expect(try failures("[[flow]]\nserver = \"\(name)\"", [flow()]) == [], "\(name)")
    }
    for name in ["[2001:db8::7]:443", "2001:DB8:0:0::7", "2001:db8::7"] {
      #expect(try failures("[[flow]]\nserver = \"\(name)\"", [other]) == [], "\(name)")
    }
    #expect(try failures("[[flow]]\nserver = \"198.51.100.70\"", [flow()]).count == 1)
  }

  @Test func whatMustNeverBeIsToldWithAnExample() throws {
    let told = try failures("[[never]]\nfinding = true", [flow(.ok, nil, grade: .none), flow()])
    #expect(told.count == 1 && told[0].contains("found 1") && told[0].contains("198.51.100.7:443"))
    #expect(try failures("[[never]]\nkind = \"call\"\nfinding = true", [flow()]) == [])
  }

  @Test func theNearestMissIsNamed() throws {
    let told = try failures("[[flow]]\nserver = \":443\"\noutcome = \"capped\"", [flow(port: 80), flow()])
    #expect(
      told == [
        "expected flow with outcome capped, server :443; found none: the nearest is udp 0.0.0.0:0 > 198.51.100.7:443, but outcome is dropped"
      ])
  }

  @Test(arguments: [
    "x = 1", "[[flow]]", "[[flow]]\nbogus = 1", "[[call]]\nserver = \":1\"", "flow = 3", "[counts]\nbogus = 1",
    "[counts]\nflows = -1", "[[flow]]\ncount = \"two\"\noutcome = \"ok\"", "[[flow]]\noutcome = []",
    "[[flow]]\noutcome = {}", "[[never]]\nkind = \"packet\"\noutcome = \"ok\"", "= 3", "[[flow]\n",
  ])
  func whatIsNoExpectationIsRefusedInWords(toml: String) {
    #expect(throws: ExpectationError.self) { try Expectation(toml: toml) }
  }

  @Test func whatIsWrittenIsMet() throws {
    let flows = [flow(), flow(), flow(port: 80, .capped, .policer, rate: 64_000), flow(.ok, nil, grade: .none)]
    var writer = ExpectationWriter()
    for flow in flows { writer.take(flow) }
    #expect(try failures(writer.text, flows) == [])
    #expect(writer.text.contains("count = 2"))
    #expect(try failures(writer.text, Array(flows.dropFirst())).isEmpty == false)
  }

  /// Rates within a tenth and lower grades meet an entry as well, and more findings than are written down.
  @Test(arguments: [
    [475_957, 470_520, 300_000], Array(repeating: 64_000, count: 120), (0..<120).map { 50_000 + 1_000 * $0 },
  ])
  func whatIsWrittenIsMetByAllTogether(rates: [Int]) throws {
    let grades: [Grade] = [.consistent, .probable, .confirmed]
    let flows = rates.enumerated().map { place, rate in
      flow(.capped, .policer, grade: grades[place % 3], rate: Int64(rate))
    }
    var writer = ExpectationWriter()
    for flow in flows { writer.take(flow) }
    #expect(try failures(writer.text, flows) == [])
    #expect(try failures(writer.text, Array(flows.dropLast())).isEmpty == false)
  }

  @Test func aRateThatCannotBeIsNoTrap() throws {
    let told = try failures("[[flow]]\ncap_bps = 1e15", [flow()])
    #expect(told.count == 1 && told[0].contains("cap_bps 1000000000000000"))
  }
}

/// Thresholds by name.
@Suite struct RuleFileTests {
  @Test func everyThresholdHasAName() {
    let listed = Set(
      Mirror(reflecting: Thresholds()).children.flatMap { group in
        Mirror(reflecting: group.value).children.compactMap { field in
          field.value is Threshold ? "\(group.label ?? "").\(field.label ?? "")" : nil
        }
      })
    #expect(Set(Thresholds().listing.map(\.name)) == listed)
    #expect(Set(Thresholds.allNames) == listed)
    #expect(Thresholds.allNames.count == listed.count)
  }

  @Test func namesSetWhatTheySay() throws {
    var thresholds = Thresholds()
    for name in Thresholds.allNames {
      // Parts of one whole are no more than that.
      if case .set = thresholds.set(name, to: 1234) {
        #expect(thresholds.listing.first { $0.name == name }?.threshold.value == 1234)
      } else if case .set = thresholds.set(name, to: 0.625) {
        #expect(thresholds.listing.first { $0.name == name }?.threshold.value == 0.625)
      } else {
        Issue.record("\(name) is not set")
      }
    }
    #expect(thresholds.listing.allSatisfy { $0.threshold.value == 1234 || $0.threshold.value == 0.625 })
    // Each takes its own default.
    for (name, threshold) in Thresholds().listing {
      if case .set = thresholds.set(name, to: threshold.value) {} else { Issue.record("\(name) refuses its default") }
    }
  }

  /// A score is no more than 1 by the record format, a share and a probability by what they are, and what is counted is whole.
  @Test(arguments: [
    ("score.ok", 3), ("grade.probability", 2), ("pair.share", 1.5), ("power.lossShare", 5), ("cap.losses", 15.5),
    ("comparison.p", 1.01),
  ]) func whatCannotBeIsRefused(name: String, value: Double) {
    var thresholds = Thresholds()
    if case .set = thresholds.set(name, to: value) { Issue.record("\(name) takes \(value)") }
    if case .set = thresholds.set(name, to: 1) {} else { Issue.record("\(name) refuses 1") }
  }

  @Test(arguments: [0, -1, .nan, .infinity, 1e300]) func numbersThatCannotBeCountedWithAreRefused(value: Double) {
    var thresholds = Thresholds()
    if case .set = thresholds.set("silence.bin", to: value) { Issue.record("\(value) is taken") }
    if case .unknown = thresholds.set("silence.bins", to: 1) {} else { Issue.record("an unknown name is taken") }
  }

  @Test func tomlTablesAreGroups() throws {
    let overrides = try RuleFile.overrides(toml: "[cap]\nlosses = 30\nchance = 0.5\n[silence]\ntrials = 5")
    #expect(overrides.map(\.name) == ["cap.chance", "cap.losses", "silence.trials"])
    #expect(overrides.map(\.value) == [0.5, 30, 5])
    #expect(throws: ExpectationError.self) { try RuleFile.overrides(toml: "losses = 30") }
    #expect(throws: ExpectationError.self) { try RuleFile.overrides(toml: "[cap]\nlosses = \"30\"") }
  }
}
