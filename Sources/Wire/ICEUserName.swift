// RFC 8445 section 7.2.2: USERNAME of a check is the receiver's fragment, a colon, the sender's.

/// Whose way of writing ICE user names it is.
public enum ICEUserForm: UInt8, Sendable, BitwiseCopyable {
  /// Nobody's in particular; libwebrtc writes 4 and 4 characters.
  case plain
  /// 26 characters and 4: Google's media servers (`stun_google_meet`). 16 and 4, as in `stun`, is pion's way too (LiveKit and
  /// others; pion/ice, rand.go: fragments of 16), against any libwebrtc.
  case meet
  /// Two UUIDs in upper case: Zoom's web client (`stun_zoom`).
  case zoom
  /// "EDGERAY_DEFAULT_USERNAME" on either side: Meta's edge relays (`lru_ipv6_caches`).
  case edgeRay

  /// The form of a check's USERNAME.
  public init(_ name: Span<UInt8>) {
    self = .plain
    guard name.count >= 21, name.count <= 73 else { return }
    var colon = 0
    while colon < name.count, name[colon] != 0x3A { colon &+= 1 }
    guard colon < name.count else { return }
    let rest = name.count &- colon &- 1
    if colon == 26 && rest == 4 || colon == 4 && rest == 26 {
      self = .meet
    } else if colon == 36, rest == 36, Self.isUUID(name.extracting(0..<36)), Self.isUUID(name.extracting(37..<73)) {
      self = .zoom
    } else if colon >= 24, Self.isEdgeRay(name.extracting(0..<24)) {
      self = .edgeRay
    }
  }

  private static func isUUID(_ text: Span<UInt8>) -> Bool {
    for index in 0..<36 {
      let byte = text[index]
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == 0x2D else { return false }
      } else {
        guard byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x46 else { return false }
      }
    }
    return true
  }

  private static func isEdgeRay(_ text: Span<UInt8>) -> Bool {
    text.uint64(at: 0) == 0x4544_4745_5241_595F && text.uint64(at: 8) == 0x4445_4641_554C_545F
      && text.uint64(at: 16) == 0x5553_4552_4E41_4D45
  }
}
