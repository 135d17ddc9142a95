/// ICMP errors that quote packets of a flow, and what they explain.
extension Dialogue {
  /// Somebody on the path said that a filter forbids these packets: RFC 1812 section 5.2.7.1, codes 9, 10 and 13;
  /// RFC 4443 section 3.1, code 1.
  public var isProhibited: Bool { icmpNotices > 0 }

  /// Takes in an ICMP error that quotes a packet of this flow. A filter's notice is kept rather than another error: what hosts
  /// say of their own closed ports explains no silence that a filter announced. What says nothing of whether packets arrive is
  /// none: who sends a redirect passes the packet on (RFC 792), a quench is obsolete (RFC 6633), and a path that is too narrow
  /// (RFC 1191, RFC 8201) carries whatever is smaller.
  public mutating func take(
    errorOf type: UInt8, _ code: UInt8, isV6: Bool, from sender: (isSide0: Bool, isEnd: Bool),
    isOfThisLink: Bool = false, frame: UInt64, time: Int64
  ) {
    guard Self.explainsSilence(type, code, isV6: isV6) else {
      if isV6 ? type == 2 : type == 3 { isTooLarge = true }
      return
    }
    icmpErrors &+= 1
    icmpLast = time
    let isNotice = !sender.isEnd && Self.isNotice(type, code, isV6: isV6)
    let isFirst = isNotice && icmpNotices == 0
    if isNotice, isFirst || icmpType == type && icmpCode == code { icmpNotices &+= 1 }
    guard icmpErrors == 1 || isFirst else { return }
    icmpType = type
    icmpCode = code
    icmpFrame = frame
    icmpTime = time
    icmpFromSide0 = sender.isSide0
    icmpFromEnd = sender.isEnd
    icmpIsV6 = isV6
    icmpIsOfThisLink = isOfThisLink
  }

  /// Who gets such an error may have sent to nobody.
  public static func explainsSilence(_ type: UInt8, _ code: UInt8, isV6: Bool) -> Bool {
    isV6 ? type != 2 : type != 4 && type != 5 && (type != 3 || code != 4)
  }

  /// Such an error, if not from the end itself, is a filter's notice.
  public static func isNotice(_ type: UInt8, _ code: UInt8, isV6: Bool) -> Bool {
    isV6 ? type == 1 && code == 1 : type == 3 && (code == 9 || code == 10 || code == 13)
  }

  /// An error explains a silence whose last answer came at `answer`: those that answers outlived by `margin`, ns, do not.
  public func hasError(after answer: Int64, margin: Int64) -> Bool {
    icmpErrors > 0 && (icmpLast == .max || answer == .min || answer &- icmpLast < margin)
  }

  /// The other side's host had said for longer than `reaction`, ns, that its port is closed when this side hung up: its
  /// program had left. Where both hang up at once the one's error may overtake the other's message.
  public func hadGone(_ side: UInt8, reaction: Int64) -> Bool {
    side < 2 && icmpErrors > 0 && icmpFromEnd && icmpFromSide0 == (side == 1) && hangUp != .max
      && hangUp &- icmpTime > reaction
  }
}
