internal import Recognition

/// What flows' bytes speak for, by what they showed: most flows of a capture showed one of a few things, and each is held
/// against the signatures once.
struct ContentMatches {
  private struct Entry {
    var content: ObservedContent = []
    var match: ApplicationMatch?
  }

  // By hash of the content; another one takes the place.
  private var entries: [Entry] = Array(repeating: Entry(), count: 256)

  /// The application that a content, which is not empty, speaks for.
  @inline(always)
  mutating func match(_ content: ObservedContent, _ signatures: SignatureIndex) -> ApplicationMatch? {
    let place = Int(truncatingIfNeeded: (content.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 56)
    if entries[place].content != content {
      entries[place] = Entry(content: content, match: signatures.match(content: content))
    }
    return entries[place].match
  }
}
