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
    guard line.count >= 12 else { return nil }
    let head = line.extracting(0..<12)
    let (method, length, tail): (SIPMethod, Int, UInt32)
    // The tail is the four characters before the blank; methods of three letters are checked with theirs.
    switch head.uint32(at: 0) {
    case ascii("I", "N", "V", "I"): (method, length, tail) = (.invite, 6, ascii("V", "I", "T", "E"))
    case ascii("A", "C", "K", " "): (method, length, tail) = (.ack, 3, 0)
    case ascii("B", "Y", "E", " "): (method, length, tail) = (.bye, 3, 0)
    case ascii("C", "A", "N", "C"): (method, length, tail) = (.cancel, 6, ascii("N", "C", "E", "L"))
    case ascii("O", "P", "T", "I"): (method, length, tail) = (.options, 7, ascii("I", "O", "N", "S"))
    case ascii("R", "E", "G", "I"): (method, length, tail) = (.register, 8, ascii("S", "T", "E", "R"))
    case ascii("P", "R", "A", "C"): (method, length, tail) = (.prack, 5, ascii("R", "A", "C", "K"))
    case ascii("S", "U", "B", "S"): (method, length, tail) = (.subscribe, 9, ascii("R", "I", "B", "E"))
    case ascii("N", "O", "T", "I"): (method, length, tail) = (.notify, 6, ascii("T", "I", "F", "Y"))
    case ascii("P", "U", "B", "L"): (method, length, tail) = (.publish, 7, ascii("L", "I", "S", "H"))
    case ascii("I", "N", "F", "O"): (method, length, tail) = (.info, 4, ascii("I", "N", "F", "O"))
    case ascii("R", "E", "F", "E"): (method, length, tail) = (.refer, 5, ascii("E", "F", "E", "R"))
    case ascii("M", "E", "S", "S"): (method, length, tail) = (.message, 7, ascii("S", "A", "G", "E"))
    case ascii("U", "P", "D", "A"): (method, length, tail) = (.update, 6, ascii("D", "A", "T", "E"))
    default: return nil
    }
    guard head[length] == 0x20, length == 3 || head.extracting((length &- 4)..<length).uint32(at: 0) == tail else {
      return nil
    }
    end = length
    self = method
  }
}
