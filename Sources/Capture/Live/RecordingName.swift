/// The name of a file of evidence: when it was found, whose it is, what was found, a number, and the part of the recording.
///
///     20260101-000026-telegram-dropped-2.pcapng        its first part
///     20260101-000026-telegram-dropped-2-3.pcapng      its fourth
public struct RecordingName: Sendable, Hashable, Comparable {
  /// Time, app and outcome.
  private var head: String
  /// Tells recordings of the same head apart.
  private var number: Int
  /// 0 for the first part.
  public var part = 0

  /// A new recording's: `stamp` is its time, YYYYMMDD-HHMMSS; `app` and `outcome` are words of the vocabulary.
  public init(stamp: String, app: String, outcome: String, number: Int) {
    head = "\(stamp)-\(app)-\(outcome)"
    self.number = number
  }

  /// The name of a file; nil if it is no recording's: what else lies in the folder is somebody's own.
  public init?(file: String) {
    guard file.hasSuffix(".pcapng") else { return nil }
    let fields = file.dropLast(".pcapng".utf8.count).split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 5 || fields.count == 6, fields[0].utf8.count == 8, fields[1].utf8.count == 6,
      Self.outcomes.contains(String(fields[3])), Self.number(fields[0]) != nil, Self.number(fields[1]) != nil,
      let number = Self.number(fields[4])
    else { return nil }
    if fields.count == 6 {
      guard let part = Self.number(fields[5]) else { return nil }
      self.part = part
    }
    head = fields[..<4].joined(separator: "-")
    self.number = number
  }

  /// What is saved.
  private static let outcomes: Set<String> = ["reset", "dropped", "capped"]

  private static func number(_ digits: Substring) -> Int? {
    guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int(digits)
  }

  private var recording: String { "\(head)-\(number)" }
  /// Name of the part's file.
  public var file: String { part == 0 ? recording + ".pcapng" : "\(recording)-\(part).pcapng" }
  /// Name of the file with the records, beside all parts.
  public var records: String { recording + ".ndjson" }

  /// The first part of the same recording.
  var whole: RecordingName {
    var name = self
    name.part = 0
    return name
  }

  /// The first part of a recording with the next number.
  var next: RecordingName {
    var name = whole
    name.number += 1
    return name
  }

  /// Older ones first: the time is the first in which names differ.
  public static func < (left: RecordingName, right: RecordingName) -> Bool {
    (left.head, left.number, left.part) < (right.head, right.number, right.part)
  }
}
