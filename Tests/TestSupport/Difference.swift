/// The first lines in which two texts differ, each cut to what surrounds the first difference.
public func difference(_ expected: String, _ actual: String, limit: Int = 3) -> String {
  let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let actual = actual.split(separator: "\n", omittingEmptySubsequences: false)
  var parts: [String] = []
  for number in 0..<max(expected.count, actual.count) where parts.count < limit {
    let old = number < expected.count ? Array(expected[number]) : []
    let new = number < actual.count ? Array(actual[number]) : []
    guard old != new || (number < expected.count) != (number < actual.count) else { continue }
    let same = zip(old, new).prefix { $0 == $1 }.count
    let start = max(0, same - 40)
    func around(_ line: [Character]) -> String { String(line[min(start, line.count)..<min(same + 80, line.count)]) }
    parts.append("line \(number + 1), column \(same + 1)\n- \(around(old))\n+ \(around(new))")
  }
  return parts.isEmpty ? "no difference" : parts.joined(separator: "\n")
}
