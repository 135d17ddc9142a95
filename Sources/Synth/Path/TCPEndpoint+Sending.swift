extension TCPEndpoint {
  /// Sends what the congestion window allows, and FIN behind the last byte.
  func pump() {
    guard state == .established else { return }
    let segmentSize = peerSegmentSize - 12  // timestamps
    while !waiting.isEmpty, inFlight.count < congestionWindow {
      let payload = Array(waiting.prefix(segmentSize))
      waiting.removeFirst(payload.count)
      transmitNew(flags: waiting.isEmpty ? [.psh, .ack] : .ack, payload: payload)
    }
    if waiting.isEmpty, closes, !finSent {
      finSent = true
      transmitNew(flags: [.fin, .ack], payload: [])
    }
  }

  func transmitNew(flags: TCPSegment.Flags, payload: [UInt8]) {
    let sent = Sent(sequence: nextSequence, payload: payload, flags: flags, time: network.now)
    inFlight.append(sent)
    emit(flags: flags, sequence: nextSequence, payload: payload)
    let takesNumber = flags.contains(.syn) || flags.contains(.fin)
    nextSequence &+= UInt32(payload.count) + (takesNumber ? 1 : 0)
    if inFlight.count == 1 { startTimer() }
  }

  func emit(flags: TCPSegment.Flags, sequence: UInt32, payload: [UInt8]) {
    let isFromClient = side == .client
    let local = isFromClient ? conversation.client : conversation.server
    let remote = isFromClient ? conversation.server : conversation.client
    let isSYN = flags.contains(.syn)
    var segment = TCPSegment(
      from: local.port, to: remote.port, sequence: sequence,
      acknowledgement: flags.contains(.ack) ? nextExpected : 0, flags: flags,
      window: isSYN ? (isFromClient ? 64_240 : 65_160) : (isFromClient ? 502 : 509), payload: payload)
    segment.timestamps = (timestampBase &+ UInt32(truncatingIfNeeded: network.now / 1_000_000), peerTimestamp)
    if isSYN {
      segment.maximumSegmentSize = 1_460
      segment.permitsSelectiveAcknowledgement = true
      segment.windowScale = 7
    }
    var packet = SynthPacket(from: local.address, to: remote.address, .tcp(segment))
    packet.timeToLive = host.timeToLive
    // Linux answers SYN with IP-ID 0 and counts from the socket's random start afterwards.
    if flags != [.syn, .ack] {
      packet.identification = identification
      identification &+= 1
    }
    if flags.contains(.ack) { unacknowledgedSegments = 0 }
    network.transmit(packet, from: side)
  }

  /// Arms the retransmission timer: 1 s for the handshake, else 200 ms above the round trip, doubling (RFC 6298 with Linux's
  /// minimum).
  func startTimer() {
    timerNumber += 1
    let number = timerNumber
    let base: Nanoseconds = state == .established ? .milliseconds(200) + (roundTrip ?? 0) : .seconds(1)
    let timeout = min(base << Nanoseconds(min(retries, 10)), .seconds(120))
    network.schedule(after: timeout) { [self] in
      guard number == timerNumber, !inFlight.isEmpty else { return }
      retries += 1
      // tcp_syn_retries 6, tcp_retries2 15.
      if retries > (state == .established ? 15 : 6) { return forget() }
      congestionWindow = 1
      retransmitOldest()
      startTimer()
    }
  }

  func retransmitOldest() {
    guard !inFlight.isEmpty else { return }
    inFlight[0].isRetransmission = true
    emit(flags: inFlight[0].flags, sequence: inFlight[0].sequence, payload: inFlight[0].payload)
  }
}
