public import Verdict

extension NDJSONWriter {
  /// Writes a `call` line.
  public mutating func append(_ call: CallRecord) {
    line.literal("{\"record\":\"call\",\"schema\":1,\"id\":")
    id(call.id)
    line.literal(",\"app\":")
    word(call.application)
    line.literal(",\"app_grade\":")
    word(call.applicationGrade)
    line.literal(",\"flows\":")
    ids(call.flows)
    line.literal(",\"stage\":\"")
    line.literal(call.stage.rawValue)
    line.literal(call.ended ? "\",\"ended\":true,\"ended_by\":" : "\",\"ended\":false,\"ended_by\":")
    word(call.endedBy)
    line.literal(",\"first_ns\":")
    line.integer(call.first)
    line.literal(",\"last_ns\":")
    line.integer(call.last)
    line.literal(",\"setup_ms\":")
    decimal(call.setup, 3)
    line.literal(",\"media_s\":")
    decimal(call.media, 3)
    line.literal(",\"verdict\":{")
    verdict(call.verdict)
    line.literal(",\"controls\":")
    ids(call.controls)
    line.literal(call.masked ? ",\"masked\":true}}\n" : ",\"masked\":false}}\n")
  }

  private mutating func ids(_ values: [UInt64]) {
    line.byte(0x5B)
    for index in values.indices {
      line.literal(index > 0 ? ",\"" : "\"")
      line.hex16(values[index])
      line.byte(0x22)
    }
    line.byte(0x5D)
  }
}
