import Testing
import Wire

@testable import Capture

/// The past in memory: bounded, a client's own, and in order.
@Suite struct FrameHistoryTests {
  private static let server: UInt32 = 0xC633_6402
  private static let second: Int64 = 1_000_000_000

  private static func client(_ number: Int) -> UInt32 { 0x0A00_0001 + UInt32(number) }

  private static func bits(_ address: UInt32) -> AddressBits { AddressBits(low: UInt64(address)) }

  private static func keep(_ frames: MadeFrames, in history: FrameHistory) {
    history.keep(frames.block.span, frames.infos.span)
  }

  @Test func whatIsAskedForComesBackInOrderAndWithItsBytes() {
    let history = FrameHistory(bytes: 16 << 20, age: 60 * Self.second)
    var frames = MadeFrames()
    for index in 0..<400 {
      let client = Self.client(index % 4)
      let isUp = index % 3 > 0
      frames.add(
        from: isUp ? client : Self.server, to: isUp ? Self.server : client, at: Int64(index) * 10_000_000,
        fill: UInt8(index & 255))
    }
    Self.keep(frames, in: history)
    let saved = history.frames(of: [Self.bits(Self.client(2))], from: Self.second, behind: 0)
    let expected = frames.infos.filter { ($0.number - 1) % 4 == 2 && $0.time >= Self.second }
    #expect(saved.frames.map(\.number) == expected.map(\.number))
    for (frame, original) in zip(saved.frames, expected) {
      #expect(Array(saved.bytes(of: frame)) == Array(frames.block[original.start..<original.start + 200]))
    }
    // What was taken before is not taken again, and what is later waits.
    let later = history.frames(
      of: [Self.bits(Self.client(2))], from: 0, until: 3_500_000_000, behind: saved.frames[50].number)
    #expect(later.frames.first?.number == saved.frames[51].number)
    #expect(later.frames.last.map { $0.time <= 3_500_000_000 && $0.time > 3_400_000_000 } == true)
    #expect(history.frames(of: [Self.bits(0x0A00_00FF)], from: 0, behind: 0).frames.isEmpty)
  }

  /// A flood of one client, fifty times what the memory holds.
  @Test func aFloodPushesOutItsOwnPastAlone() {
    let history = FrameHistory(bytes: 8 << 20, age: 600 * Self.second)
    for index in 0..<50 as Range<Int> {
      var frames = MadeFrames()
      frames.add(from: Self.client(index), to: Self.server, at: Int64(index), number: UInt64(index + 1))
      Self.keep(frames, in: history)
    }
    for round in 0..<500 {
      var frames = MadeFrames()
      for index in 0..<4_000 {
        frames.add(
          from: Self.client(1_000), to: Self.server, at: Self.second + Int64(round * 4_000 + index) * 1_000,
          number: UInt64(51 + round * 4_000 + index))
      }
      Self.keep(frames, in: history)
      #expect(history.bytesHeld <= 8 << 20)
    }
    for index in 0..<50 {
      #expect(history.frames(of: [Self.bits(Self.client(index))], from: 0, behind: 0).frames.count == 1)
    }
    let flood = history.frames(of: [Self.bits(Self.client(1_000))], from: 0, behind: 0).frames
    #expect(flood.count > 10_000)
    #expect(flood.last?.number == 2_000_050, "the latest is what is kept")
    #expect(zip(flood, flood.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
  }

  /// Ten thousand made-up clients do not push out one that was there first.
  @Test func moreClientsThanAreToldApartShareWhatIsLeft() {
    let history = FrameHistory(bytes: 64 << 20, age: 600 * Self.second)
    var frames = MadeFrames()
    for index in 0..<20 { frames.add(from: Self.client(0), to: Self.server, at: Int64(index)) }
    for index in 1...10_000 {
      frames.add(from: Self.client(index), to: Self.server, at: Self.second + Int64(index) * 1_000)
    }
    Self.keep(frames, in: history)
    #expect(history.bytesHeld <= 64 << 20)
    #expect(history.frames(of: [Self.bits(Self.client(0))], from: 0, behind: 0).frames.count == 20)
    #expect(history.frames(of: [Self.bits(Self.client(10_000))], from: 0, behind: 0).frames.count == 1)
  }

  /// Clients that went away leave their place to others, and pages that are too old are used again.
  @Test func whatIsTooOldMakesRoom() {
    let history = FrameHistory(bytes: 64 << 20, age: 10 * Self.second)
    for round in 0..<20 as Range<Int> {
      var frames = MadeFrames()
      for index in 0..<240 {
        frames.add(
          from: Self.client(round * 240 + index), to: Self.server, at: Int64(round) * 30 * Self.second + Int64(index),
          number: UInt64(round * 240 + index + 1))
      }
      Self.keep(frames, in: history)
    }
    #expect(history.bytesHeld <= 480 * FrameHistory.pageCost)
    let latest = Self.bits(Self.client(19 * 240 + 5))
    #expect(history.frames(of: [latest], from: 0, behind: 0).frames.count == 1)
  }
}
