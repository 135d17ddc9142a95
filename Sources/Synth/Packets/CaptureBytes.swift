/// Capture files in memory.
public enum CaptureBytes {
  /// A classic pcap file, little-endian; all frames have the first one's link type.
  public static func pcap(_ frames: [SynthFrame], nanoseconds: Bool = true) -> [UInt8] {
    var file: [UInt8] = []
    file.append32LittleEndian(nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4)
    file.append16LittleEndian(2)
    file.append16LittleEndian(4)
    file += [UInt8](repeating: 0, count: 8)
    file.append32LittleEndian(262_144)
    file.append32LittleEndian(UInt32(frames.first?.linkType ?? 1))
    for frame in frames {
      let fraction = frame.time % 1_000_000_000
      file.append32LittleEndian(UInt32(frame.time / 1_000_000_000))
      file.append32LittleEndian(UInt32(nanoseconds ? fraction : fraction / 1_000))
      file.append32LittleEndian(UInt32(frame.bytes.count))
      file.append32LittleEndian(UInt32(frame.wireLength))
      file += frame.bytes
    }
    return file
  }

  /// A pcapng file with one interface for each link type, in order of first use, and nanosecond times.
  public static func pcapng(_ frames: [SynthFrame]) -> [UInt8] {
    var linkTypes: [UInt16] = []
    for frame in frames where !linkTypes.contains(frame.linkType) { linkTypes.append(frame.linkType) }
    var section: [UInt8] = []
    section.append32LittleEndian(0x1A2B_3C4D)
    section.append16LittleEndian(1)
    section.append16LittleEndian(0)
    section += [UInt8](repeating: 0xFF, count: 8)  // section length unknown
    var file = block(0x0A0D_0D0A, section)
    for linkType in linkTypes {
      var interface: [UInt8] = []
      interface.append16LittleEndian(linkType)
      interface += [0, 0, 0, 0, 0, 0]  // reserved; no snaplen
      interface += [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]  // if_tsresol 10^-9; end of options
      file += block(1, interface)
    }
    for frame in frames {
      var packet: [UInt8] = []
      packet.append32LittleEndian(UInt32(linkTypes.firstIndex(of: frame.linkType) ?? 0))
      packet.append32LittleEndian(UInt32(truncatingIfNeeded: frame.time >> 32))
      packet.append32LittleEndian(UInt32(truncatingIfNeeded: frame.time))
      packet.append32LittleEndian(UInt32(frame.bytes.count))
      packet.append32LittleEndian(UInt32(frame.wireLength))
      packet += frame.bytes
      packet.pad(toMultipleOf: 4)
      file += block(6, packet)
    }
    return file
  }

  private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.append32LittleEndian(type)
    result.append32LittleEndian(UInt32(body.count + 12))
    result += body
    result.append32LittleEndian(UInt32(body.count + 12))
    return result
  }
}
