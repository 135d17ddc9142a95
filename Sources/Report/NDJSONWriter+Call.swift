public import Verdict

extension NDJSONWriter {
  /// Writes a `call` line.
  public mutating func append(_ call: CallRecord) {
    line.text("{\"record\":\"call\",\"schema\":1,\"id\":")
    id(call.id)
    line.text(",\"app\":")
    word(call.application)
    line.text(",\"app_grade\":")
    word(call.applicationGrade)
    line.text(",\"flows\":")
    ids(call.flows)
    line.text(",\"stage\":\"")
    line.text(call.stage.rawValue)
    line.text(call.ended ? "\",\"ended\":true,\"ended_by\":" : "\",\"ended\":false,\"ended_by\":")
    word(call.endedBy)
    line.text(",\"first_ns\":")
    line.integer(call.first)
    line.text(",\"last_ns\":")
    line.integer(call.last)
    line.text(",\"setup_ms\":")
    decimal(call.setup, 3)
    line.text(",\"media_s\":")
    decimal(call.media, 3)
    line.text(",\"verdict\":{")
    verdict(call.verdict)
    line.text(",\"controls\":")
    ids(call.controls)
    line.text(call.masked ? ",\"masked\":true},\"symptom\":" : ",\"masked\":false},\"symptom\":")
    line.quoted(Symptom.words(call))
    stages(call.stages)
    line.text(",\"media_up_s\":")
    decimal(call.mediaUp, 3)
    line.text(",\"media_down_s\":")
    decimal(call.mediaDown, 3)
    line.text(",\"peer\":")
    id(call.peer)
    line.text(",\"symptoms\":[")
    for (index, symptom) in call.symptoms.enumerated() {
      line.text(index > 0 ? ",\"" : "\"")
      line.text(symptom.rawValue)
      line.byte(0x22)
    }
    line.byte(0x5D)
    line.again(rules)
    if call.isProvisional { line.literal(Piece.provisional) }
    line.literal(Piece.endOfRecord)
    line.spill()
  }

  private mutating func stages(_ times: [Double?]) {
    line.text(",\"stages_ms\":{")
    for (index, stage) in Stage.allCases.enumerated() {
      line.text(index > 0 ? ",\"" : "\"")
      line.text(stage.rawValue)
      line.text("\":")
      decimal(index < times.count ? times[index] : nil, 3)
    }
    line.byte(0x7D)
  }

  private mutating func ids(_ values: [UInt64]) {
    line.byte(0x5B)
    for index in values.indices {
      line.text(index > 0 ? ",\"" : "\"")
      line.hex16(values[index])
      line.byte(0x22)
    }
    line.byte(0x5D)
  }
}
