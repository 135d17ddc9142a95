import TestSupport
import Testing

/// What people and pipes get to see.
@Suite struct OutputTests {
  @Test func helpBeginsAsItShould() throws {
    let result = try BuiltCommand.run(["--help"])
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(
      result.lines.prefix(7) == [
        "OVERVIEW: Says what the network did to a call, from a packet capture.",
        "",
        "Ringback reads captures, recognizes call traffic (STUN, TURN, DTLS, RTP and the",
        "call set-up of messengers) and writes a verdict for every flow and every call,",
        "with the packets that show it. It only reads: it sends nothing and decrypts no",
        "media.",
        "",
      ])
    #expect(result.lines.contains("USAGE: ringback <subcommand>"))
  }

  @Test(arguments: [["--version"], ["analyze", "--help"], ["help", "analyze"], ["synth", "--help"], ["synth"]])
  func whatIsAskedForGoesToStandardOutput(_ arguments: [String]) throws {
    let result = try BuiltCommand.run(arguments)
    #expect(result.exitCode == 0)
    #expect(!result.output.isEmpty)
    #expect(result.errors == "")
  }

  @Test(arguments: SampleCapture.all)
  func textFitsEightyColumns(_ sample: SampleCapture) throws {
    for options in [[], ["--all"]] {
      let result = try BuiltCommand.run(["analyze"] + options + [sample.name], folder: sample.folder)
      #expect(result.exitCode == 0)
      for line in result.lines where line.count > 80 { Issue.record("\(line.count) columns: \(line)") }
      #expect(!result.output.contains(0x1B))
    }
  }

  @Test(arguments: [
    ("telegram-blocked", "a Telegram call was probably blocked: no relay answered"),
    ("telegram-clean", "nothing wrong seen in 1 call"),
    ("telegram-cutoff", "a Telegram call failed: worked, then went silent"),
    ("reset-injected", "flows have a finding"),
  ])
  func theFirstLineIsTheAnswer(_ name: String, _ answer: String) throws {
    let sample = try SampleCapture.named(name)
    let result = try BuiltCommand.run(["analyze", sample.name], folder: sample.folder)
    let first = try #require(result.lines.first)
    #expect(first.hasPrefix("\(name).pcap: "))
    // The sentence may go on in the next lines.
    let sentence = result.lines.prefix(3).map { $0.drop { $0 == " " } }.joined(separator: " ")
    #expect(sentence.contains(answer))
  }

  @Test(arguments: [[:], ["NO_COLOR": "1"], ["TERM": "dumb"]])
  func aPipeGetsNoTerminalCodes(_ environment: [String: String]) throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let result = try BuiltCommand.run(["analyze", sample.name], folder: sample.folder, environment: environment)
    #expect(!result.output.isEmpty)
    #expect(!result.output.contains(0x1B))
    #expect(!result.errors.utf8.contains(0x1B))
  }

  @Test func timesAreOnlyShownOnRequest() throws {
    let sample = try SampleCapture.named("sip-clean")
    let options = ["analyze", "--format", "ndjson", sample.name]
    let plain = try BuiltCommand.run(options, folder: sample.folder)
    let again = try BuiltCommand.run(options, folder: sample.folder)
    #expect(plain.output == again.output)
    #expect(!plain.text.contains("elapsed_s"))
    let costly = try BuiltCommand.run(options + ["--stats"], folder: sample.folder)
    #expect(costly.lines.last?.contains(#""elapsed_s":"#) == true)
  }
}
