internal import Flow
internal import Recognition
internal import Wire

/// RTCP, pings and what else is counted of media beside RTP.
extension Analyzer {
  /// True if the payload is RTCP.
  mutating func takeControl(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    guard let compound = RTCPCompound(payload, wireLength: datagram.wireLength) else { return false }
    // Ciphertext passes for a first RTCP header now and then: it counts beside RTP, DTLS or STUN, or when the whole
    // compound packet is in order.
    guard isKnown(datagram.flow) || udp[datagram.detail].streams != FlowState.none || !compound.isSecured else {
      return false
    }
    let fact = facts(of: datagram.flow)
    facts[fact].content.insert(compound.isSecured ? .srtcp : .rtcp)
    let dialogue = dialogue(of: datagram.flow)
    dialogues[dialogue].controlPackets[datagram.side] &+= 1
    takeFeedback(compound, payload, datagram, fact)
    if compound.hasBye { dialogues[dialogue].noteHangUp(side: UInt8(datagram.side), time: datagram.time) }
    return true
  }

  /// Index of the flow's media facts, made if there were none.
  mutating func mediaFacts(of fact: UInt32) -> UInt32 {
    let index = facts[fact].media
    if index != FlowState.none { return index }
    let new = mediaFacts.append(MediaFacts())
    facts[fact].media = new
    return new
  }

  /// Index of the sealed records of the flow's both sides, made if there were none.
  mutating func sealedRecords(of fact: UInt32) -> UInt32 {
    let media = mediaFacts(of: fact)
    let index = mediaFacts[media].sealed
    if index != FlowState.none { return index }
    let new = sealed.append(Sides(SealedRecords()))
    mediaFacts[media].sealed = new
    return new
  }

  /// Round trips of the requests of one side of a flow; for a client its own: those of its peer show no more than how fast
  /// the client answers.
  func roundTrips(_ fact: UInt32, _ side: Int) -> [(time: Int64, milliseconds: Double)] {
    guard fact != FlowState.none, facts[fact].dialogue != FlowState.none else { return [] }
    let dialogue = facts[fact].dialogue
    let list = dialogues[dialogue].roundTrips[side]
    return list == FlowState.none ? [] : roundTrips[list].samples
  }

  /// Counts what the headers in clear say about the other side's media: of a compound packet in clear all of them, else
  /// the first one. The rest of SRTCP is encrypted (RFC 3711 section 3.4).
  private mutating func takeFeedback(
    _ compound: RTCPCompound, _ payload: Span<UInt8>, _ datagram: Datagram, _ fact: UInt32
  ) {
    let media = mediaFacts(of: fact)
    var offset = 0
    for _ in 0..<compound.packetCount {
      guard offset < payload.count, let header = RTCPHeader(payload.extracting(offset..<payload.count)) else { break }
      mediaFacts[media].feedback[datagram.side].note(header, datagram.time)
      if !compound.isSecured, let info = RTCPSenderInfo(payload.extracting(offset..<payload.count)) {
        mediaFacts[media].feedback[datagram.side].note(info)
      }
      offset &+= header.length
    }
    guard !compound.isSecured else { return mediaFacts[media].control[datagram.side].note(compound) }
    var blocks = RTCPReportBlocks()
    while let block = blocks.next(in: payload) {
      mediaFacts[media].feedback[datagram.side].note(block, datagram.time)
    }
  }

  /// WhatsApp's 0x0801 and the 0x0802 that answers it (METHOD.md W2.1).
  mutating func countPing(_ type: UInt16, _ fact: UInt32, _ side: Int) {
    guard type == 0x0801 || type == 0x0802 else { return }
    let media = mediaFacts(of: fact)
    if type == 0x0801 { mediaFacts[media].pings[side] &+= 1 } else { mediaFacts[media].pongs[side] &+= 1 }
  }
}

extension MediaFacts.Feedback {
  /// One RTCP header (RFC 4585 section 6.1): L words follow the first, of them two before the entries.
  fileprivate mutating func note(_ header: RTCPHeader, _ time: Int64) {
    switch (header.packetType, header.count) {
    case (.transportFeedback, 1):
      nackEntries &+= UInt32(max(0, header.length / 4 - 3))
      if firstNACK == .max { firstNACK = time }
    case (.transportFeedback, 15): transport &+= 1
    case (.payloadFeedback, 1), (.payloadFeedback, 4): keyFrameRequests &+= 1
    default: break
    }
  }

  /// A report block in clear.
  fileprivate mutating func note(_ block: RTCPReportBlock, _ time: Int64) {
    for index in 0..<Int(reportedCount) where reported[index].ssrc == block.ssrc {
      reported[index].lost = block.cumulativeLost
      reported[index].highest = block.extendedHighest
      reported[index].last = time
      return
    }
    guard reportedCount < 4 else { return }
    reported[Int(reportedCount)] = MediaFacts.Reported(
      ssrc: block.ssrc, lost: block.cumulativeLost, baseLost: block.cumulativeLost, base: block.extendedHighest,
      highest: block.extendedHighest, first: time, last: time)
    reportedCount &+= 1
  }

  /// What a sender says of itself in clear.
  fileprivate mutating func note(_ info: RTCPSenderInfo) {
    for index in 0..<Int(countedCount) where counted[index].ssrc == info.ssrc {
      counted[index].latest = info.packetCount
      return
    }
    guard countedCount < 4 else { return }
    counted[Int(countedCount)] = MediaFacts.Counted(
      ssrc: info.ssrc, base: info.packetCount, latest: info.packetCount)
    countedCount &+= 1
  }
}
