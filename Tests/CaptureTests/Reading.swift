import Wire

@testable import Capture

/// One frame, copied out of its block.
struct Frame: Equatable, CustomStringConvertible {
  var time: Int64
  var bytes: UInt64
  var captured: Int
  var wire: Int
  var number: UInt64 = 0
  var interface: UInt16 = 0
  var linkType = LinkType.ethernet
  var user: Int32 = -1

  var description: String { "#\(number) t=\(time) \(captured)/\(wire) if\(interface) \(bytes)" }

  /// Equal in what libpcap tells.
  func agrees(with other: Frame) -> Bool {
    time == other.time && captured == other.captured && wire == other.wire && bytes == other.bytes
  }
}

/// FNV-1a, 64 bits.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// Everything a reader hands out.
func read(_ paths: [String], filter: String? = nil) throws(CaptureError) -> (frames: [Frame], facts: CaptureFacts) {
  var reader = try CaptureReader(joining: paths, filter: filter)
  var frames: [Frame] = []
  try reader.forEachBlock { block, infos in
    for index in infos.indices {
      let info = infos[index]
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for offset in info.start..<(info.start + Int(info.capturedLength)) {
        hash = (hash ^ UInt64(block[offset])) &* 0x100_0000_01B3
      }
      frames.append(
        Frame(
          time: info.time, bytes: hash, captured: Int(info.capturedLength), wire: Int(info.wireLength),
          number: info.number, interface: info.interface, linkType: info.linkType,
          user: info.user))
    }
    return true
  }
  return (frames, reader.facts)
}

func read(_ path: String, filter: String? = nil) throws(CaptureError) -> (frames: [Frame], facts: CaptureFacts) {
  try read([path], filter: filter)
}

func read(_ file: TemporaryFile, filter: String? = nil) throws(CaptureError) -> (frames: [Frame], facts: CaptureFacts) {
  // The file goes with its owner, which the optimizer may drop after its last use.
  defer { withExtendedLifetime(file) {} }
  return try read(file.path, filter: filter)
}

func read(bytes: [UInt8]) throws -> (frames: [Frame], facts: CaptureFacts) { try read(TemporaryFile(bytes)) }

/// The error of opening or reading `bytes`, nil if there is none.
func failure(_ bytes: [UInt8], filter: String? = nil) throws -> CaptureError? {
  let file = try TemporaryFile(bytes)
  do throws(CaptureError) {
    _ = try read(file, filter: filter)
    return nil
  } catch {
    return error
  }
}

/// An Ethernet/IPv4/UDP frame with `payload` bytes of filler.
func udpFrame(port: UInt16, payload: Int, fill: UInt8 = 0) -> [UInt8] {
  var frame: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]
  frame += [0x45, 0, UInt8((28 + payload) >> 8), UInt8((28 + payload) & 255), 0, 0, 0, 0, 64, 17, 0, 0]
  frame += [10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, UInt8(port >> 8), UInt8(port & 255)]
  frame += [UInt8((8 + payload) >> 8), UInt8((8 + payload) & 255), 0, 0]
  frame += (0..<payload).map { UInt8(truncatingIfNeeded: $0) &+ fill }
  return frame
}
