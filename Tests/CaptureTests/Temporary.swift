import Glibc

@testable import Capture

/// A file in the temporary directory, gone with its owner.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8], suffix: String = ".pcap") throws {
    var template = Array("/tmp/ringback-capture-XXXXXX\(suffix)".utf8CString)
    // mkstemps fills in the template in place; it is terminated by utf8CString.
    let descriptor = unsafe template.withUnsafeMutableBufferPointer {
      unsafe $0.baseAddress.map { unsafe mkstemps($0, Int32(suffix.utf8.count)) } ?? -1
    }
    precondition(descriptor >= 0, "the temporary directory is writable")
    close(descriptor)
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try OutputFile.write(bytes, to: path, .replace)
  }

  deinit { unsafe unlink(path) }
}

/// Small deterministic generator (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
