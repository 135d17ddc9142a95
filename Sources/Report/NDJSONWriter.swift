public import Verdict

/// Writes records as one JSON object per line, byte for byte as the record format says: keys in the order of its tables,
/// extra fields last, no spaces; ratios and scores with four decimals, milliseconds and seconds with three, mean opinion
/// scores with two, trailing zeros cut; times as integers; what is unknown is `null`.
///
/// p-values keep two significant digits below 0.001 (`1.2e-07`) and four decimals above.
public struct NDJSONWriter: Sendable {
  var line = LineBuffer()
  /// Name of the capture whose flows follow, as a JSON string: a flow record does not carry it.
  private(set) var capture: Range<Int>
  /// The digest of the rules in force, with its key, for flows and calls.
  private(set) var rules: Range<Int>
  var kinds = FlowKinds()
  /// Scores and where the line keeps their text.
  var scores: [(value: Double, text: Range<Int>)] = []

  /// A writer with nothing written.
  public init() {
    line.reserveCapacity(1 << 16)
    capture = line.keep([0x22, 0x22])
    rules = line.keep(Self.rules(CaptureRecord(path: "")))
  }

  /// The flows and calls that follow are of this capture and by its rules.
  public mutating func begin(_ capture: CaptureRecord) {
    var name = LineBuffer()
    name.quoted(capture.path)
    line.forgetKept()
    kinds = FlowKinds()
    scores.removeAll(keepingCapacity: true)
    self.capture = line.keep(name.bytes)
    rules = line.keep(Self.rules(capture))
  }

  private static func rules(_ capture: CaptureRecord) -> [UInt8] {
    var text = LineBuffer()
    text.text(",\"rules\":")
    text.quoted(capture.rules.isEmpty ? nil : capture.rules)
    return text.bytes
  }

  /// What was written since the last `removeAll`.
  public var bytes: [UInt8] { line.bytes }

  /// Passes on what was written and forgets it, if there are `least` bytes.
  public mutating func passOn(atLeast least: Int, to take: ([UInt8]) -> Void) {
    guard line.count >= least else { return }
    line.spill()
    take(line.spilled)
    line.removeAll(keepingCapacity: true)
  }

  /// Forgets what was written, after it was passed on.
  public mutating func removeAll(keepingCapacity: Bool = true) {
    line.removeAll(keepingCapacity: keepingCapacity)
  }

  /// Writes a `capture` line; the flows that follow are written as flows of this capture.
  public mutating func append(_ capture: CaptureRecord) {
    begin(capture)
    line.text("{\"record\":\"capture\",\"schema\":1,\"path\":")
    line.quoted(capture.path)
    line.text(",\"packets\":")
    line.unsigned(capture.packets)
    line.text(",\"bytes\":")
    line.unsigned(capture.bytes)
    line.text(",\"link_types\":")
    list(capture.linkTypes) { $0.quoted($1) }
    line.text(",\"first_ns\":")
    integer(capture.first)
    line.text(",\"last_ns\":")
    integer(capture.last)
    line.text(",\"snaplen\":")
    integer(capture.snaplen.map(Int64.init))
    line.text(capture.truncated ? ",\"truncated\":true,\"drops\":" : ",\"truncated\":false,\"drops\":")
    if let drops = capture.drops { line.unsigned(drops) } else { line.literal(Piece.null) }
    line.text(",\"hygiene\":")
    list(capture.hygiene) { $0.quoted($1) }
    line.again(rules)
    if let digest = capture.sha256 {
      line.text(",\"sha256\":")
      line.quoted(digest)
    }
    let undecoded = capture.undecoded.filter { $0.packets > 0 }
    if !undecoded.isEmpty {
      line.text(",\"undecoded\":{")
      for (index, entry) in undecoded.enumerated() {
        if index > 0 { line.byte(0x2C) }
        line.quoted(entry.reason)
        line.byte(0x3A)
        line.unsigned(entry.packets)
      }
      line.byte(0x7D)
    }
    if capture.evictedFlows > 0 {
      line.text(",\"evicted_flows\":")
      line.unsigned(capture.evictedFlows)
    }
    if capture.overlappingFragments > 0 {
      line.text(",\"overlapping_fragments\":")
      line.unsigned(capture.overlappingFragments)
    }
    line.text(",\"stun_messages\":")
    line.unsigned(capture.stunMessages)
    if let pair = capture.pair { self.pair(pair) }
    line.text(capture.isProvisional ? ",\"provisional\":true}\n" : "}\n")
    line.spill()
  }

  /// Writes the `summary` line.
  public mutating func append(_ summary: SummaryRecord) {
    line.text("{\"record\":\"summary\",\"schema\":1,\"captures\":")
    line.unsigned(summary.captures)
    line.text(",\"packets\":")
    line.unsigned(summary.packets)
    line.text(",\"flows\":")
    line.unsigned(summary.flows)
    line.text(",\"calls\":")
    line.unsigned(summary.calls)
    line.text(",\"outcomes\":{")
    for (index, outcome) in Outcome.allCases.enumerated() {
      line.text(index > 0 ? ",\"" : "\"")
      line.text(outcome.rawValue)
      line.text("\":")
      line.unsigned(summary.outcomes[index])
    }
    line.byte(0x7D)
    if let cost = summary.cost {
      line.text(",\"elapsed_s\":")
      line.decimal(cost.elapsed, 3)
      line.text(",\"packets_per_s\":")
      line.decimal(cost.packetsPerSecond, 0)
      line.text(",\"peak_rss_bytes\":")
      line.unsigned(cost.peakResidentBytes)
    }
    line.text(",\"findings\":")
    line.unsigned(summary.findings)
    line.text("}\n")
    line.spill()
  }

  /// Writes an integer or `null`.
  mutating func integer(_ value: Int64?) {
    if let value { line.integer(value) } else { line.literal(Piece.null) }
  }

  /// Writes a rounded number or `null`.
  mutating func decimal(_ value: Double?, _ decimals: Int) {
    if let value { line.decimal(value, decimals) } else { line.literal(Piece.null) }
  }

  /// Writes a 64-bit id or `null`.
  mutating func id(_ value: UInt64?) {
    guard let value else { return line.literal(Piece.null) }
    line.byte(0x22)
    line.hex16(value)
    line.byte(0x22)
  }

  /// Writes a word of the vocabulary or `null`.
  mutating func word<Word: RawRepresentable<String>>(_ value: Word?) { line.word(value) }

  /// Writes an array.
  mutating func list<Element>(_ values: [Element], _ write: (inout LineBuffer, Element) -> Void) {
    line.byte(0x5B)
    for index in values.indices {
      if index > 0 { line.byte(0x2C) }
      write(&line, values[index])
    }
    line.byte(0x5D)
  }
}
