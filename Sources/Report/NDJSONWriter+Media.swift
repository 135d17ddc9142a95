internal import Verdict

extension NDJSONWriter {
  /// Writes media that are no RTP.
  mutating func opaque(_ media: OpaqueMediaRecord) {
    line.text(",\"opaque\":{\"basis\":")
    word(media.basis)
    line.text(",\"up\":")
    side(media.up)
    line.text(",\"down\":")
    side(media.down)
    line.byte(0x7D)
  }

  private mutating func side(_ side: OpaqueMediaRecord.Side) {
    line.text("{\"packets\":")
    line.unsigned(side.packets)
    line.text(",\"expected\":")
    integer(side.expected.map(Int64.init))
    line.text(",\"lost\":")
    integer(side.lost.map(Int64.init))
    line.text(",\"bitrate_bps\":")
    integer(side.bitrate)
    line.text(",\"silence_ms\":")
    decimal(side.silence, 3)
    line.byte(0x7D)
  }

  /// Writes pings.
  mutating func pings(_ pings: PingRecord) {
    line.text(",\"pings\":{\"sent\":")
    line.unsigned(UInt64(pings.sent))
    line.text(",\"answered\":")
    line.unsigned(UInt64(pings.answered))
    line.byte(0x7D)
  }

  /// Writes SRTCP's counts.
  mutating func control(_ control: ControlRecord) {
    line.text(",\"srtcp\":{\"up\":")
    side(control.up)
    line.text(",\"down\":")
    side(control.down)
    line.byte(0x7D)
  }

  private mutating func side(_ side: ControlRecord.Side?) {
    guard let side else { return line.literal(Piece.null) }
    line.text("{\"packets\":")
    line.unsigned(side.packets)
    line.text(",\"expected\":")
    line.unsigned(side.expected)
    line.text(",\"lost\":")
    line.unsigned(side.lost)
    line.byte(0x7D)
  }

  /// Writes the estimate of what was lost behind the capture point.
  mutating func upstream(_ estimate: UpstreamEstimate) {
    line.text(",\"upstream_estimate\":{\"lost\":")
    integer(estimate.lost.map(Int64.init))
    line.text(",\"basis\":")
    word(estimate.basis)
    line.text(",\"sent\":")
    integer(estimate.sent.map(Int64.init))
    line.text(",\"ratio\":")
    decimal(estimate.ratio, 4)
    line.text(",\"nacks\":")
    line.unsigned(UInt64(estimate.nacks))
    line.text(",\"keyframe_requests\":")
    line.unsigned(UInt64(estimate.keyFrameRequests))
    line.text(",\"transport_feedback\":")
    line.unsigned(UInt64(estimate.transportFeedback))
    line.text(",\"retransmitted\":")
    integer(estimate.retransmitted.map(Int64.init))
    line.text(",\"checks\":")
    line.unsigned(UInt64(estimate.checks))
    line.text(",\"checks_unanswered\":")
    line.unsigned(UInt64(estimate.unanswered))
    line.byte(0x7D)
  }
}
