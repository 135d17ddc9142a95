import CLz4
import CZstd
import Testing
import Wire

@testable import Capture

/// zstd and lz4, packed by the libraries' own compressors.
@Suite struct CompressionTests {
  static func zstd(_ bytes: [UInt8], level: Int32 = 1) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { target, count in
      // Both buffers live through the call and have the sizes given.
      unsafe bytes.withUnsafeBytes { source in
        count = unsafe ZSTD_compress(target.baseAddress, target.count, source.baseAddress, source.count, level)
      }
    }
  }

  static func lz4(_ bytes: [UInt8]) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: LZ4F_compressFrameBound(bytes.count, nil)) { target, count in
      // As above.
      unsafe bytes.withUnsafeBytes { source in
        count = unsafe LZ4F_compressFrame(target.baseAddress, target.count, source.baseAddress, source.count, nil)
      }
    }
  }

  static let packers: [(name: String, pack: @Sendable ([UInt8]) -> [UInt8])] = [
    ("zstd", { zstd($0) }), ("lz4", { lz4($0) }),
  ]

  @Test(arguments: [0, 1]) func plainAndSeveralFrames(index: Int) throws {
    let (_, pack) = Self.packers[index]
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 10_000)
    let plain = try read(bytes: bytes)
    let one = try read(bytes: pack(bytes))
    #expect(one.frames == plain.frames && !one.facts.truncated)
    #expect(one.facts.bytesRead == one.facts.totalBytes)
    for split in [1, 24, 100_000, bytes.count - 1] {
      let several = try read(bytes: pack(Array(bytes[..<split])) + pack(Array(bytes[split...])))
      #expect(several.frames == plain.frames && !several.facts.truncated)
    }
    // A skippable frame of three bytes between the two, and in front (RFC 8878 section 3.1.2).
    let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let mixed = try read(bytes: pack(Array(bytes[..<99])) + skippable + pack(Array(bytes[99...])))
    #expect(mixed.frames == plain.frames && !mixed.facts.truncated)
    let littered = try read(bytes: pack(bytes) + [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(littered.frames == plain.frames && littered.facts.truncated)
  }

  @Test(arguments: [0, 1]) func aCutKeepsThePrefixAndIsNamed(index: Int) throws {
    let (name, pack) = Self.packers[index]
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 20_000)
    let packed = pack(bytes)
    let whole = try read(bytes: bytes).frames
    // A block of up to 128 KiB comes out as a whole: the first third holds one.
    for cut in [packed.count / 3, packed.count / 2, packed.count - 1] {
      let (frames, facts) = try read(bytes: Array(packed[..<cut]))
      #expect(frames == Array(whole[..<frames.count]))
      #expect(facts.truncated && facts.truncation?.contains("\(name) data is cut at byte \(cut)") == true)
    }
    for cut in 1..<min(60, packed.count) {
      #expect(throws: CaptureError.self) { try read(bytes: Array(packed[..<cut])) }
    }
  }

  @Test(arguments: [0, 1]) func damageEndsTheCaptureAndIsNoTrap(index: Int) throws {
    let (_, pack) = Self.packers[index]
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 300)
    let packed = pack(bytes)
    var state: UInt64 = 20_261_123
    for round in 0..<200 {
      var damaged = packed
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      damaged[4 + Int(state >> 33) % (packed.count - 4)] = UInt8(truncatingIfNeeded: round &* 37)
      _ = try? read(bytes: damaged)
    }
    var checksum = packed
    checksum[4] ^= 0xFF
    _ = try? read(bytes: checksum)
  }

  @Test func compressionInsideCompressionIsRefusedByName() throws {
    let (bytes, _) = PcapTests.sample(PcapWriter(), count: 4)
    let error = #expect(throws: CaptureError.self) { try read(bytes: Self.zstd(Self.lz4(bytes))) }
    #expect(error?.message.contains("lz4 inside zstd: decompress it once") == true)
    let legacy = #expect(throws: CaptureError.self) { try read(bytes: [0x02, 0x21, 0x4C, 0x18] + bytes) }
    #expect(legacy?.message.contains("legacy") == true)
  }
}
