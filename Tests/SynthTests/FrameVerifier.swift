/// Checks checksums and reads addresses of Ethernet/IPv4 and IPv6 frames, written apart from the code under test.
struct FrameVerifier {
  let bytes: [UInt8]
  let start: Int

  init(ethernet frame: [UInt8]) {
    bytes = frame
    start = 14
  }

  init(packet: [UInt8]) {
    bytes = packet
    start = 0
  }

  var isVersion6: Bool { bytes[start] >> 4 == 6 }
  var timeToLive: UInt8 { bytes[start + (isVersion6 ? 7 : 8)] }
  var identification: Int { word(start + 4) }
  var protocolNumber: UInt8 { isVersion6 ? bytes[start + 6] : bytes[start + 9] }
  var source: [UInt8] {
    isVersion6 ? Array(bytes[(start + 8)..<(start + 24)]) : Array(bytes[(start + 12)..<(start + 16)])
  }
  var destination: [UInt8] {
    isVersion6 ? Array(bytes[(start + 24)..<(start + 40)]) : Array(bytes[(start + 16)..<(start + 20)])
  }
  var transportStart: Int { start + (isVersion6 ? 40 : 20) }
  var sourcePort: Int { word(transportStart) }
  var destinationPort: Int { word(transportStart + 2) }
  var tcpFlags: UInt8 { bytes[transportStart + 13] }
  var payload: [UInt8] {
    switch protocolNumber {
    case 17: Array(bytes[(transportStart + 8)...])
    case 6: Array(bytes[(transportStart + Int(bytes[transportStart + 12] >> 4) * 4)...])
    default: []
    }
  }
  var sequence: UInt32 { UInt32(word(transportStart + 4)) << 16 | UInt32(word(transportStart + 6)) }
  var acknowledgement: UInt32 { UInt32(word(transportStart + 8)) << 16 | UInt32(word(transportStart + 10)) }

  /// True if header and transport sums both come out as all ones.
  var sumsAreRight: Bool {
    if !isVersion6, onesSum(Array(bytes[start..<(start + 20)])) != 0xFFFF { return false }
    let body = Array(bytes[transportStart...])
    var covered: [UInt8] = []
    if protocolNumber != 1 {
      covered = source + destination + [UInt8(body.count >> 8), UInt8(body.count & 0xFF), 0, protocolNumber]
    }
    return onesSum(covered + body) == 0xFFFF
  }

  private func word(_ offset: Int) -> Int { Int(bytes[offset]) * 256 + Int(bytes[offset + 1]) }

  private func onesSum(_ data: [UInt8]) -> Int {
    var total = 0
    for (index, byte) in data.enumerated() { total += index % 2 == 0 ? Int(byte) * 256 : Int(byte) }
    while total > 0xFFFF { total = total % 0x10000 + total / 0x10000 }
    return total
  }
}
