import FoundationEssentials
import Testing
import Verdict

@testable import Recognition

/// Signatures are dated data with a source, one file per messenger.
@Suite struct SignatureTests {
  /// This file is `Tests/RecognitionTests/SignatureTests.swift`.
  private static func folder(_ file: String = #filePath) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      + "/Sources/Recognition/Signatures"
  }

  @Test func everyFileOfTheFolderIsInTheList() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder()).filter { $0.hasSuffix(".swift") }
    #expect(files.count > 1)
    let named = Set(files.map { $0.dropLast(6).lowercased() })
    let listed = Set(Signature.all.map { $0.application.rawValue.lowercased() })
    #expect(named == listed)
    #expect(Signature.all.count == listed.count)
  }

  @Test func everyClueHasASourceAndADate() {
    for signature in Signature.all {
      #expect(!signature.clues.isEmpty)
      for clue in signature.clues {
        #expect("\(clue.source)".utf8.count >= 8, "\(signature.application) \(clue.kind)")
        let (year, month, day) = (clue.seen.day / 10_000, clue.seen.day / 100 % 100, clue.seen.day % 100)
        #expect((2_010...2_100).contains(year) && (1...12).contains(month) && (1...31).contains(day), "\(clue.kind)")
      }
    }
  }

  @Test func addressesAloneAreWeakAndNothingWeakIsCertain() {
    for signature in Signature.all {
      for clue in signature.clues {
        switch clue.kind {
        case .prefix(let prefix, let length):
          #expect(clue.weight == .weak)
          #expect(length > 8 && length <= (prefix.family == .v4 ? 32 : 128))
          #expect(prefix.isIn(prefix, length: length) && isMasked(prefix, length), "\(clue.kind)")
        case .service(_, _, _, _): #expect(clue.weight == .weak)
        case .content(let bits):
          // A bit that many protocols set speaks for nobody.
          #expect(bits.rawValue & 0xF_FFFF == 0, "\(clue.kind)")
          #expect(bits.rawValue.nonzeroBitCount == 1)
        case .phoneApp(let label): #expect(!label.isEmpty && label.utf8.count < 20)
        case .realm(let text), .serverName(let text):
          #expect(text == text.lowercased() && text.contains(".") && text.first != ".")
        }
      }
    }
  }

  private func isMasked(_ prefix: IPAddress, _ length: Int) -> Bool {
    if prefix.family == .v4 { return length == 32 || prefix.low & (0xFFFF_FFFF >> UInt64(length)) == 0 }
    if length <= 64 { return prefix.low == 0 && (length == 64 || prefix.high & (UInt64.max >> UInt64(length)) == 0) }
    return length == 128 || prefix.low & (UInt64.max >> UInt64(length - 64)) == 0
  }

  @Test func noTwoSignaturesShareAClue() {
    var seen: [String: Application] = [:]
    for signature in Signature.all {
      for clue in signature.clues {
        let key = "\(clue.kind)"
        #expect(seen[key] == nil, "\(key) speaks for \(signature.application) and \(String(describing: seen[key]))")
        seen[key] = signature.application
      }
    }
  }

  @Test func theListingNamesEveryClue() {
    let lines = SignatureIndex.listing()
    #expect(lines.count == Signature.all.reduce(0) { $0 + $1.clues.count })
    #expect(Set(lines).count == lines.count)
  }

  /// The rules digest covers these words: they stay as reflection once wrote them.
  @Test func theListingKeepsItsWords() {
    let host = IPAddress(v4: 0x0102_0300)
    let kinds: [(Clue.Kind, String)] = [
      (.content(.reflectorHello), "content(Recognition.ObservedContent(rawValue: 16777216))"),
      (.realm("telegram.org"), "realm(\"telegram.org\")"), (.serverName("t.me"), "serverName(\"t.me\")"),
      (.prefix(host, length: 24), "prefix(1.2.3.0, length: 24)"),
      (
        .service(host, length: 24, .udp, 1...2),
        "service(1.2.3.0, length: 24, Verdict.Transport.udp, ClosedRange(1...2))"
      ),
    ]
    for (kind, words) in kinds { #expect("\(kind)" == words) }
  }

  /// What is looked at first, the address's first octet, hides no rule.
  @Test func addressesAtTheEdgesOfEveryPrefixMatch() {
    for signature in Signature.all {
      for clue in signature.clues {
        guard case .prefix(let prefix, let length) = clue.kind, prefix.family == .v4 else { continue }
        let last = IPAddress(v4: UInt32(truncatingIfNeeded: prefix.low) | UInt32.max >> UInt32(length))
        for host in [prefix, last] { #expect(index.match(server: host, port: 1, transport: .udp) != nil) }
      }
    }
    let wide = SignatureIndex([
      Signature(
        .meet, clues: [Clue(.prefix(IPAddress(v4: 0xC000_0000), length: 3), .weak, source: "made up", seen: 20_260_101)]
      )
    ])
    for octet in 0..<256 as Range<UInt32> {
      let isInside = octet >> 5 == 6
      #expect((wide.match(server: IPAddress(v4: octet << 24 | 7), port: 1, transport: .tcp) != nil) == isInside)
    }
  }

  // MARK: Matching

  private let index = SignatureIndex()

  private func application(_ name: String) -> Application? { index.match(serverName: Array(name.utf8))?.application }

  @Test func aNameMatchesItselfAndWhatEndsWithADotAndIt() {
    #expect(application("whatsapp.net") == .whatsapp)
    #expect(application("g.whatsapp.net") == .whatsapp)
    #expect(application("mmg-fna.whatsapp.net") == .whatsapp)
    #expect(application("t.me") == .telegram)
    for other in [
      "notwhatsapp.net", "whatsapp.net.example.org", "whatsapp.ne", "hatsapp.net", ".net", "", "net", "bot.met",
      "supert.me", "xtelegram.org", "whatsapp.net.",
    ] {
      #expect(application(other) == nil, "\(other)")
    }
  }

  @Test func aRealmMatchesLikeAName() {
    #expect(index.match(realm: Array("telegram.org".utf8))?.application == .telegram)
    #expect(index.match(realm: Array("nottelegram.org".utf8)) == nil)
    #expect(index.match(realm: Array("example.org".utf8)) == nil)
    #expect(index.match(realm: []) == nil)
  }

  @Test func anAddressMatchesItsPrefixAndNoNeighbour() {
    func match(_ bits: UInt32) -> ApplicationMatch? {
      index.match(server: IPAddress(v4: bits), port: 597, transport: .udp)
    }
    #expect(match(0x5B6C_0915)?.application == .telegram)  // 91.108.9.21
    #expect(match(0x5B6C_0915)?.grade == .weak)
    #expect(match(0x5B6C_0000) == nil)  // 91.108.0.0 is below 91.108.4.0/22
    #expect(match(0x5B6C_0400)?.application == .telegram)
    #expect(match(0x5B6C_0FFF)?.application == .telegram)
    #expect(match(0x5B6C_1800) == nil)
    #expect(match(0xC0A8_0117) == nil)
    let six = IPAddress(high: 0x2001_067C_04E8_F002, low: 9)
    #expect(index.match(server: six, port: 443, transport: .tcp)?.application == .telegram)
    // An IPv4 prefix says nothing of an IPv6 address with the same bits.
    #expect(index.match(server: IPAddress(high: 0, low: 0x5B6C_0915), port: 597, transport: .udp) == nil)
  }

  @Test func contentMatchesTheLoudestClue() {
    #expect(index.match(content: [.rtp, .extensionDEBE])?.grade == .likely)
    #expect(index.match(content: [.rtp, .extensionDEBE, .stunToken4000])?.grade == .certain)
    #expect(index.match(content: [.reflectorData])?.application == .telegram)
    for ordinary: ObservedContent in [
      [], [.stun, .turn, .dtls, .rtp, .iceCheck, .srtcp, .rtcp, .dtlsSRTP, .dtlsData, .channelData],
      [.quic, .dns, .tls, .http, .sip, .hangUp],
    ] {
      #expect(index.match(content: ordinary) == nil)
    }
  }

  @Test func theLouderWinsAndTheEarlierBreaksATie() {
    let first = ApplicationMatch(application: .telegram, grade: .likely, order: 0)
    let second = ApplicationMatch(application: .whatsapp, grade: .likely, order: 1)
    let loud = ApplicationMatch(application: .whatsapp, grade: .certain, order: 1)
    #expect(ApplicationMatch.louder(first, second)?.application == .telegram)
    #expect(ApplicationMatch.louder(second, first)?.application == .telegram)
    #expect(ApplicationMatch.louder(first, loud)?.application == .whatsapp)
    #expect(ApplicationMatch.louder(nil, first)?.application == .telegram)
    #expect(ApplicationMatch.louder(first, nil)?.application == .telegram)
    #expect(ApplicationMatch.louder(nil, nil) == nil)
  }

  @Test func servicesMatchWithTheirPortsAndTransportAlone() {
    let made = SignatureIndex([
      Signature(
        .zoom,
        clues: [
          Clue(
            .service(IPAddress(v4: 0xCB00_7100), length: 24, .udp, 8_801...8_810), .weak, source: "made up",
            seen: 20_260_101)
        ])
    ])
    let host = IPAddress(v4: 0xCB00_7109)
    #expect(made.match(server: host, port: 8_801, transport: .udp)?.application == .zoom)
    #expect(made.match(server: host, port: 8_810, transport: .udp)?.application == .zoom)
    #expect(made.match(server: host, port: 8_800, transport: .udp) == nil)
    #expect(made.match(server: host, port: 8_811, transport: .udp) == nil)
    #expect(made.match(server: host, port: 8_805, transport: .tcp) == nil)
    #expect(made.match(server: IPAddress(v4: 0xCB00_7209), port: 8_805, transport: .udp) == nil)
  }

  @Test func theLongestSuffixWins() {
    let made = SignatureIndex([
      Signature(.meet, clues: [Clue(.serverName("example.org"), .likely, source: "made up", seen: 20_260_101)]),
      Signature(.zoom, clues: [Clue(.serverName("call.example.org"), .likely, source: "made up", seen: 20_260_101)]),
    ])
    #expect(made.match(serverName: Array("a.call.example.org".utf8))?.application == .zoom)
    #expect(made.match(serverName: Array("recall.example.org".utf8))?.application == .meet)
  }
}
