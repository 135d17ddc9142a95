import Foundation
import Testing
import Verdict

@testable import Report

/// What a run that goes on shows people: lines as they happen, and a table that fits the terminal.
@Suite struct LiveTextTests {
  private static let client = IPAddress(v4: 0xC0A8_0117)

  private static func row(
    _ verdict: Judgment = Records.verdict(.ok, grade: .none), stage: Stage = .media, first: Int64 = Records.start,
    rates: [Int64] = [0, 10, 50, 100]
  ) -> LiveTable.Row {
    var call = Records.call(verdict, stage: stage)
    call.first = first
    return LiveTable.Row(call: call, client: client, rate: rates.last ?? 0, rates: rates)
  }

  private static func screen(
    _ rows: [LiveTable.Row], columns: Int = 80, lines: Int = 24, isUnicode: Bool = true, color: Bool = false
  ) -> [String] {
    let table = LiveTable(isUnicode: isUnicode, color: color)
    let bytes = table.draw(
      rows, title: "ringback eth0   \(rows.count) calls   1204331 packets, 0 dropped", clock: "15:42:07",
      note: "Ctrl-C ends", columns: columns, lines: lines)
    var text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("\u{1B}[H") && text.hasSuffix("\u{1B}[K\u{1B}[J"), "drawn over the old screen, rests erased")
    text.removeFirst(3)
    text.removeLast(3)
    return text.split(separator: "\r\n", omittingEmptySubsequences: false).map {
      String($0.dropLast(3))
    }
  }

  /// A narrow terminal goes without what matters less than the verdict.
  @Test(arguments: [
    (120, ["app", "client", "stage", "time", "rate", "trend", "loss", "verdict"]),
    (90, ["app", "client", "stage", "time", "rate", "loss", "verdict"]),
    (70, ["app", "client", "time", "loss", "verdict"]), (60, ["app", "client", "time", "verdict"]),
  ]) func theVerdictIsWholeOnAnyTerminal(columns: Int, titles: [String]) {
    let screen = Self.screen([Self.row(Records.fullVerdict)], columns: columns)
    #expect(screen[1].split(separator: " ").map(String.init) == titles)
    #expect(screen[2].contains("DROPPED media: worked"))
  }

  @Test func aScreenOf80By24HasItsColumns() {
    let rows = [
      Self.row(), Self.row(Records.fullVerdict, stage: .signalling),
      Self.row(Records.verdict(.inconclusive, grade: .inconclusive)),
    ]
    let screen = Self.screen(rows)
    #expect(screen.count == 24)
    #expect(screen.allSatisfy { $0.count <= 80 })
    #expect(screen[0].hasSuffix(" 15:42:07") && screen[0].count == 80)
    let titles = screen[1].split(separator: " ").map(String.init)
    #expect(titles == ["app", "client", "stage", "time", "loss", "verdict"])
    #expect(screen[2].contains("signalling"), "a stage is never cut")
    #expect(screen[2].contains("DROPPED"), "a finding comes first")
    #expect(screen[2].contains("192.168.1.23"))
    #expect(screen[2].contains("50"), "of both directions the larger loss")
    #expect(screen[3].contains("ok") && screen[4].contains("-"))
    #expect(screen[23] == "Ctrl-C ends")
    // Columns stand below their titles.
    for title in ["client", "stage", "verdict"] {
      let column = screen[1].distance(
        from: screen[1].startIndex, to: screen[1].range(of: title)?.lowerBound ?? screen[1].startIndex)
      for line in screen[2...4] { #expect(Array(line)[column - 1] == " " && Array(line)[column] != " ") }
    }
  }

  @Test(arguments: [(80, 24), (80, 5), (40, 10), (20, 4), (200, 60), (1, 1), (79, 3)])
  func itFitsWhateverTheTerminal(_ size: (columns: Int, lines: Int)) {
    for count in [0, 1, 3, 100] {
      let rows = (0..<count).map { Self.row(first: Records.start + Int64($0)) }
      for color in [false, true] {
        let screen = Self.screen(rows, columns: size.columns, lines: size.lines, color: color)
        #expect(screen.count <= max(1, size.lines))
        for line in screen {
          let shown = line.replacing("\u{1B}[32m", with: "").replacing("\u{1B}[0m", with: "")
          #expect(shown.count <= max(20, size.columns))
        }
      }
    }
  }

  @Test func whatDoesNotFitIsCounted() {
    let rows = (0..<100).map { Self.row(first: Records.start + Int64($0)) }
    let screen = Self.screen(rows)
    #expect(screen[21] == "... and 81 more" + String(repeating: " ", count: 80 - 15))
    // 24 lines: title, columns, 19 calls, the rest, an empty line, the note.
    #expect(screen.count == 24)
  }

  @Test func ratesAreBarsOfTheLargest() {
    let table = LiveTable(isUnicode: true, color: false)
    #expect(table.sparkline([0, 1, 50, 100]) == " \u{2581}\u{2584}\u{2588}")
    #expect(table.sparkline([]) == "")
    #expect(table.sparkline([0, 0]) == "  ")
    #expect(table.sparkline(Array(1...100)).count == LiveTable.sparkWidth, "the latest ones")
    #expect(LiveTable(isUnicode: false, color: false).sparkline([0, 100]) == " #")
  }

  // MARK: Lines

  private static func lines(_ body: (inout LiveLines) -> Void) -> [Substring] {
    var lines = LiveLines(color: false)
    body(&lines)
    let text = String(decoding: lines.take(), as: UTF8.self)
    #expect(lines.take().isEmpty, "what was taken is gone")
    return text.split(separator: "\n")
  }

  @Test func aCallIsALineEachTime() {
    var call = Records.call(Records.verdict(.inconclusive, grade: .inconclusive))
    call.isProvisional = true
    var found = Records.call(Records.fullVerdict)
    found.isProvisional = true
    var over = found
    over.isProvisional = false
    over.ended = true
    over.masked = true
    let lines = Self.lines {
      for call in [call, found, over] { $0.append(call, client: Self.client, clock: "15:42:07") }
    }
    #expect(lines.count == 3)
    #expect(lines[0] == "15:42:07 Telegram 192.168.1.23: signalling")
    #expect(lines[1].hasPrefix("15:42:07 Telegram 192.168.1.23: signalling, DROPPED "))
    #expect(lines[2].contains("ended after 31 s") && lines[2].contains("went on over another path"))
  }

  /// Names come from the wire: none of their bytes reaches a terminal that obeys.
  @Test func aNameCannotWriteToTheTerminal() {
    var flow = Records.fullFlow
    flow.serverName = "a\u{1B}[2Jb\n\u{7}c"
    let lines = Self.lines { $0.append(flow, clock: "15:42:07") }
    #expect(lines.count == 1)
    #expect(!lines[0].contains("\u{1B}") && !lines[0].contains("\u{7}"))
  }

  @Test func aNoteNamesTheProgram() {
    #expect(
      Self.lines { $0.note("the kernel dropped 3 packets", clock: "01:02:03") } == [
        "01:02:03 ringback the kernel dropped 3 packets"
      ])
  }
}
