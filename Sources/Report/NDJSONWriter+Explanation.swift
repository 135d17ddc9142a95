public import Verdict

extension NDJSONWriter {
  /// Writes an `explanation` line: what lies behind the flow line before it.
  public mutating func append(_ flow: Explanation.Flow, _ packets: [UInt64: PacketRecord]) {
    line.text("{\"record\":\"explanation\",\"schema\":1,\"flow\":")
    id(flow.record.id)
    line.text(",\"clues\":")
    list(flow.background.clues) { line, clue in
      line.text("{\"what\":")
      line.quoted(clue.what)
      line.text(",\"weight\":\"\(clue.weight.rawValue)\",\"source\":")
      line.quoted(clue.source)
      line.text(",\"seen\":")
      line.quoted(clue.seen)
      line.byte(0x7D)
    }
    line.text(",\"detectors\":")
    list(flow.background.answers) { line, answer in Self.detector(answer, &line) }
    line.text(",\"lacks\":")
    list(flow.background.shortfalls) { line, shortfall in
      line.text("{\"code\":")
      line.quoted(shortfall.code)
      Self.numbers(shortfall.seen, shortfall.needed, &line)
      line.text(",\"rule\":")
      line.quoted(shortfall.rule)
      line.byte(0x7D)
    }
    line.text(",\"packets\":")
    let cited = Set(flow.record.verdict.evidence.flatMap(\.frames)).sorted().compactMap { packets[$0] }
    list(cited) { line, packet in
      Self.packet(packet, &line)
      line.text(",\"direction\":")
      line.quoted(PacketWords.direction(packet, flow.record)?.rawValue)
      line.byte(0x7D)
    }
    line.text("}\n")
    line.spill()
  }

  /// Writes a `frame` line: a packet and the flow and call that it is part of.
  public mutating func append(frame: UInt64, _ packet: PacketRecord?, flow: FlowRecord?) {
    line.text("{\"record\":\"frame\",\"schema\":1,\"packet\":")
    if let packet {
      Self.packet(packet, &line)
      line.text(",\"undecoded\":")
      if let reason = packet.undecoded { line.quoted(reason) } else { line.literal(Piece.null) }
      line.byte(0x7D)
    } else {
      line.literal(Piece.null)
    }
    line.text(",\"frame\":")
    line.unsigned(frame)
    line.text(",\"flow\":")
    id(flow?.id)
    line.text(",\"call\":")
    id(flow?.call)
    line.text(",\"quoted\":\(packet?.quoted != nil && flow != nil)}\n")
    line.spill()
  }

  private static func detector(_ answer: DetectorAnswer, _ line: inout LineBuffer) {
    line.text("{\"name\":\"\(answer.detector.rawValue)\",\"answer\":\"\(answer.kind.rawValue)\",\"outcome\":")
    line.quoted(answer.judgment?.outcome.rawValue)
    line.text(",\"mechanism\":")
    line.quoted(answer.judgment?.mechanism?.rawValue)
    line.text(",\"reason\":")
    line.quoted(answer.judgment.map { Sentence.text($0.reason) })
    line.text(",\"gap\":")
    if let gap = answer.judgment?.gap {
      line.text("{\"code\":")
      line.quoted(gap.code)
      numbers(gap.seen, gap.needed, &line)
      line.byte(0x7D)
    } else {
      line.literal(Piece.null)
    }
    line.text(",\"rules\":[")
    for (index, rule) in answer.rules.enumerated() {
      line.text(index > 0 ? ",{\"name\":" : "{\"name\":")
      line.quoted(rule.name)
      line.text(",\"value\":")
      line.quoted(rule.value)
      line.text(",\"source\":")
      line.quoted(rule.source)
      line.text(",\"seen\":")
      line.quoted(rule.seen)
      line.text(",\"asks\":")
      line.quoted(rule.asks)
      line.byte(0x7D)
    }
    line.text("]}")
  }

  private static func numbers(_ seen: Double, _ needed: Double, _ line: inout LineBuffer) {
    line.text(",\"seen\":")
    number(seen, &line)
    line.text(",\"needed\":")
    number(needed, &line)
  }

  private static func number(_ value: Double, _ line: inout LineBuffer) {
    guard value.isFinite else { return line.literal(Piece.null) }
    if value.magnitude > 0, value.magnitude < 0.001 { line.probability(value) } else { line.decimal(value, 4) }
  }

  /// The object of a packet without its end.
  private static func packet(_ packet: PacketRecord, _ line: inout LineBuffer) {
    line.text("{\"frame\":")
    line.unsigned(packet.frame)
    line.text(",\"time_ns\":")
    line.integer(packet.time)
    line.text(",\"length\":")
    line.integer(Int64(packet.length))
    line.text(",\"payload\":")
    line.integer(Int64(packet.payload))
    line.text(",\"what\":")
    line.quoted(packet.what)
  }
}
