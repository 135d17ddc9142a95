internal import Verdict

extension NDJSONWriter {
  /// Writes the pair's facts as an extra field of a `capture` line.
  mutating func pair(_ pair: PairRecord) {
    line.text(",\"pair\":{\"path\":")
    line.quoted(pair.path)
    line.text(",\"clock_offset_ns\":")
    integer(pair.clockOffset)
    line.text(",\"uncertainty_ns\":")
    integer(pair.uncertainty)
    line.text(",\"packets\":")
    line.unsigned(pair.packets)
    line.text(",\"flows\":")
    line.unsigned(pair.flows)
    line.text(",\"overlap_ns\":")
    line.integer(pair.overlap)
    line.byte(0x7D)
  }

  /// Writes what two points say of a flow as an extra field of its line.
  mutating func twoPoints(_ points: TwoPointRecord) {
    line.text(",\"pair\":{\"up\":")
    way(points.up)
    line.text(",\"down\":")
    way(points.down)
    line.byte(0x7D)
  }

  private mutating func way(_ way: WayRecord) {
    line.text("{\"sent\":")
    line.unsigned(way.sent)
    line.text(",\"arrived\":")
    line.unsigned(way.arrived)
    line.text(",\"appeared\":")
    line.unsigned(way.appeared)
    if let delay = way.delay {
      line.text(",\"delay_ms\":{\"least\":")
      line.decimal(Double(delay.least) / 1e6, 3)
      line.text(",\"median\":")
      line.decimal(Double(delay.median) / 1e6, 3)
      line.text(",\"p95\":")
      line.decimal(Double(delay.most95) / 1e6, 3)
      line.byte(0x7D)
    }
    line.byte(0x7D)
  }
}
