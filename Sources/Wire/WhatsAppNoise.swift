// WhatsApp's chat connection: `WA` and a version, then Noise; before it, since 2018, an `ED` edge-routing preamble.

/// The first client bytes of a WhatsApp chat connection.
public struct WhatsAppNoise: Equatable, Sendable, BitwiseCopyable {
  /// Whether the edge-routing preamble `45 44 00 01` comes first.
  public let hasRouting: Bool
  /// The two bytes after `WA`: protocol and dictionary, 01 05 in 2015, 05 02 in 2021, 06 03 now; nil where they are in
  /// a later segment: since 2021 the first one carries the four bytes of the preamble only (`whatsapp`, 86 of 86
  /// flows).
  public let version: UInt16?

  /// Reads the opening at the start of `stream`.
  public init?(_ stream: Span<UInt8>) {
    guard stream.count >= 4 else { return nil }
    let word = stream.extracting(0..<4).uint32(at: 0)
    guard word != 0x4544_0001 else {
      self.hasRouting = true
      guard stream.count > 4 else {
        self.version = nil
        return
      }
      // Three bytes of length, the routing blob, then `WA`.
      guard stream.count >= 7 else {
        self.version = nil
        return
      }
      let start = 7 &+ Int(stream.extracting(4..<7).uint24(at: 0))
      guard start <= 7 &+ 1_024 else { return nil }
      guard start &+ 4 <= stream.count else {
        self.version = nil
        return
      }
      guard let version = WhatsAppNoise.version(stream.extracting(start..<(start &+ 4)).uint32(at: 0)) else {
        return nil
      }
      self.version = version
      return
    }
    guard let version = WhatsAppNoise.version(word) else { return nil }
    self.hasRouting = false
    self.version = version
  }

  private static func version(_ word: UInt32) -> UInt16? {
    let version = UInt16(truncatingIfNeeded: word)
    // Small numbers both, or any four bytes that spell "WA" would do.
    guard word >> 16 == 0x5741, version >> 8 > 0, version >> 8 < 32, version & 0xFF < 32 else { return nil }
    return version
  }
}
