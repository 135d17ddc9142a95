public import Verdict

/// Writes calls and flows as one table of comma-separated values (RFC 4180): a header line, then a line for each call and
/// each flow, a call before its first flow. Lines end with CR LF.
///
/// Columns have the record format's names; the members of an object are joined to its name (`client_ip`), those of the
/// verdict stand by themselves. What is unknown, or no matter of that kind of record, is empty. Numbers are written as in
/// NDJSON. Lists are words with a blank between them.
///
/// Text from outside that begins like a formula gets an apostrophe in front, as spreadsheets would run it; control characters in
/// it, which terminals would run, are question marks.
public struct CSVWriter: Sendable {
  private var line = LineBuffer()
  private var field = LineBuffer()
  private var capture: [UInt8] = []
  private var isFirst = true

  /// A writer with the header written.
  public init() {
    line.reserveCapacity(1 << 16)
    for column in Self.columns { cell { $0.fixedText(column) } }
    endLine()
  }

  /// Names of the columns.
  public static let columns: [StaticString] = [
    "record", "capture", "id", "call", "app", "app_grade", "flows", "stage", "ended", "ended_by", "setup_ms", "media_s",
    "transport", "client_ip", "client_port", "client_packets", "client_bytes", "server_ip", "server_port",
    "server_packets", "server_bytes", "server_name", "protocol", "role", "community_id", "first_ns", "last_ns",
    "ja4", "ech", "stun_requests", "stun_responses", "stun_errors", "stun_indications", "stun_retransmissions",
    "stun_unanswered", "stun_realm", "stun_software", "streams", "stream_packets", "stream_expected", "stream_lost",
    "tcp_state", "tcp_history", "tcp_syn_rtt_ms", "tcp_retransmissions_client", "tcp_retransmissions_server",
    "tcp_resets_client", "tcp_resets_server", "tcp_stage", "outcome", "finding", "mechanism", "direction",
    "attribution", "grade", "score", "cap_bps", "window_first_ns", "window_last_ns", "loss_up", "loss_down", "scope",
    "masked", "gap", "evidence", "alternatives", "reason",
  ]

  /// Passes on what was written and forgets it, if there are `least` bytes.
  public mutating func passOn(atLeast least: Int, to take: ([UInt8]) -> Void) {
    guard line.spilled.count >= least else { return }
    take(line.spilled)
    line.removeAll(keepingCapacity: true)
  }

  /// Takes the name of the capture whose calls and flows follow.
  public mutating func begin(_ capture: CaptureRecord) {
    self.capture = Self.defused(capture.path)
  }

  /// Writes a call's line.
  public mutating func append(_ call: CallRecord) {
    begin("call", call.id)
    empty(1)
    word(call.application)
    word(call.applicationGrade)
    cell { buffer in
      for (index, flow) in call.flows.enumerated() {
        if index > 0 { buffer.byte(0x20) }
        buffer.hex16(flow)
      }
    }
    word(call.stage)
    flag(call.ended)
    word(call.endedBy)
    decimal(call.setup, 3)
    decimal(call.media, 3)
    empty(13)
    integer(call.first)
    integer(call.last)
    empty(22)
    verdict(call.verdict, masked: call.masked)
  }

  /// Writes a flow's line.
  public mutating func append(_ flow: FlowRecord) {
    begin("flow", flow.id)
    if let call = flow.call { cell { $0.hex16(call) } } else { empty(1) }
    word(flow.application)
    word(flow.applicationGrade)
    empty(6)
    word(flow.transport)
    end(flow.client)
    end(flow.server)
    outside(flow.serverName)
    word(flow.wireProtocol)
    word(flow.role)
    cell { $0.communityID(flow.communityID) }
    integer(flow.first)
    integer(flow.last)
    if let ja4 = flow.ja4 { cell { $0.fingerprint(ja4) } } else { empty(1) }
    if flow.hasOuterHello { flag(true) } else { empty(1) }
    if let stun = flow.stun { self.stun(stun) } else { empty(8) }
    streams(flow.streams)
    if let tcp = flow.tcp { self.tcp(tcp) } else { empty(8) }
    verdict(flow.verdict, masked: nil)
  }

  private mutating func begin(_ record: StaticString, _ id: UInt64) {
    cell { $0.fixedText(record) }
    let name = capture
    text(name)
    cell { $0.hex16(id) }
  }

  private mutating func end(_ end: EndpointRecord) {
    cell { $0.address(end.address) }
    cell { $0.unsigned(UInt64(end.port)) }
    cell { $0.unsigned(end.packets) }
    cell { $0.unsigned(end.bytes) }
  }

  private mutating func stun(_ stun: STUNRecord) {
    for count in [
      stun.requests, stun.responses, stun.errors, stun.indications, stun.retransmissions, stun.unanswered,
    ] { cell { $0.unsigned(UInt64(count)) } }
    outside(stun.realm)
    outside(stun.software)
  }

  /// How many there are, and their packets together; each one's own numbers are in the records. What repeats
  /// other streams' packets is in no sum: its losses would count twice.
  private mutating func streams(_ all: [StreamRecord]) {
    guard !all.isEmpty else { return empty(4) }
    let streams = all.filter { !$0.isRepeat }
    cell { $0.unsigned(UInt64(all.count)) }
    cell { $0.unsigned(streams.reduce(0) { $0 + $1.packets }) }
    cell { $0.unsigned(streams.reduce(0) { $0 + $1.expected }) }
    cell { $0.unsigned(streams.reduce(0) { $0 + $1.lost }) }
  }

  private mutating func tcp(_ tcp: TCPRecord) {
    cell { $0.fixedText(tcp.state) }
    cell { buffer in
      buffer.word(tcp.history.words.0, length: min(tcp.history.count, 8))
      buffer.word(tcp.history.words.1, length: max(tcp.history.count - 8, 0))
    }
    decimal(tcp.synRTT, 3)
    for count in [tcp.retransmissions.client, tcp.retransmissions.server, tcp.resets.client, tcp.resets.server] {
      cell { $0.unsigned(UInt64(count)) }
    }
    word(tcp.stage)
  }

  private mutating func verdict(_ verdict: Judgment, masked: Bool?) {
    word(verdict.outcome)
    flag(verdict.isFinding)
    word(verdict.mechanism)
    word(verdict.direction)
    word(verdict.attribution)
    word(verdict.grade)
    decimal(verdict.score, 4)
    integer(verdict.capRate)
    integer(verdict.window?.first)
    integer(verdict.window?.last)
    decimal(verdict.lossUp, 4)
    decimal(verdict.lossDown, 4)
    word(verdict.scope)
    if let masked { flag(masked) } else { empty(1) }
    if let gap = verdict.gap { cell { $0.fixedText(gap.code) } } else { empty(1) }
    words(verdict.evidence.map(\.code))
    words(verdict.alternatives)
    field.phrase(verdict.reason, escaping: false)
    let reason = field.bytes
    field.removeAll(keepingCapacity: true)
    text(reason)
    endLine()
  }

  // MARK: Cells

  private mutating func cell(_ write: (inout LineBuffer) -> Void) {
    if !isFirst { line.byte(0x2C) }
    isFirst = false
    write(&line)
  }

  private mutating func endLine() {
    line.byte(0x0D)
    line.byte(0x0A)
    line.spill()
    isFirst = true
  }

  private mutating func empty(_ count: Int) { for _ in 0..<count { cell { _ in } } }

  private mutating func flag(_ value: Bool) { cell { $0.literal(value ? "true" : "false") } }

  private mutating func word<Word: RawRepresentable<String>>(_ value: Word?) {
    cell { if let value { $0.text(value.rawValue) } }
  }

  private mutating func words(_ values: [StaticString]) {
    cell { buffer in
      for (index, value) in values.enumerated() {
        if index > 0 { buffer.byte(0x20) }
        buffer.fixedText(value)
      }
    }
  }

  private mutating func integer(_ value: Int64?) { cell { if let value { $0.integer(value) } } }

  private mutating func decimal(_ value: Double?, _ decimals: Int) {
    cell { if let value { $0.decimal(value, decimals) } }
  }

  private mutating func outside(_ value: String?) {
    if let value { text(Self.defused(value)) } else { empty(1) }
  }

  /// Any text: in quotation marks, which are doubled inside, where a comma, a quotation mark or the end of a line is in it.
  private mutating func text(_ bytes: [UInt8]) {
    cell { buffer in
      guard bytes.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0D || $0 == 0x0A }) else {
        return buffer.append(bytes.span)
      }
      buffer.byte(0x22)
      for byte in bytes {
        if byte == 0x22 { buffer.byte(0x22) }
        buffer.byte(byte)
      }
      buffer.byte(0x22)
    }
  }

  /// `= + - @`, tab and CR begin a formula in one spreadsheet or another (OWASP, CSV Injection).
  private static func defused(_ text: String) -> [UInt8] {
    let first = text.utf8.first ?? 0
    var buffer = LineBuffer()
    // "-" alone is standard input, and no formula.
    if [0x3D, 0x2B, 0x2D, 0x40, 0x09, 0x0D].contains(first), text != "-" { buffer.byte(0x27) }
    buffer.readable(text, keepingLines: true)
    return buffer.bytes
  }
}
