internal import Verdict

/// The part of a flow line that says what the flow was: protocol, application, grade and role. A capture has a few dozen
/// combinations, and each is made text once.
struct FlowKinds: Sendable {
  private struct Kind {
    let wireProtocol: WireProtocol
    let application: Application?
    let grade: ApplicationGrade?
    let role: Role
    let text: Range<Int>

    @inline(always)
    func isOf(_ flow: FlowRecord) -> Bool {
      wireProtocol == flow.wireProtocol && application == flow.application && grade == flow.applicationGrade
        && role == flow.role
    }
  }

  /// Most combinations kept; what comes with more is made text anew.
  private static let limit = 64
  // Frequent ones come to the front.
  private var kinds: [Kind] = []

  /// Where the line keeps the text from `,"protocol":` to `"server_name":`; nil if there is no room for another.
  mutating func place(of flow: FlowRecord, in line: inout LineBuffer) -> Range<Int>? {
    var place = 0
    while place < kinds.count, !kinds[place].isOf(flow) { place += 1 }
    if place == kinds.count {
      guard place < Self.limit else { return nil }
      add(flow, to: &line)
    }
    let text = kinds[place].text
    if place > 0 { kinds.swapAt(place, place - 1) }
    return text
  }

  private mutating func add(_ flow: FlowRecord, to line: inout LineBuffer) {
    var text = LineBuffer()
    Self.write(flow, to: &text)
    kinds.append(
      Kind(
        wireProtocol: flow.wireProtocol, application: flow.application, grade: flow.applicationGrade, role: flow.role,
        text: line.keep(text.bytes)))
  }

  /// The text.
  static func write(_ flow: FlowRecord, to line: inout LineBuffer) {
    line.literal(Piece.wireProtocol)
    line.text(flow.wireProtocol.rawValue)
    line.literal(Piece.application)
    line.word(flow.application)
    line.literal(Piece.applicationGrade)
    line.word(flow.applicationGrade)
    line.literal(Piece.role)
    line.text(flow.role.rawValue)
    line.literal(Piece.serverName)
  }
}
