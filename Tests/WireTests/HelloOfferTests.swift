import TestSupport
import Testing
import Wire

/// What JA4 takes of a hello, before it is hashed (FoxIO, technical_details/JA4.md).
@Suite struct HelloOfferTests {
  private func offer(_ hello: MadeHello) throws -> HelloOffer {
    var offer = HelloOffer()
    let stream = hello.record
    guard case .hello = TLSClientHello.read(stream.span, offer: &offer) else {
      Issue.record("no hello")
      return offer
    }
    #expect(offer.isComplete)
    return offer
  }

  private func raw(_ hello: MadeHello) throws -> String {
    let text = try offer(hello).text(.tls)
    return [text.lead, text.ciphers, text.extensions].map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: "_")
  }

  /// The definition's example of a raw fingerprint.
  @Test func thePublishedExample() throws {
    #expect(
      try raw(.published)
        == "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
        + "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
        + "0403,0804,0401,0503,0805,0501,0806,0601")
  }

  @Test func withoutSignatureAlgorithmsTheLineIsMissing() throws {
    var hello = MadeHello.published
    hello.extensions.removeAll { $0.type == 13 }
    let extensions = "0005,000a,000b,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01"
    #expect(try raw(hello).hasSuffix("_" + extensions))
  }

  @Test func aHelloWithoutExtensions() throws { #expect(try raw(MadeHello()) == "t12i020000_1301,1302_") }

  /// The definition's examples, and one letter, which is first and last.
  @Test(
    arguments: [
      ([0xAB], "ab"), ([0xAB, 0xCD], "ad"), ([0x30, 0xAB], "3b"), ([0x30, 0x31, 0xAB, 0xCD], "3d"),
      ([0x30, 0xAB, 0xCD, 0x31], "01"), ([0x68, 0x32], "h2"), ([0x58], "XX"),
    ] as [([UInt8], String)]) func endsOfTheFirstProtocol(name: [UInt8], letters: String) throws
  {
    var hello = MadeHello()
    hello.extensions = [MadeHello.protocols([name, Array("other".utf8)])]
    #expect(try raw(hello) == "t12i0201\(letters)_1301,1302_")
  }

  @Test(
    arguments: [
      (0x0304, "13"), (0x0303, "12"), (0x0302, "11"), (0x0301, "10"), (0x0300, "s3"), (0x0305, "00"),
    ] as [(UInt16, String)]) func versions(version: UInt16, letters: String) throws
  {
    var hello = MadeHello()
    hello.version = version
    #expect(try raw(hello).hasPrefix("t\(letters)i"))
    // What supported_versions lists counts instead, however small; GREASE does not.
    hello.extensions = [MadeHello.versions([0x0A0A, 0x0301])]
    #expect(try raw(hello).hasPrefix("t10i"))
  }

  @Test(arguments: [([0xFEFC, 0xFEFD], "d2"), ([0xFEFC], "d3"), ([], "d2")] as [([UInt16], String)])
  func versionsOfDTLS(listed: [UInt16], letters: String) throws {
    var hello = MadeHello()
    hello.version = 0xFEFD
    if !listed.isEmpty { hello.extensions = [MadeHello.versions(listed)] }
    var offer = HelloOffer()
    let fragment = Array(hello.fragments(of: 1_000)[0][13...])
    let read = DTLSClientHello(fragment.span, offer: &offer)
    #expect(read != nil && offer.isComplete)
    #expect(String(decoding: offer.text(.dtls).lead.prefix(3), as: UTF8.self) == "d" + letters)
  }

  @Test func moreThanNinetyNineAreNinetyNine() throws {
    var hello = MadeHello()
    hello.ciphers = (0..<130).map { 0x4000 + $0 }
    #expect(try raw(hello).hasPrefix("t12i990000_4000,4001,"))
  }

  /// Browsers shuffle their extensions and draw GREASE anew for each hello; nothing else of a hello may change unseen.
  @Test func theKeyIsThatOfTheFingerprint() throws {
    let first = try offer(.published)
    var shuffled = MadeHello.published
    shuffled.extensions.reverse()
    shuffled.ciphers.reverse()
    shuffled.extensions.removeAll { $0.type == 0x7A7A }
    let other = try offer(shuffled)
    #expect(other.key(.tls, seed: 7) == first.key(.tls, seed: 7) && other.text(.tls) == first.text(.tls))
    #expect(first.key(.quic, seed: 7) != first.key(.tls, seed: 7))
    var changes: [MadeHello] = []
    for index in MadeHello.published.extensions.indices where MadeHello.published.extensions[index].type & 15 != 10 {
      var hello = MadeHello.published
      hello.extensions.remove(at: index)
      changes.append(hello)
    }
    var hello = MadeHello.published
    hello.ciphers.append(0xC009)
    changes.append(hello)
    hello = .published
    hello.extensions.removeAll { $0.type == 13 }
    hello.extensions.append(MadeHello.signatures([0x0804, 0x0403, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]))
    changes.append(hello)
    var keys: Set<UInt64> = [first.key(.tls, seed: 7).0]
    for change in changes {
      let changed = try offer(change)
      #expect(changed.text(.tls) != first.text(.tls))
      #expect(keys.insert(changed.key(.tls, seed: 7).0).inserted)
    }
    #expect(changes.count > 10)
  }

  @Test func halfAHelloHasNone() {
    let record = MadeHello.published.record
    for length in 44..<record.count {
      var offer = HelloOffer()
      let part = Array(record[..<length])
      if case .hello(let hello) = TLSClientHello.read(part.span, isFinal: true, offer: &offer) {
        #expect(!offer.isComplete && !hello.isComplete)
      }
    }
  }

  @Test(arguments: [(0, true), (1, false)] as [(UInt8, Bool)])
  func anEncryptedHelloIsMarkedInItsOuterFormOnly(type: UInt8, isOuter: Bool) throws {
    var hello = MadeHello()
    hello.extensions = [(0xFE0D, type == 0 ? [0, 0, 1, 0, 1, 9, 0, 0, 0, 1, 7] : [1])]
    let record = hello.record
    guard case .hello(let read) = TLSClientHello.read(record.span) else {
      Issue.record("no hello")
      return
    }
    #expect(read.hasECH == isOuter)
  }
}
