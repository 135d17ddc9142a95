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

  private static func recording(_ number: Int, of stamp: String = "20260101-000000") -> RecordingName {
    RecordingName(stamp: stamp, app: "telegram", outcome: "dropped", number: number)
  }

  private static func file(_ number: Int, _ rest: String) -> String {
    "20260101-000000-telegram-dropped-\(number)\(rest)"
  }

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
    try #require(queue.start(snaplen: 2_048))
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
        SaveQueue.Part(Self.recording(1), Self.frames(5), comments: [3: "evidence"]),
        SaveQueue.Part(Self.recording(1), Self.frames(5, from: 5), comments: [:], lines: Array("{}\n".utf8)),
        SaveQueue.Part(Self.recording(1), SavedFrames(), comments: [:], lines: Array("{1}\n".utf8), isLate: true),
        SaveQueue.Part(Self.recording(2), SavedFrames(), comments: [:], lines: Array("{2}\n".utf8), isLate: true),
      ], SavePlan(), to: folder)
    #expect(folder.names == [Self.file(1, ".ndjson"), Self.file(1, ".pcapng")])
    #expect(try Self.numbers(folder, Self.file(1, ".pcapng")) == Array(0..<10))
    #expect(folder.text(Self.file(1, ".pcapng")).contains("evidence"))
    #expect(
      folder.text(Self.file(1, ".ndjson")) == "{}\n{1}\n", "a later word belongs to what was saved, and to nothing else"
    )
    #expect(queue.account.files == 1)
  }

  /// -C counts millions of bytes, as tcpdump does; here the plan itself is asked, and a file of it.
  @Test func aFullFileIsContinuedInAnother() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileBytes = 4_000
    _ = try Self.write([SaveQueue.Part(Self.recording(1), Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    let names = folder.names.filter { $0.hasSuffix(".pcapng") }
    #expect(names == [Self.file(1, "-1.pcapng"), Self.file(1, "-2.pcapng"), Self.file(1, ".pcapng")])
    #expect(
      try [Self.file(1, ".pcapng"), Self.file(1, "-1.pcapng"), Self.file(1, "-2.pcapng")].flatMap {
        try Self.numbers(folder, $0)
      } == Array(0..<12))
    for name in names { #expect(folder.size(name) < 4_000 + 1_200) }
  }

  @Test func aFileIsContinuedAfterItsTime() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileTime = 5 * Self.second
    _ = try Self.write([SaveQueue.Part(Self.recording(1), Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    #expect(try Self.numbers(folder, Self.file(1, ".pcapng")) == Array(0..<5))
    #expect(try Self.numbers(folder, Self.file(1, "-1.pcapng")) == Array(5..<10))
    #expect(try Self.numbers(folder, Self.file(1, "-2.pcapng")) == [10, 11])
  }

  @Test func theOldestFilesGo() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileBytes = 2_000
    plan.fileCount = 2
    _ = try Self.write([SaveQueue.Part(Self.recording(1), Self.frames(12), comments: [:], lines: [])], plan, to: folder)
    #expect(folder.names.filter { $0.hasSuffix(".pcapng") } == [Self.file(1, "-4.pcapng"), Self.file(1, "-5.pcapng")])
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
      [SaveQueue.Part(Self.recording(1), Self.frames(6), comments: [:], lines: [])], plan, to: folder)
    #expect(
      folder.names == [
        "20250102-000000-telegram-dropped-1.pcapng", Self.file(1, "-1.pcapng"), Self.file(1, ".ndjson"),
        Self.file(1, ".pcapng"), "mine.pcapng",
      ], "in files of a quarter of the quota")
  }

  @Test func theNewestFileStaysWhateverItsSize() {
    var plan = SavePlan()
    plan.quota = 10
    plan.fileCount = 1
    #expect(plan.surplus([]) == [])
    #expect(plan.surplus([500]) == [])
    #expect(plan.surplus([5, 5, 500]) == [0, 1])
    #expect(plan.surplus([5, 5, 500], kept: [0]) == [1], "what is written to is not taken away")
    plan.fileCount = nil
    plan.quota = 510
    #expect(plan.surplus([5, 5, 500]) == [])
    plan.quota = 509
    #expect(plan.surplus([5, 5, 500]) == [0])
  }

  /// Whatever else lies in the folder is somebody's own.
  @Test func onlyRecordingsHaveTheirNames() throws {
    for other in [
      "0-my-thesis.pcapng", "2024-holiday.pcapng", "20260101-000000.pcapng", "20260101-000000-telegram-dropped.pcapng",
      "20260101-000000-telegram-lost-1.pcapng", "20260101-000000-telegram-dropped-1.pcap",
      "20260101-000000-telegram-dropped-1-x.pcapng", "2026010-0000000-telegram-dropped-1.pcapng",
      "20260101-000000-telegram-dropped-12345678901.pcapng",
    ] {
      #expect(RecordingName(file: other) == nil, "\(other)")
    }
    let names = ["-1.pcapng", "-1-2.pcapng", "-1-10.pcapng", "-2.pcapng", "-10.pcapng"].map {
      "20260101-000000-telegram-dropped" + $0
    }
    #expect(
      names.reversed().compactMap { RecordingName(file: $0) }.sorted().map(\.file) == names, "by number, not as text")
  }

  /// The files of two recordings that go on at once are both kept, whatever the limit, until one of them ends.
  @Test func aFileThatIsWrittenToStays() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileCount = 1
    let parts = [
      SaveQueue.Part(Self.recording(1), Self.frames(3), comments: [:]),
      SaveQueue.Part(Self.recording(2), Self.frames(3), comments: [:]),
      SaveQueue.Part(Self.recording(1), Self.frames(3, from: 3), comments: [:], lines: Array("{}\n".utf8)),
      SaveQueue.Part(Self.recording(2), Self.frames(3, from: 3), comments: [:], lines: Array("{}\n".utf8)),
    ]
    _ = try Self.write(parts, plan, to: folder)
    #expect(folder.names == [Self.file(2, ".ndjson"), Self.file(2, ".pcapng")], "the records go with the packets")
    #expect(try Self.numbers(folder, Self.file(2, ".pcapng")) == Array(0..<6))
  }

  /// What another run found in the same second stays.
  @Test func noRecordingIsWrittenOver() throws {
    let folder = try Folder()
    try Data("mine".utf8).write(to: folder.url.appendingPathComponent(Self.file(1, ".pcapng")))
    try Data("mine".utf8).write(to: folder.url.appendingPathComponent(Self.file(2, ".ndjson")))
    _ = try Self.write(
      [SaveQueue.Part(Self.recording(1), Self.frames(4), comments: [:], lines: Array("{}\n".utf8))], SavePlan(),
      to: folder)
    #expect(folder.text(Self.file(1, ".pcapng")) == "mine" && folder.text(Self.file(2, ".ndjson")) == "mine")
    #expect(try Self.numbers(folder, Self.file(3, ".pcapng")) == Array(0..<4))
    #expect(folder.text(Self.file(3, ".ndjson")) == "{}\n")
  }

  /// What can be written no more is gone on with in another file, which is whole.
  @Test func aFileThatIsGoneIsContinuedInAnother() throws {
    let folder = try Folder()
    var plan = SavePlan()
    plan.fileTime = 2 * Self.second
    // A folder in place of the second part's file.
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent(Self.file(1, "-1.pcapng")), withIntermediateDirectories: true)
    let saved = try SaveQueue(folder: folder.url.path, plan: plan)
    try #require(saved.start(snaplen: 2_048))
    for first in stride(from: 0, to: 6, by: 2) {
      saved.add(SaveQueue.Part(Self.recording(1), Self.frames(2, from: first), comments: [:]))
    }
    saved.finish()
    #expect(saved.account.failure != nil)
    #expect(try Self.numbers(folder, Self.file(1, ".pcapng")) == [0, 1])
    #expect(try Self.numbers(folder, Self.file(1, "-2.pcapng")) == [4, 5])
  }

  /// A stream's later section may have another link type.
  @Test func eachFrameKeepsItsLinkType() throws {
    let folder = try Folder()
    var made = MadeFrames()
    made.add(from: 0x0A00_0001, to: 0xC633_6402, at: 0, length: 100, fill: 0, number: 1)
    var frames = SavedFrames()
    var info = made.infos[0]
    frames.append(made.block.span, info)
    info.linkType = .raw
    info.number = 2
    frames.append(made.block.span, info)
    _ = try Self.write([SaveQueue.Part(Self.recording(1), frames, comments: [:], lines: [])], SavePlan(), to: folder)
    var reader = try CaptureReader(path: folder.url.appendingPathComponent(Self.file(1, ".pcapng")).path)
    var types: [LinkType] = []
    try reader.forEachBlock { _, frames in
      for index in 0..<frames.count { types.append(frames[index].linkType) }
      return true
    }
    #expect(types == [.ethernet, .raw])
  }

  /// A folder that is gone is said, and nobody waits for it.
  @Test func aDiskThatFailsIsSaid() throws {
    let folder = try Folder()
    let queue = try SaveQueue(folder: folder.url.path + "/gone", plan: SavePlan())
    try #require(queue.start(snaplen: 2_048))
    queue.add(SaveQueue.Part(Self.recording(1), Self.frames(2), comments: [:], lines: []))
    queue.finish()
    #expect(queue.account.failure != nil)
    #expect(queue.account.files == 0)
  }
}
