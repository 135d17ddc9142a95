import Foundation
import Synth
import Testing

/// Every capture is one that a standard tool reads without complaint. Skipped where tshark is not installed.
@Suite struct TsharkTests {
  private static let tshark = "/usr/bin/tshark"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: tshark) }

  @Test(.enabled(if: TsharkTests.isInstalled, "tshark is not installed"), arguments: Scenario.allCases)
  func readsEveryFrame(scenario: Scenario) throws {
    let frames = scenario.frames()
    for (name, bytes) in [("pcap", CaptureBytes.pcap(frames)), ("pcapng", CaptureBytes.pcapng(frames))] {
      let file = FileManager.default.temporaryDirectory.appending(path: "synth-\(UUID()).\(name)")
      defer { try? FileManager.default.removeItem(at: file) }
      try Data(bytes).write(to: file)
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(filePath: Self.tshark)
      process.arguments = [
        "-n", "-r", file.path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o",
        "tcp.check_checksum:TRUE",
      ]
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(text.split(separator: "\n").count == frames.count)
      #expect(!text.contains("Malformed"))
      #expect(!text.contains("incorrect"))
    }
  }
}
