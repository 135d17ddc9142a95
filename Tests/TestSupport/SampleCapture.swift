public import Foundation

/// A capture of `captures/`, with what is expected of it.
public struct SampleCapture: Sendable, CustomStringConvertible {
  /// The capture's folder.
  public let folder: URL
  /// File name of the capture.
  public let name: String

  /// The capture.
  public var file: URL { folder.appendingPathComponent(name) }
  /// What the program must write for it.
  public var expectedFile: URL {
    let stem = name.split(separator: ".").first.map(String.init) ?? name
    return folder.appendingPathComponent(stem + ".expected.ndjson")
  }
  /// Its name, as test reports show it.
  public var description: String { name }

  /// Whether a test that analyzes it many times should do with fewer: the lab's captures are many, and calls are long.
  public var isLarge: Bool {
    ((try? bytes().count) ?? 0) > 65_536
  }

  /// The folder of all captures.
  public static let root = BuiltCommand.repository.appendingPathComponent("captures")

  /// Every capture, sorted by folder and name.
  public static let all: [SampleCapture] = folders.flatMap { folder in
    names(in: folder).filter { $0.contains(".pcap") }.map { SampleCapture(folder: folder, name: $0) }
  }

  /// Folders of captures: every one but the record schemas'.
  public static let folders: [URL] = names(in: root).filter { $0 != "schema" && !$0.contains(".") }
    .map { root.appendingPathComponent($0) }

  /// Names in a folder, sorted.
  public static func names(in folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }

  /// The capture of that name.
  public static func named(_ name: String) throws -> SampleCapture {
    guard let capture = all.first(where: { $0.name == name + ".pcap" }) else {
      throw JSONError(description: "no capture \(name)")
    }
    return capture
  }

  /// The capture's bytes.
  public func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }
}
