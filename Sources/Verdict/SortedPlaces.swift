extension RandomAccessCollection where Index == Int {
  /// The first place whose element `belongs`, where all behind it do: by halving. Inlinable: unspecialized across a module's
  /// border it would cost many times more.
  @inlinable
  package func firstPlace(where belongs: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
