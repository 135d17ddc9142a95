/// Frames of one joined piece that follow each other in the merged order.
public struct PieceRun: Equatable, Sendable {
  /// Merged number of the first.
  public let first: UInt64
  /// Index of the piece in the list of paths.
  public let piece: Int
  /// Its number in the piece's own file, as Wireshark counts there.
  public let firstInPiece: UInt64
}
