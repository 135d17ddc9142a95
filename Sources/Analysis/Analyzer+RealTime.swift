internal import Flow
internal import Recognition
internal import Wire

/// RTP and RTCP: which stream a packet is of, and packets that the kernel merged.
extension Analyzer {
  @discardableResult
  mutating func takeRealTime(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    if payload.count >= 2, RTPHeader.isRTCP(firstByte: payload[0], secondByte: payload[1]) {
      return takeControl(payload, datagram)
    }
    guard let header = RTPHeader(payload, wireLength: datagram.wireLength) else { return false }
    // Low ports are other services (nDPI issues 2021, 2158): RTP counts there after STUN or DTLS only. UDP 443 is
    // Snapchat's media after QUIC.
    let low = min(datagram.ports.source, datagram.ports.destination)
    if low < 1024, low != 443, !isKnown(datagram.flow) { return false }
    if mayBeMerged(datagram) {
      takeMerged(header, payload, datagram)
    } else {
      takeMedia(header, datagram)
    }
    return true
  }

  /// Larger payloads than this do not fit Ethernet: frames for more, or several datagrams that the kernel put together before
  /// the capture (UDP GRO, on hosts whose sockets ask for it and on routers that forward so: METHOD.md M6.3).
  static var largestSingle: Int { 1472 }

  /// One that is larger, or any of a flow that has held merged ones: two small packets together are no larger than one large one.
  func mayBeMerged(_ datagram: Datagram) -> Bool {
    datagram.wireLength > Self.largestSingle || table.flows[datagram.flow].decoder == PayloadDecoder.merged
  }

  /// Where a packet of another known stream of the side begins: the kernel puts a shorter datagram behind longer ones, as voice
  /// behind a picture.
  private func otherPacket(_ header: RTPHeader, _ payload: Span<UInt8>, _ datagram: Datagram) -> Int? {
    var index = udp[datagram.detail].streams
    while index != FlowState.none {
      let stream = streams[index]
      index = stream.following
      guard stream.ssrc != header.ssrc, stream.side == UInt8(datagram.side), stream.isConfirmed(confirmingSteps),
        let place = RTPHeader.place(
          of: stream.ssrc, behind: UInt16(truncatingIfNeeded: stream.highest), within: 16, in: payload)
      else { continue }
      return place
    }
    return nil
  }

  /// RTP packets of one length that follow each other in one datagram, or a single large one.
  @inline(never)
  private mutating func takeMerged(_ header: RTPHeader, _ payload: Span<UInt8>, _ datagram: Datagram) {
    guard let step = header.step(in: payload) else {
      if let place = otherPacket(header, payload, datagram),
        let second = RTPHeader(payload.extracting(place..<payload.count), wireLength: datagram.wireLength &- place)
      {
        takeMedia(header, datagram.piece(of: place))
        takeMedia(second, datagram.piece(of: datagram.wireLength &- place))
        return
      }
      takeMedia(header, datagram)
      // What the capture cut off of it may have been more packets.
      if datagram.wireLength > Self.largestSingle, payload.count < datagram.wireLength { noteUnfollowed(datagram) }
      return
    }
    table.flows[datagram.flow].decoder = PayloadDecoder.merged
    var start = 0
    while start < datagram.wireLength {
      let wireLength = min(step, datagram.wireLength &- start)
      guard start < payload.count,
        let piece = RTPHeader(
          payload.extracting(start..<min(start &+ step, payload.count)), wireLength: wireLength)
      else { return noteUnfollowed(datagram) }
      takeMedia(piece, datagram.piece(of: wireLength))
      start &+= step
    }
  }

  private mutating func takeMedia(_ header: RTPHeader, _ datagram: Datagram) {
    let detail = datagram.detail
    let side = UInt8(datagram.side)
    var index = udp[detail].streams
    var unconfirmed = 0
    var reusable = FlowState.none
    var place: UInt16 = 0
    while index != FlowState.none {
      if streams[index].isOf(ssrc: header.ssrc, side: side) {
        let taken = Self.take(header, datagram, into: &streams[index], maximumStep, confirmingSteps)
        if taken.confirms {
          confirmMedia(header, datagram)
          openPassage(index, datagram)
        }
        // Where the next packet of this side is looked for first.
        if streams[index].isConfirmed(confirmingSteps) { udp[detail].sides[datagram.side].stream = index }
        if taken.step > 1 || datagram.time >= streams[index].noteDue {
          noteStep(
            index, taken.step, datagram.time, bytes(datagram), udp[detail].firstFrame &+ UInt64(datagram.place))
        }
        return
      }
      if !streams[index].isConfirmed(confirmingSteps) {
        unconfirmed += 1
        if reusable == FlowState.none || streams[index].last < streams[reusable].last { reusable = index }
      }
      place &+= 1
      index = streams[index].following
    }
    var stream = MediaStream(
      ssrc: header.ssrc, side: side, payloadType: header.payloadType, sequence: header.sequence,
      timestamp: header.timestamp, time: datagram.time, bytes: datagram.ipLength,
      frame: datagram.place, timeToLive: datagram.timeToLive)
    // Ciphertext that looks like RTP shows a new SSRC per packet (METHOD.md W3): eight candidates are enough for calls that begin with
    // voice, pictures in three sizes and their repairs at once.
    if unconfirmed >= 8 {
      stream.place = streams[reusable].place
      stream.following = streams[reusable].following
      streams[reusable] = stream
      return
    }
    guard Int(udp[detail].streamCount) < streamLimit else { return noteUnfollowed(datagram) }
    udp[detail].streamCount &+= 1
    stream.place = place
    let added = streams.append(stream)
    if udp[detail].streams == FlowState.none {
      udp[detail].streams = added
      return
    }
    var last = udp[detail].streams
    while streams[last].following != FlowState.none { last = streams[last].following }
    streams[last].following = added
  }

  /// Counts a packet of a source that has no room: not that it was whole, but that it came.
  @inline(never)
  private mutating func noteUnfollowed(_ datagram: Datagram) {
    let media = mediaFacts(of: facts(of: datagram.flow))
    mediaFacts[media].unfollowed[datagram.side].packets &+= 1
    mediaFacts[media].unfollowed[datagram.side].last = datagram.time
  }

  /// Counts the packet in its stream, which is looked up once for all of it; true for the packet that confirms it, and
  /// how far it leads.
  @inline(always)
  private static func take(
    _ header: RTPHeader, _ datagram: Datagram, into stream: inout MediaStream, _ maximumStep: Int32, _ steps: Int64
  ) -> (confirms: Bool, step: Int32) {
    let before = stream.isConfirmed(steps)
    let step = stream.observe(
      payloadType: header.payloadType, marker: header.marker, sequence: header.sequence, timestamp: header.timestamp,
      time: datagram.time, bytes: datagram.ipLength, maximumStep: maximumStep)
    return (!before && stream.isConfirmed(steps), step)
  }

  private mutating func confirmMedia(_ header: RTPHeader, _ datagram: Datagram) {
    let fact = facts(of: datagram.flow)
    facts[fact].content.insert(.rtp)
    if header.extensionProfile == 0xDEBE { facts[fact].content.insert(.extensionDEBE) }
    if header.extensionProfile == 0x0240 { facts[fact].content.insert(.extension0240) }
    // A reflector's or TURN server's flow goes on needing its outer decoder.
    if !datagram.nested, table.flows[datagram.flow].decoder != PayloadDecoder.merged {
      table.flows[datagram.flow].decoder = PayloadDecoder.settled
    }
  }
}
