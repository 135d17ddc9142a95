/// What changed between two short texts, line by line.
enum LineDifference {
  /// Lines of both, those of one alone marked with - or +; by longest common subsequence.
  static func text(before: String, after: String, name: String) -> String {
    let old = before.split(separator: "\n", omittingEmptySubsequences: false).dropLast(before.isEmpty ? 0 : 1)
    let new = after.split(separator: "\n", omittingEmptySubsequences: false).dropLast(1)
    var result = "--- \(before.isEmpty ? "(none)" : name)\n+++ \(name)\n"
    for change in changes(Array(old), Array(new)) { result += "\(change.mark)\(change.line)\n" }
    return result
  }

  private static func changes(
    _ old: [Substring], _ new: [Substring]
  ) -> [(mark: Character, line: Substring)] {
    let difference = new.difference(from: old)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var result: [(Character, Substring)] = []
    var place = 0
    for index in old.indices {
      if removed.contains(index) {
        result.append(("-", old[index]))
        continue
      }
      while inserted.contains(place) {
        result.append(("+", new[place]))
        place += 1
      }
      result.append((" ", old[index]))
      place += 1
    }
    while place < new.count {
      result.append(("+", new[place]))
      place += 1
    }
    return result
  }
}
