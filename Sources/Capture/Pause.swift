/// How a walk over the bytes at hand came to a pause.
enum Pause {
  /// The frame array is full.
  case full
  /// The next step needs that many unwalked bytes in a row.
  case needs(Int)
  /// What comes next cannot be right; the walk's `refusal` says why.
  case refused
}
