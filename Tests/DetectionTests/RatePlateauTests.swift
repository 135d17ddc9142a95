import Settings
import Synth
import Testing

@testable import Detection

/// Levels that what came through keeps to (METHOD.md M3.7).
@Suite struct RatePlateauTests {
  private let limits = Thresholds().cap

  /// A passage of so many bytes in each second, the first of them lost in second `start`.
  private static func passage(_ bytes: [Double]) -> Passage {
    let offers = bytes.enumerated().map { Offer(time: Double($0.offset) + 0.5, bytes: $0.element, fate: .passed) }
    return Passage(start: 0, offers: offers, delays: [])
  }

  /// Seconds of the longest window that its definition finds: each second within a tenth of the window's mean, a window that
  /// does not hold loses its first second.
  private func longest(_ bytes: [Double]) -> Int {
    var best = 0
    var from = 0
    for until in bytes.indices {
      while from < until {
        let mean = bytes[from...until].reduce(0, +) / Double(until - from + 1)
        if bytes[from...until].allSatisfy({ abs($0 - mean) <= limits.plateauWidth.value * mean }) { break }
        from += 1
      }
      best = max(best, until - from + 1)
    }
    return best
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>) func theLongestLevelIsFound(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes: [Double] = []
    // Steps of some seconds to some minutes, each with a wobble of up to 12 %.
    while bytes.count < 600 {
      let level = 1_000.0 * Double(1 + generator.next() % 20)
      let wobble = Double(generator.next() % 13) / 100
      for _ in 0..<(5 + generator.next() % 80) {
        let place: Double = Double(generator.next() % 2_001) / 1_000 - 1
        bytes.append((level + level * wobble * place).rounded())
      }
    }
    let plateau = RatePlateau(Self.passage(bytes), from: -1, limits)
    // The last second is cut.
    let found = longest(Array(bytes.dropLast()))
    let expected: Int? = Double(found) * 1e9 >= limits.plateau.value ? found : nil
    #expect(plateau.map { Int($0.span) } == expected, "seed \(seed)")
  }

  @Test func aLevelOfTwelveHoursIsOneOfItsSeconds() throws {
    let plateau = try #require(RatePlateau(Self.passage([Double](repeating: 4_000, count: 43_000)), from: -1, limits))
    #expect(plateau.span == 42_999 && plateau.rate == 32_000)
  }
}
