internal import Flow
internal import Wire

extension Analyzer {
  /// Ties an ICMP error to the flow whose packet it quotes.
  mutating func takeError(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) {
    hygiene.icmp &+= 1
    guard let quoted = QuotedPacket(packet, in: block) else {
      if let cut = CutQuote(packet, in: block) { hygiene.note(cut, packet, frame) }
      return
    }
    guard let match = table.find(quoted.packet) else { return }
    let dialogue = dialogue(of: match.index)
    let isSide0 = packet.source == table.endpoint(match.index, side: 0).address
    let isEnd = isSide0 || packet.source == table.endpoint(match.index, side: 1).address
    dialogues[dialogue].take(
      errorOf: quoted.type, quoted.code, isV6: packet.transport == .icmpv6, from: (isSide0, isEnd),
      isOfThisLink: TimeToLive.isUntouched(packet.timeToLive), frame: frame.number, time: frame.time)
  }
}
