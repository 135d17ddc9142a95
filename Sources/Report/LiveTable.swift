public import Verdict

/// The calls that go on as a table that fits a terminal: drawn anew each time, every line as wide as the terminal at most.
///
///     ringback eth0   3 calls   1,204,331 packets, 0 dropped            15:42:07
///     app      client          stage      time   rate       trend    loss   verdict
///     Telegram 10.0.0.2        media      1 min  43 kbit/s  ▁▂▅▇▅▂   0.1 %  ok
public struct LiveTable: Sendable {
  /// One call.
  public struct Row: Sendable {
    /// What is said of it.
    public var call: CallRecord
    /// Whose it is.
    public var client: IPAddress
    /// Bits a second since the look before.
    public var rate: Int64
    /// Bits a second of earlier looks, the latest last.
    public var rates: [Int64]

    /// A row.
    public init(call: CallRecord, client: IPAddress, rate: Int64, rates: [Int64]) {
      self.call = call
      self.client = client
      self.rate = rate
      self.rates = rates
    }
  }

  /// Columns of the sparkline.
  public static let sparkWidth = 8
  private let isUnicode: Bool
  private let color: Bool

  /// A table; `isUnicode` where the terminal shows it.
  public init(isUnicode: Bool, color: Bool) {
    self.isUnicode = isUnicode
    self.color = color
  }

  /// The screen: `title` and a note below the table may be cut; findings come first, then the calls that began last.
  public func draw(_ rows: [Row], title: String, clock: String, note: String, columns: Int, lines: Int) -> [UInt8] {
    let width = max(columns, 20)
    var screen: [String] = [Self.fit(title, width - clock.count - 1) + " " + clock]
    screen.append(
      Self.fit(Self.cells("app", "client", "stage", "time", "rate", "trend", "loss", width) + "verdict", width))
    let sorted = rows.sorted { left, right in
      if left.call.verdict.isFinding != right.call.verdict.isFinding { return left.call.verdict.isFinding }
      return left.call.first > right.call.first
    }
    let room = max(1, lines - 4)
    for row in sorted.prefix(room) { screen.append(line(row, width)) }
    if sorted.count > room {
      screen[screen.count - 1] = Self.fit("... and \(sorted.count - room + 1) more", width)
    }
    while screen.count < lines - 1 { screen.append("") }
    screen.append(Self.fit(note, width).trimmed)
    var bytes: [UInt8] = Array("\u{1B}[H".utf8)
    for (index, text) in screen.prefix(lines).enumerated() {
      if index > 0 { bytes += [0x0D, 0x0A] }
      bytes += Array(text.utf8)
      bytes += Array("\u{1B}[K".utf8)
    }
    bytes += Array("\u{1B}[J".utf8)
    return bytes
  }

  private func line(_ row: Row, _ width: Int) -> String {
    let verdict = row.call.verdict
    let losses = [verdict.lossUp, verdict.lossDown].compactMap { $0 }
    let loss = losses.max().map { Sentence.text(.share($0)) } ?? "-"
    let text =
      Self.cells(
        Wording.name(row.call), LiveLines.text(row.client), row.call.stage.rawValue,
        Sentence.text(.duration((row.call.last - row.call.first) / 1_000_000_000 * 1_000_000_000)),
        Sentence.text(.rate(row.rate)), sparkline(row.rates), loss, width) + Self.word(verdict, row.call.stage)
    let cut = Self.fit(text, width)
    guard color, verdict.isFinding || verdict.outcome == .ok else { return cut }
    return "\u{1B}[\(verdict.isFinding ? "31" : "32")m" + cut + "\u{1B}[0m"
  }

  private static func word(_ verdict: Judgment, _ stage: Stage) -> String {
    switch verdict.outcome {
    case .ok: "ok"
    case .inconclusive: "-"
    default: Wording.headline(verdict) + " " + Wording.observation(verdict, stage: stage)
    }
  }

  /// The verdict is what the table is looked at for: a narrow terminal goes without the trend, then without rate, stage and loss.
  private static func cells(
    _ name: String, _ client: String, _ stage: String, _ time: String, _ rate: String, _ spark: String, _ loss: String,
    _ width: Int
  ) -> String {
    func cell(_ text: String, _ columns: Int, from least: Int = 0) -> String {
      width < least ? "" : fit(text, columns) + " "
    }
    return cell(name, 8) + cell(client, 15) + cell(stage, 10, from: 80) + cell(time, 6)
      + cell(rate, 10, from: 90) + cell(spark, sparkWidth, from: 100) + cell(loss, 6, from: 70)
  }

  /// Rates as bars, the largest of them as the full height.
  func sparkline(_ rates: [Int64]) -> String {
    let bars = Array(isUnicode ? " \u{2581}\u{2582}\u{2583}\u{2584}\u{2585}\u{2586}\u{2587}\u{2588}" : " .:-=+*%#")
    let shown = rates.suffix(Self.sparkWidth)
    let top = max(1, shown.max() ?? 1)
    return String(shown.map { bars[$0 <= 0 ? 0 : 1 + Int(min(7, Double($0) / Double(top) * 7.99))] })
  }

  /// Exactly so many characters.
  static func fit(_ text: String, _ width: Int) -> String {
    let count = text.count
    if count > width { return String(text.prefix(max(0, width))) }
    return text + String(repeating: " ", count: width - count)
  }
}

extension String {
  /// Without spaces at its end.
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
