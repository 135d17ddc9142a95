internal import Flow
internal import Recognition
internal import Wire

/// STUN and TURN over TCP (RFC 8489 section 6.2.2, RFC 8656 section 12.5) and RFC 4571 framing: messages by their lengths,
/// wherever segments begin and end.
extension Analyzer {
  /// The messages that end in a segment of new data; what is left waits for the next one. A segment that does not follow
  /// the one before (one is missing, or came late) is believed to begin with a message, as most do.
  mutating func takeFramed(
    _ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int, _ time: Int64, _ wireLength: Int
  ) {
    // The observer has counted the segment in.
    let end = tcp[detail].sides[side].next
    let start = SequenceNumber(end.rawValue &- UInt32(truncatingIfNeeded: wireLength))
    let rest = framed.take(flow, side)
    guard let rest, rest.start == start else {
      // What was there of a message whose rest is missing.
      if let rest, !rest.bytes.isEmpty { takeMessage(rest.bytes.span, Int.max, flow, side, time) }
      return takeMessages(payload, from: 0, wireLength, end, flow, side, time)
    }
    if rest.bytes.isEmpty {
      guard rest.skip <= wireLength else {
        return framed.keep(FramedStreams.Rest(start: end, skip: rest.skip - wireLength), flow, side)
      }
      return takeMessages(payload, from: rest.skip, wireLength, end, flow, side, time)
    }
    var joined = rest.bytes
    for index in 0..<payload.count { joined.append(payload[index]) }
    takeMessages(joined.span, from: 0, rest.bytes.count + wireLength, end, flow, side, time)
  }

  /// The messages in `bytes`, of which `wireLength` were on the wire, up to the sequence number `end`.
  private mutating func takeMessages(
    _ bytes: Span<UInt8>, from start: Int, _ wireLength: Int, _ end: SequenceNumber, _ flow: UInt32, _ side: Int,
    _ time: Int64
  ) {
    let isWhole = bytes.count >= wireLength
    var offset = start
    while offset < bytes.count {
      let left = bytes.extracting(offset..<bytes.count)
      guard let length = Self.framedLength(left) else {
        // Too little to tell; more than a header's worth that is no message has no place to go on from.
        if isWhole, left.count < STUNHeader.size, left[0] < 0x80 { keep(left, end, flow, side) }
        return
      }
      if offset + length > wireLength, isWhole, length <= FramedStreams.longest { return keep(left, end, flow, side) }
      takeMessage(left, length, flow, side, time)
      offset += length
    }
    if offset > wireLength {
      framed.keep(FramedStreams.Rest(start: end, skip: offset - wireLength), flow, side)
    }
  }

  private mutating func keep(_ bytes: Span<UInt8>, _ end: SequenceNumber, _ flow: UInt32, _ side: Int) {
    var rest = FramedStreams.Rest(start: end)
    for index in 0..<bytes.count { rest.bytes.append(bytes[index]) }
    framed.keep(rest, flow, side)
  }

  /// Bytes of the message that starts here, with its padding or its frame's two bytes.
  private static func framedLength(_ bytes: Span<UInt8>) -> Int? {
    if let length = STUNStream.messageLength(bytes, channels: true), length > 0 { return length }
    // The length counts its own two bytes.
    return STUNStream.frameLength(bytes).flatMap { $0 > 2 ? $0 : nil }
  }

  /// Takes in the message of `length` bytes that starts here, or what there is of it.
  private mutating func takeMessage(
    _ bytes: Span<UInt8>, _ length: Int, _ flow: UInt32, _ side: Int, _ time: Int64
  ) {
    guard bytes.count >= STUNHeader.size || bytes.count > 0 && bytes[0] >= 0x40 else { return }
    let isFrame = STUNStream.messageLength(bytes, channels: true) == nil
    if !isFrame, bytes[0] >= 0x40 {
      noteOpaque(
        facts(of: flow), side: side, time: time, bytes: UInt32(truncatingIfNeeded: min(length, bytes.count)))
      // Channel (2), length (2), data.
      if bytes.count >= 4 {
        let wire = Int(bytes.extracting(2..<4).uint16(at: 0))
        takeFramedPayload(bytes.extracting(4..<max(4, min(bytes.count, 4 + wire))), wire, flow, side)
      }
      return
    }
    let start = isFrame ? 2 : 0
    let message = bytes.extracting(start..<max(start, min(bytes.count, length)))
    guard
      let decoded = STUNMessage(
        message, wireLength: length == .max ? message.count : length - start, checkingFingerprint: false),
      decoded.isSTUN
    else {
      if isFrame { takeFramedPayload(message, length == .max ? message.count : length - start, flow, side) }
      return
    }
    noteSTUNOverTCP(decoded, message, flow, side)
    if let data = decoded.data, data.upperBound <= message.count {
      takeFramedPayload(message.extracting(data), data.count, flow, side)
    }
  }

  /// What a frame, a channel or a DATA attribute carries: STUN, DTLS by its records, RTP by three packets of one source.
  private mutating func takeFramedPayload(_ payload: Span<UInt8>, _ wireLength: Int, _ flow: UInt32, _ side: Int) {
    guard payload.count >= 12 else { return }
    if payload[0] < 4 {
      // Alone in its datagram: data that only begin like a message are none.
      guard let message = STUNMessage(payload, wireLength: wireLength, checkingFingerprint: false), message.isSTUN,
        message.header.length + STUNHeader.size == wireLength
      else { return }
      hygiene.stunMessages &+= 1
      let fact = facts(of: flow)
      facts[fact].content.insert(ObservedContent(stun: message))
      // The peers' own checks through the relay.
      tie(message, payload, fact, side)
    } else if payload[0] >= 20, payload[0] < 64 {
      guard let record = DTLSRecord(payload, wireLength: wireLength), !record.isUnified else { return }
      let fact = facts(of: flow)
      facts[fact].content.insert(.dtls)
      guard record.contentType == .handshake, record.epoch == 0 else { return }
      let fragment = payload.extracting(record.fragment)
      guard let header = DTLSHandshakeHeader(fragment), header.type == .clientHello else { return }
      takeHello(fragment, header, isCut: record.isTruncated, flow, fact)
    } else if payload[0] >> 6 == 2, !RTPHeader.isRTCP(firstByte: payload[0], secondByte: payload[1]),
      let header = RTPHeader(payload, wireLength: wireLength)
    {
      let fact = facts(of: flow)
      guard !facts[fact].content.contains(.rtp), framed.confirms(header.ssrc, flow) else { return }
      facts[fact].content.insert(.rtp)
    }
  }

  private mutating func noteSTUNOverTCP(_ message: STUNMessage, _ bytes: Span<UInt8>, _ flow: UInt32, _ side: Int) {
    hygiene.stunMessages &+= 1
    let fact = facts(of: flow)
    facts[fact].content.insert(ObservedContent(stun: message))
    if let name = message.username, name.count >= 21, name.upperBound <= bytes.count {
      facts[fact].content.insert(ObservedContent(ICEUserForm(bytes.extracting(name))))
    }
    keepNames(message, bytes, fact)
    tie(message, bytes, fact, side)
  }
}
