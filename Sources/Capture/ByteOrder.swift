/// Byte order of the numbers in a capture file.
public enum ByteOrder: Sendable {
  /// Least significant byte first.
  case little
  /// Most significant byte first.
  case big
}

extension [UInt8] {
  /// Appends `value` in `order`.
  mutating func append<Number: FixedWidthInteger>(_ value: Number, _ order: ByteOrder) {
    for index in 0..<(Number.bitWidth / 8) {
      let shift = order == .little ? index * 8 : Number.bitWidth - 8 - index * 8
      append(UInt8(truncatingIfNeeded: value >> Number(shift)))
    }
  }
}
