// RFC 3261 section 7.1: methods are case-sensitive.

/// SIP methods of RFC 3261 and its extensions.
public enum SIPMethod: UInt8, Sendable, BitwiseCopyable {
  case invite
  case ack
  case bye
  case cancel
  case options
  case register
  case prack
  case subscribe
  case notify
  case publish
  case info
  case refer
  case message
  case update

  /// Reads the method and the blank behind it at the start of `line`; the offset is the blank's.
  init?(_ line: Span<UInt8>, end: inout Int) {
    guard line.count >= 12, let known = Self.find(line.uint32(at: 0)), line[known.length] == 0x20,
      known.length == 3 || line.uint32(at: known.length &- 4) == known.tail
    else { return nil }
    end = known.length
    self = known.method
  }

  /// The method whose name is the whole of `name`.
  init?(name: Span<UInt8>) {
    guard name.count >= 3 else { return nil }
    let isShort = name.count == 3
    let first =
      isShort ? UInt32(name.uint16(at: 0)) << 16 | UInt32(name[2]) << 8 | 0x20 : name.uint32(at: 0)
    guard let known = Self.find(first), known.length == name.count,
      isShort || name.uint32(at: name.count &- 4) == known.tail
    else { return nil }
    self = known.method
  }

  /// By the first four characters, which of a name of three end with the blank behind it: its length, and its last four.
  private static func find(_ first: UInt32) -> (method: SIPMethod, length: Int, tail: UInt32)? {
    switch first {
    case ascii("I", "N", "V", "I"): (.invite, 6, ascii("V", "I", "T", "E"))
    case ascii("A", "C", "K", " "): (.ack, 3, 0)
    case ascii("B", "Y", "E", " "): (.bye, 3, 0)
    case ascii("C", "A", "N", "C"): (.cancel, 6, ascii("N", "C", "E", "L"))
    case ascii("O", "P", "T", "I"): (.options, 7, ascii("I", "O", "N", "S"))
    case ascii("R", "E", "G", "I"): (.register, 8, ascii("S", "T", "E", "R"))
    case ascii("P", "R", "A", "C"): (.prack, 5, ascii("R", "A", "C", "K"))
    case ascii("S", "U", "B", "S"): (.subscribe, 9, ascii("R", "I", "B", "E"))
    case ascii("N", "O", "T", "I"): (.notify, 6, ascii("T", "I", "F", "Y"))
    case ascii("P", "U", "B", "L"): (.publish, 7, ascii("L", "I", "S", "H"))
    case ascii("I", "N", "F", "O"): (.info, 4, ascii("I", "N", "F", "O"))
    case ascii("R", "E", "F", "E"): (.refer, 5, ascii("E", "F", "E", "R"))
    case ascii("M", "E", "S", "S"): (.message, 7, ascii("S", "A", "G", "E"))
    case ascii("U", "P", "D", "A"): (.update, 6, ascii("D", "A", "T", "E"))
    default: nil
    }
  }
}
