/// What a TTL or hop limit says of where its packet comes from.
public enum TimeToLive {
  /// No router has passed the packet on: it has one of the values that hosts send with, 64 (RFC 1700), 128 of Windows or 255 of
  /// routers. Its sender is of the link that the capture was taken on, whomever it names.
  @inlinable
  public static func isUntouched(_ value: UInt8) -> Bool { value == 64 || value == 128 || value == 255 }

  /// Routers that passed the packet on, if its sender began with the next of those values.
  public static func hops(_ value: UInt8) -> UInt8 { (value <= 64 ? 64 : value <= 128 ? 128 : 255) &- value }
}
