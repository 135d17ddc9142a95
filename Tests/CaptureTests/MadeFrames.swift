import Wire

/// Frames of made packets in one block: UDP over IPv4 over Ethernet.
struct MadeFrames {
  private(set) var block: [UInt8] = []
  private(set) var infos: [FrameInfo] = []

  /// Adds a datagram with `length` bytes of payload, each `fill`.
  mutating func add(
    from source: UInt32, to destination: UInt32, at time: Int64, length: Int = 158, fill: UInt8 = 7,
    identification: UInt16 = 0, timeToLive: UInt8 = 64, interface: UInt16 = 0, number: UInt64? = nil
  ) {
    let start = block.count
    var header = [UInt8](repeating: 0, count: 12) + [8, 0]
    let total = UInt16(28 + length)
    header += [0x45, 0, UInt8(total >> 8), UInt8(total & 255), UInt8(identification >> 8), UInt8(identification & 255)]
    header += [0x40, 0, timeToLive, 17, timeToLive, 0]
    for address in [source, destination] {
      header += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
    }
    header += [0x9C, 0x40, 0x0D, 0x96, UInt8((8 + length) >> 8), UInt8((8 + length) & 255), 0, 0]
    block += header + [UInt8](repeating: fill, count: length)
    infos.append(
      FrameInfo(
        time: time, number: number ?? UInt64(infos.count + 1), start: start, capturedLength: Int32(block.count - start),
        wireLength: Int32(block.count - start), linkType: .ethernet, interface: interface))
  }
}
