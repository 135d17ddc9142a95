internal import Verdict

extension NDJSONWriter {
  /// `emodel`: what the score of a stream assumes.
  mutating func quality(_ quality: QualityEstimate) {
    line.literal(",\"emodel\":{\"r\":")
    line.decimal(quality.rating, 1)
    line.literal(",\"ie\":")
    line.decimal(quality.equipment, 1)
    line.literal(",\"bpl\":")
    line.decimal(quality.robustness, 1)
    line.literal(",\"delay_ms\":")
    line.decimal(quality.delay, 3)
    line.literal(",\"burst_ratio\":")
    line.decimal(quality.burstRatio, 4)
    line.byte(0x7D)
  }

  /// `bursts`: how the losses of a stream lie.
  mutating func bursts(_ bursts: BurstRecord) {
    line.literal(",\"bursts\":{\"loss_runs\":")
    line.unsigned(UInt64(bursts.runs))
    line.literal(",\"longest_run\":")
    line.unsigned(UInt64(bursts.longestRun))
    line.literal(",\"count\":")
    line.unsigned(UInt64(bursts.bursts))
    line.literal(",\"burst_density\":")
    decimal(bursts.burstDensity, 4)
    line.literal(",\"gap_density\":")
    line.decimal(bursts.gapDensity, 4)
    line.literal(",\"burst_ms\":")
    decimal(bursts.burstDuration, 3)
    line.literal(",\"gap_ms\":")
    decimal(bursts.gapDuration, 3)
    line.byte(0x7D)
  }

  /// `bins`: a row for each bin, in the order of `columns`.
  mutating func bins(_ bins: BinsRecord) {
    line.literal(
      ",\"bins\":{\"columns\":[\"bin\",\"packets\",\"bytes\",\"lost\",\"offered_bytes\",\"delay_ms\"],\"up_width_ms\":")
    line.unsigned(UInt64(bins.upWidth / 1_000_000))
    line.literal(",\"down_width_ms\":")
    line.unsigned(UInt64(bins.downWidth / 1_000_000))
    line.literal(",\"up\":")
    rows(bins.up)
    line.literal(",\"down\":")
    rows(bins.down)
    line.byte(0x7D)
  }

  private mutating func rows(_ bins: [BinsRecord.Bin]) {
    line.byte(0x5B)
    for place in bins.indices {
      let bin = bins[place]
      line.byte(place > 0 ? 0x2C : 0x5B)
      if place > 0 { line.byte(0x5B) }
      line.unsigned(UInt64(bin.number))
      line.byte(0x2C)
      line.unsigned(bin.packets)
      line.byte(0x2C)
      line.unsigned(bin.bytes)
      line.byte(0x2C)
      line.unsigned(bin.lost)
      line.byte(0x2C)
      line.unsigned(bin.offered)
      line.byte(0x2C)
      decimal(bin.delay, 3)
      line.byte(0x5D)
    }
    line.byte(0x5D)
  }
}
