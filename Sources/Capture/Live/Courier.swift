internal import CSystem
internal import Glibc

/// Runs a command for each record, in a process of its own that was started before this one was closed in.
///
/// No shell sees the command: its words are split at spaces, quotes keep spaces.
public final class Courier {
  private let descriptor: Int32
  /// Records that were not taken because earlier commands were still running.
  public private(set) var refused = 0

  /// Starts the process; nil if there is none to be had.
  public init?(words: [String]) {
    guard !words.isEmpty else { return nil }
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    // The copies live through the call; the child process has copies of its own.
    descriptor = unsafe pointers.withUnsafeBufferPointer { unsafe ringback_courier_start($0.baseAddress) }
    for index in unsafe pointers.indices { unsafe free(pointers[index]) }
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// Hands a record over; never waits.
  public func send(_ record: [UInt8]) {
    guard record.count <= 1 << 16 else {
      refused += 1
      return
    }
    let size = UInt32(record.count)
    // The length as the process reads it, in this machine's order.
    var message: [UInt8] = []
    unsafe withUnsafeBytes(of: size) { unsafe message.append(contentsOf: $0) }
    message += record
    // A pipe takes a message of up to PIPE_BUF bytes whole or not at all; a longer one may be taken in part, so its room is
    // asked for first.
    var waiting: Int32 = 0
    _ = unsafe ioctl(descriptor, UInt(FIONREAD), &waiting)
    guard Int(waiting) + message.count <= Self.room else {
      refused += 1
      return
    }
    let written = unsafe message.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if written != message.count { refused += 1 }
  }

  /// Bytes that may wait: well below what the pipe holds, which may be 64 KiB where a larger one is not granted.
  private static let room = 60 * 1024

  /// The words of a command line; nil if a quote is not closed.
  public static func words(of line: String) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if quote != nil { return nil }
    if let word { words.append(word) }
    return words
  }
}
