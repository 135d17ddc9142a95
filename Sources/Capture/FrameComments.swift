/// Comments for the packets of a capture and for its first section.
public struct FrameComments: Sendable {
  /// Longest comment that an option can hold (draft-ietf-opsawg-pcapng section 3.5: 16 bits of length).
  private static let longest = Int(UInt16.max)

  /// For the section, in order.
  private(set) var section: [[UInt8]]
  private let texts: [[UInt8]]
  /// By frame number, ascending; those of one frame in the order they were given.
  private var places: [(frame: UInt64, text: UInt32)]
  /// The place looked at next.
  private var next = 0

  /// Comments on frames, each an index into `texts`: many frames show the same thing.
  public init(section: [String], texts: [String], places: [(frame: UInt64, text: Int)]) {
    self.section = section.map(Self.bytes)
    self.texts = texts.map(Self.bytes)
    let numbered = places.enumerated().map { ($0.element.frame, $0.offset, UInt32($0.element.text)) }
    self.places = numbered.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { ($0.0, $0.2) }
  }

  /// UTF-8, cut between characters where it is longer than an option.
  private static func bytes(_ text: String) -> [UInt8] {
    guard text.utf8.count > longest else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    for character in text.unicodeScalars {
      let part = Array(String(character).utf8)
      if bytes.count + part.count > longest { break }
      bytes += part
    }
    return bytes
  }

  /// True while some frame still waits for its comments.
  var areLeft: Bool { next < places.count }

  /// True if a frame, later than those asked for before, has comments.
  mutating func has(_ frame: UInt64) -> Bool {
    while next < places.count, places[next].frame < frame { next += 1 }
    return next < places.count && places[next].frame == frame
  }

  /// The comments of a frame, later than those taken before.
  mutating func take(_ frame: UInt64) -> [[UInt8]] {
    var taken: [[UInt8]] = []
    while has(frame) {
      taken.append(texts[Int(places[next].text)])
      next += 1
    }
    return taken
  }

  /// Makes those of a frame the section's, with its number in front; whatever was taken before is back.
  mutating func moveToSection(_ frames: [UInt64]) {
    var moved = self
    moved.next = 0
    for frame in frames {
      for text in moved.take(frame) { section.append(Array("frame \(frame): ".utf8) + text) }
    }
    let taken = Set(frames)
    places.removeAll { taken.contains($0.frame) }
    next = 0
  }
}
