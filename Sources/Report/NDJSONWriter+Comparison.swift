public import Verdict

extension NDJSONWriter {
  /// Writes a `comparison` line.
  public mutating func append(_ comparison: ComparisonRecord) {
    line.text(
      "{\"record\":\"comparison\",\"schema\":1,\"decision\":\"\(comparison.decision.rawValue)\",\"direction\":\"")
    line.text(comparison.direction.rawValue)
    line.text("\",\"a\":")
    side(comparison.a)
    line.text(",\"b\":")
    side(comparison.b)
    line.text(",\"area\":")
    line.decimal(comparison.area, 4)
    line.text(",\"ks_distance\":")
    line.decimal(comparison.distance, 4)
    line.text(",\"ks_p\":")
    line.probability(comparison.p)
    line.text(",\"shift_bps\":")
    if let shift = comparison.shift {
      line.text("{\"estimate\":")
      line.integer(Int64(shift.estimate))
      line.text(",\"low\":")
      line.integer(Int64(shift.low))
      line.text(",\"high\":")
      line.integer(Int64(shift.high))
      line.byte(0x7D)
    } else {
      line.literal(Piece.null)
    }
    line.text(",\"step_s\":")
    line.decimal(comparison.step, 4)
    line.text(",\"least_area\":")
    line.decimal(comparison.leastArea, 4)
    line.text(",\"least_p\":")
    line.decimal(comparison.leastP, 4)
    line.text("}\n")
    line.spill()
  }

  private mutating func side(_ side: RateSummary) {
    line.text("{\"capture\":")
    line.quoted(side.capture)
    line.text(",\"flow\":\"")
    line.hex16(side.flow)
    line.text("\",\"app\":")
    line.quoted(side.application?.rawValue)
    line.text(",\"seconds\":")
    line.unsigned(UInt64(side.seconds))
    line.text(",\"mean_bps\":")
    line.integer(Int64(side.mean))
    line.text(",\"median_bps\":")
    line.integer(Int64(side.median))
    line.text(",\"loss\":")
    decimal(side.loss, 4)
    line.text(",\"finding\":")
    line.quoted(side.finding.map { $0.outcome.rawValue + ($0.mechanism.map { "/\($0.rawValue)" } ?? "") })
    line.byte(0x7D)
  }
}
