import Foundation
import Testing
import Wire

@testable import Capture

/// Recordings on disk: tcpdump's -C, -G and -W, a quota, and what is written beside them.
@Suite struct SavingTests {
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("ringback-saving-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
    var names: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    }
    func size(_ name: String) -> Int { (try? Data(contentsOf: url.appendingPathComponent(name)).count) ?? 0 }
    func text(_ name: String) -> String {
      String(decoding: (try? Data(contentsOf: url.appendingPathComponent(name))) ?? Data(), as: UTF8.self)
    }
  }

  private static let second: Int64 = 1_000_000_000

  /// Frames of 1,000 bytes, one a second from `first` on.
  private static func frames(_ count: Int, from first: Int = 0) -> SavedFrames {
    var made = MadeFrames()
    for index in first..<first + count {
      made.add(
        from: 0x0A00_0001, to: 0xC633_6402, at: Int64(index) * second, length: 958, fill: UInt8(index & 255),
        number: UInt64(index + 1))
    }
    var saved = SavedFrames()
    for info in made.infos { saved.append(made.block.span, info) }
    return saved
  }

  private static func write(_ parts: [SaveQueue.Part], _ plan: SavePlan, to folder: Folder) throws -> SaveQueue {
    let queue = try SaveQueue(folder: folder.url.path, plan: plan)
    try #require(queue.start(linkTypes: [.ethernet], snaplen: 2_048))
    for part in parts { queue.add(part) }
    queue.finish()
    #expect(queue.account.failure == nil)
    return queue
  }

  private static func numbers(_ folder: Folder, _ name: String) throws -> [UInt8] {
    var reader = try CaptureReader(path: folder.url.appendingPathComponent(name).path)
    var fills: [UInt8] = []
    try reader.forEachBlock { block, frames in
      for index in 0..<frames.count { fills.append(block[frames[index].start + 60]) }
      return true
    }
    return fills
  }

  @Test func aRecordingIsOneFileWithCommentsAndItsVerdictBeside() throws {
    let folder = try Folder()
    let queue = try Self.write(
      [
        SaveQueue.Part("one", Self.frames(5), comments: [3: "evidence"]),
        SaveQueue.Part("one", Self.frames(5, from: 5), comments: [:], lines: Array("{}\n".utf8)),
        SaveQueue.Part("one", SavedFrames(), comments: [:], lines: Array("{1}\n".utf8), isLate: true),
        SaveQueue.Part("another", SavedFrames(), comments: [:], lines: Array("{2}\n".utf8), isLate: true),
      ], SavePlan(), to: folder)
    #expect(folder.names == ["one.ndjson", "one.pcapng"])
    #expect(try Self.numbers(folder, "one.pcapng") == Array(0..<10))
    #expect(folder.text("one.pcapng").contains("evidence"))
    #expect(folder.text("one.ndjson") == "{}\n{1}\n", "a later word belongs to what was saved, and to nothing else")
    #expect(queue.account.files == 1)
  }

  /// -C counts millions of bytes, as tcpdump does; here the plan itself is asked, and a file of it.
  @Test func aFullFileIsContinuedInAnother() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileBytes = 4_000
    _ = try Self.write([SaveQueue.Part("one", Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    let names = folder.names.filter { $0.hasSuffix(".pcapng") }
    #expect(names == ["one-1.pcapng", "one-2.pcapng", "one.pcapng"])
    #expect(
      try ["one.pcapng", "one-1.pcapng", "one-2.pcapng"].flatMap { try Self.numbers(folder, $0) } == Array(0..<12))
    for name in names { #expect(folder.size(name) < 4_000 + 1_200) }
  }

  @Test func aFileIsContinuedAfterItsTime() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileTime = 5 * Self.second
    _ = try Self.write([SaveQueue.Part("one", Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    #expect(try Self.numbers(folder, "one.pcapng") == Array(0..<5))
    #expect(try Self.numbers(folder, "one-1.pcapng") == Array(5..<10))
    #expect(try Self.numbers(folder, "one-2.pcapng") == [10, 11])
  }

  @Test func theOldestFilesGo() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileBytes = 2_000
    plan.fileCount = 2
    _ = try Self.write([SaveQueue.Part("one", Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    #expect(folder.names.filter { $0.hasSuffix(".pcapng") } == ["one-4.pcapng", "one-5.pcapng"])
  }

  /// A quota counts what earlier runs left, whose names begin with their time; other files are not touched.
  @Test func aQuotaHoldsOverRuns() throws {
    let folder = try Folder()
    for name in [
      "20250101-000000-telegram-dropped-1.pcapng", "20250102-000000-telegram-dropped-1.pcapng", "mine.pcapng",
    ] {
      try Data(repeating: 0, count: 6_000).write(to: folder.url.appendingPathComponent(name))
    }
    try Data("x".utf8).write(to: folder.url.appendingPathComponent("20250101-000000-telegram-dropped-1.ndjson"))
    var plan = SavePlan()
    plan.quota = 14_000
    _ = try Self.write(
      [SaveQueue.Part("20260101-000000-a", Self.frames(6), comments: [:], lines: [])], plan, to: folder)
    #expect(
      folder.names == [
        "20250102-000000-telegram-dropped-1.pcapng", "20260101-000000-a.ndjson", "20260101-000000-a.pcapng",
        "mine.pcapng",
      ])
  }

  @Test func theNewestFileStaysWhateverItsSize() {
    var plan = SavePlan()
    plan.quota = 10
    plan.fileCount = 1
    #expect(plan.surplus([]) == 0)
    #expect(plan.surplus([500]) == 0)
    #expect(plan.surplus([5, 5, 500]) == 2)
    plan.fileCount = nil
    plan.quota = 510
    #expect(plan.surplus([5, 5, 500]) == 0)
    plan.quota = 509
    #expect(plan.surplus([5, 5, 500]) == 1)
    #expect(SavePlan.name("a", part: 0) == "a.pcapng" && SavePlan.name("a", part: 3) == "a-3.pcapng")
  }

  /// A folder that is gone is said, and nobody waits for it.
  @Test func aDiskThatFailsIsSaid() throws {
    let folder = try Folder()
    let queue = try SaveQueue(folder: folder.url.path + "/gone", plan: SavePlan())
    try #require(queue.start(linkTypes: [.ethernet], snaplen: 2_048))
    queue.add(SaveQueue.Part("one", Self.frames(2), comments: [:], lines: []))
    queue.finish()
    #expect(queue.account.failure != nil)
    #expect(queue.account.files == 0)
  }
}
