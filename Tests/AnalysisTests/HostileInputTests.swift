import Analysis
import Capture
import FoundationEssentials
import TestSupport
import Testing
import Verdict
import Wire

@testable import Synth

/// Nothing that a capture can hold stops the analysis: cut frames, changed frames, cut files.
@Suite struct HostileInputTests {
  private static let seed: UInt64 = 20_261_124
  private static let samples = SampleCapture.all.filter { !$0.isLarge }

  private static func frames(_ sample: SampleCapture) throws -> [SynthFrame] {
    var reader = try CaptureReader(path: sample.file.path)
    var result: [SynthFrame] = []
    try reader.forEachBlock { block, frames in
      for index in 0..<frames.count {
        let frame = frames[index]
        var bytes: [UInt8] = []
        for place in frame.start..<(frame.start + Int(frame.capturedLength)) { bytes.append(block[place]) }
        result.append(
          SynthFrame(
            time: frame.time, bytes: bytes, wireLength: Int(frame.wireLength), linkType: frame.linkType.rawValue))
      }
      return true
    }
    return result
  }

  /// Every length of frames of every kind through every frame decoder and every payload decoder; scripts/hostile takes
  /// every frame.
  @Test(arguments: samples) func everyShorterLengthOfEveryFrameDecodesOrIsRefused(_ sample: SampleCapture)
    throws
  {
    var kinds: Set<Int> = []
    for frame in try Self.frames(sample) where frame.bytes.count > 23 {
      // One of each length class, protocol and first byte of payload.
      let start = min(42, frame.bytes.count - 1)
      guard kinds.insert(frame.bytes.count / 16 << 16 | Int(frame.bytes[23]) << 8 | Int(frame.bytes[start])).inserted
      else { continue }
      for length in 0...frame.bytes.count {
        let bytes = Array(frame.bytes.prefix(length))
        #expect(DecoderCheck.frame.problems(bytes.span, wireLength: frame.wireLength) == [], "\(length)")
        if length > start {
          let payload = Array(bytes[start...])
          #expect(DecoderCheck.problems(payload.span, wireLength: frame.wireLength - start) == [], "\(length)")
        }
      }
    }
  }

  /// Each round cuts every frame somewhere else, and changes some; scripts/fuzz does so for an hour.
  @Test(arguments: samples) func cutAndChangedFramesGiveRecords(_ sample: SampleCapture) throws {
    let frames = try Self.frames(sample)
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<6 {
      let changed = frames.map { frame in
        var frame = frame
        if round % 3 != 0, !frame.bytes.isEmpty {
          for _ in 0..<generator.number(in: 0...3) {
            let place = generator.number(in: 0...(min(frame.bytes.count, round % 3 == 1 ? 60 : 400) - 1))
            let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, frame.bytes[place] ^ 1, generator.bytes(1)[0]]
            frame.bytes[place] = values[generator.number(in: 0...6)]
          }
        }
        if round % 2 == 0 { frame.bytes = Array(frame.bytes.prefix(generator.number(in: 0...frame.bytes.count))) }
        if generator.occurs(with: 0.05) {
          frame.time += Int64(generator.number(in: 0...2_000)) * 1_000_000_000 - 1_000_000_000_000
        }
        return frame
      }
      let result = analyze(changed)
      #expect(result.captures[0].packets == UInt64(frames.count), "seed \(Self.seed), round \(round)")
      // The records stay within what the format allows.
      for line in try result.lines { #expect(line["schema"] == .integer(1)) }
    }
  }
}
