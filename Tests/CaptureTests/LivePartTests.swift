import Testing
import Wire

@testable import Capture

/// Small parts of a live run.
@Suite struct LivePartTests {
  private static let second: Int64 = 1_000_000_000

  /// Ten at once, then one a second; a pause fills the store again, and never beyond ten.
  @Test func aRateIsKeptInTheLongRun() {
    var limit = RateLimit(perSecond: 1, burst: 10)
    var allowed = 0
    for step in 0..<1_000 as Range<Int64> {
      if limit.allows(at: 5 * Self.second + step * 10_000_000) { allowed += 1 }
    }
    #expect(allowed == 10 + 9, "ten at the start and one in each of the seconds that followed")
    var later = 0
    for _ in 0..<100 {
      if limit.allows(at: 500 * Self.second) { later += 1 }
    }
    #expect(later == 10)
    let isSooner = limit.allows(at: 500 * Self.second + Self.second - 1)
    let isLater = limit.allows(at: 501 * Self.second)
    #expect(!isSooner && isLater)
  }

  @Test func aCommandIsWordsAndNoShell() {
    #expect(Courier.words(of: "/bin/tell --json  'a b' \"c 'd'\"") == ["/bin/tell", "--json", "a b", "c 'd'"])
    #expect(Courier.words(of: "a''b \t c") == ["ab", "c"])
    #expect(Courier.words(of: "tell ''") == ["tell", ""])
    #expect(Courier.words(of: "tell $(reboot); x | y") == ["tell", "$(reboot);", "x", "|", "y"])
    #expect(Courier.words(of: "tell 'open") == nil)
    #expect(Courier.words(of: "  ") == [])
  }

  private static func copies(_ frames: MadeFrames) -> [Bool] {
    var copies = PacketCopies()
    var found: [Bool] = []
    for info in frames.infos { found.append(copies.isCopy(frames.block.span, info)) }
    return found
  }

  /// A router shows each packet where it comes in and where it goes out, with a time to live less.
  @Test func aForwardedPacketCountsOnce() {
    var frames = MadeFrames()
    for index in 0..<20 {
      for (interface, timeToLive) in [(UInt16(0), UInt8(64)), (1, 63), (2, 62)] {
        frames.add(
          from: 0x0A00_0001, to: 0xC633_6402, at: Int64(index) * 20_000_000 + Int64(interface) * 40_000,
          length: 40 + index,
          fill: UInt8(index), timeToLive: timeToLive, interface: interface)
      }
    }
    let expected = (0..<60).map { $0 % 3 != 0 }
    #expect(Self.copies(frames) == expected)
  }

  /// What a sender repeats with the same bytes is seen again where it was seen first: that counts.
  @Test func aRepeatedRequestCountsAgain() {
    var frames = MadeFrames()
    for repetition in 0..<4 as Range<Int64> {
      for interface in [UInt16(0), 1] {
        frames.add(
          from: 0x0A00_0001, to: 0xC633_6402, at: repetition * 500_000_000 + Int64(interface) * 40_000,
          interface: interface)
      }
    }
    #expect(Self.copies(frames) == [false, true, false, true, false, true, false, true])
  }

  @Test func differentPacketsAreNoCopies() {
    var frames = MadeFrames()
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 0, interface: 0)
    frames.add(from: 0xC633_6402, to: 0x0A00_0001, at: 1, interface: 1)
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 2, fill: 8, interface: 1)
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 3, identification: 9, interface: 1)
    // NAT: another address, another flow.
    frames.add(from: 0x0A00_0002, to: 0xC633_6402, at: 4, interface: 1)
    // Long after.
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 2 * Self.second, interface: 1)
    #expect(Self.copies(frames) == [Bool](repeating: false, count: 6))
  }

  /// Padding of short frames is no part of the packet.
  @Test func paddingIsNotCompared() {
    var frames = MadeFrames()
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 0, length: 12, interface: 0)
    frames.add(from: 0x0A00_0001, to: 0xC633_6402, at: 40_000, length: 12, interface: 1)
    var block = frames.block
    block += [1, 2, 3, 4, 5, 6]
    var infos = frames.infos
    infos[1].capturedLength += 6
    var copies = PacketCopies()
    let isFirstOne = copies.isCopy(block.span, infos[0])
    let isSecondOne = copies.isCopy(block.span, infos[1])
    #expect(!isFirstOne && isSecondOne)
  }

  @Test func framesOfSeveralWorkersAreSavedInTheOrderOfTimes() {
    var saved = SavedFrames()
    for (base, numbers) in [(UInt8(1), [Int64(1), 4, 6]), (2, [2, 3, 5])] {
      var frames = MadeFrames()
      for number in numbers {
        frames.add(
          from: 1, to: 2, at: number * Self.second, length: 10, fill: base, number: UInt64(10 - number))
      }
      var part = SavedFrames()
      for info in frames.infos { part.append(frames.block.span, info) }
      saved.add(part)
    }
    #expect(saved.frames.map { $0.time / Self.second } == [1, 2, 3, 4, 5, 6])
    #expect(saved.frames.map { saved.bytes(of: $0).last } == [1, 2, 2, 1, 2, 1])
  }
}
