internal import Verdict

/// Turns merged frame numbers of joined pieces back into file and number, as a person opens them.
public struct PieceNumbers: Sendable {
  private let runs: [(first: UInt64, path: String, own: UInt64)]

  /// Runs in the order of merged numbers: first merged number, the piece's name, its own number of that frame.
  public init(_ runs: [(first: UInt64, path: String, own: UInt64)]) { self.runs = runs }

  /// One file: numbers are its own.
  public static let single = PieceNumbers([])

  var isSingle: Bool { runs.isEmpty }

  /// The verdict with each evidence item split by piece.
  func place(_ judgment: Judgment) -> Judgment {
    guard !isSingle, !judgment.evidence.isEmpty else { return judgment }
    var placed = judgment
    placed.evidence = judgment.evidence.flatMap(split)
    return placed
  }

  private func split(_ item: Evidence) -> [Evidence] {
    guard !item.frames.isEmpty else { return [item] }
    var parts: [(path: String, frames: [UInt64])] = []
    for frame in item.frames {
      guard let (path, own) = locate(frame) else { continue }
      if let last = parts.indices.last, parts[last].path == path {
        parts[last].frames.append(own)
      } else {
        parts.append((path, [own]))
      }
    }
    return parts.map { Evidence(item.code, item.detail, frames: $0.frames, file: $0.path) }
  }

  private func locate(_ frame: UInt64) -> (path: String, own: UInt64)? {
    let behind = runs.firstPlace { $0.first > frame }
    guard behind > 0 else { return nil }
    let run = runs[behind - 1]
    return (run.path, run.own + (frame - run.first))
  }
}
