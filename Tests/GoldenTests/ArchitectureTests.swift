import Foundation
import TestSupport
import Testing
import Verdict

/// ARCHITECTURE.md says what Package.swift says.
@Suite struct ArchitectureTests {
  @Test func theTableOfModulesIsThePackages() throws {
    let declared = try Self.declared()
    let documented = try Self.documented()
    #expect(declared.count > 10)
    #expect(documented.keys.sorted() == declared.keys.sorted())
    for (name, imports) in declared {
      #expect(documented[name]?.sorted() == imports.sorted(), "imports of \(name)")
    }
  }

  /// Every module stands below those it imports: arrows run one way.
  @Test func aModuleImportsOnlyWhatStandsAboveIt() throws {
    var above: Set<String> = ["Crypto", "ArgumentParser", "TOMLKit"]
    for (name, imports) in try Self.rows() {
      #expect(above.isSuperset(of: imports), "\(name) imports \(Set(imports).subtracting(above))")
      above.insert(name)
    }
  }

  /// The gaps that expectations may name are those that verdicts have.
  @Test func everyGapIsListed() throws {
    let sources = BuiltCommand.repository.appendingPathComponent("Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      for match in text.matches(of: /(?:inconclusive\(|withhold\(\s*&?\w+,|Gap\(|unknown\(\s*code:)\s*"([a-z0-9_]+)"/) {
        found.insert(String(match.1))
      }
    }
    #expect(found == Gap.codes)
  }

  private static func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: BuiltCommand.repository.appendingPathComponent(name)), as: UTF8.self)
  }

  /// Rows of the table: `| `Name` | what it is | `Import` `Import` |`.
  private static func rows() throws -> [(name: String, imports: [String])] {
    try text("ARCHITECTURE.md").split(separator: "\n").compactMap { line in
      guard let row = line.firstMatch(of: /^\| `(\w+)` \|.*\|([^|]*)\|$/) else { return nil }
      return (String(row.1), row.2.matches(of: /`(\w+)`/).map { String($0.1) })
    }
  }

  private static func documented() throws -> [String: [String]] {
    Dictionary(try rows().map { ($0.name, $0.imports) }) { first, _ in first }
  }

  /// Modules of the program with their dependencies, from the text of the manifest; test targets and what lies below
  /// Tests are left out.
  private static func declared() throws -> [String: [String]] {
    let manifest = try text("Package.swift").replacing(/\/\/[^\n]*/, with: "")
    var modules: [String: [String]] = [:]
    for start in manifest.matches(of: /\.(target|executableTarget|systemLibrary)\(\s*name: "(\w+)"/) {
      let rest = manifest[start.range.lowerBound...]
      let call = rest.prefix(closedBy: ")", opening: "(")
      if call.contains("path: \"Tests/") { continue }
      var imports: [String] = []
      if let list = call.firstRange(of: "dependencies: [") {
        let names = call[list.upperBound...].prefix { $0 != "]" }.replacing(/, package: "[^"]*"/, with: "")
        imports = names.matches(of: /"(\w+)"/).map { String($0.1) }
      }
      modules[String(start.2)] = imports
    }
    return modules
  }
}

extension Substring {
  /// Up to the closing character that matches the first opening one.
  fileprivate func prefix(closedBy closing: Character, opening: Character) -> Substring {
    var depth = 0
    for index in indices {
      if self[index] == opening { depth += 1 }
      if self[index] == closing {
        depth -= 1
        if depth == 0 { return self[...index] }
      }
    }
    return self
  }
}
