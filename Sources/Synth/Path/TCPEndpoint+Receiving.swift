extension TCPEndpoint {
  func receive(_ packet: SynthPacket) {
    guard case .tcp(let segment) = packet.transport else { return }
    if segment.flags.contains(.rst) { return receiveReset(segment) }
    if segment.flags.contains(.syn) { return receiveSYN(segment) }
    if let timestamps = segment.timestamps { peerTimestamp = timestamps.value }
    if state == .synReceived, segment.acknowledgement == initialSequence &+ 1 {
      acknowledge(segment)
      state = .established
      whenEstablished?()
    } else {
      acknowledge(segment)
    }
    guard state == .established else { return }
    if segment.sequenceLength > 0 { receiveData(segment) }
    pump()
    releaseIfFinished()
  }

  /// A reset counts if it hits the next expected number exactly (RFC 5961 §3.2); others are dropped, inside the window with
  /// a challenge.
  private func receiveReset(_ segment: TCPSegment) {
    if state == .synSent {
      guard segment.flags.contains(.ack), segment.acknowledgement == nextSequence else { return }
    } else if segment.sequence != nextExpected {
      let ahead = Int32(bitPattern: segment.sequence &- nextExpected)
      if ahead > 0, ahead < 64_000 { emit(flags: .ack, sequence: nextSequence, payload: []) }
      return
    }
    forget()
    whenReset?()
  }

  private func receiveSYN(_ segment: TCPSegment) {
    switch state {
    case .synSent where segment.flags.contains(.ack):
      nextExpected = segment.sequence &+ 1
      learn(from: segment)
      acknowledge(segment)
      state = .established
      emit(flags: .ack, sequence: nextSequence, payload: [])
      whenEstablished?()
      pump()
    case .synReceived: retransmitOldest()
    case .established: emit(flags: .ack, sequence: nextSequence, payload: [])
    case .synSent, .closed: return
    }
  }

  private func acknowledge(_ segment: TCPSegment) {
    guard segment.flags.contains(.ack) else { return }
    let progress = Int32(bitPattern: segment.acknowledgement &- oldestUnacknowledged)
    if progress > 0 {
      while let first = inFlight.first {
        let takesNumber = first.flags.contains(.syn) || first.flags.contains(.fin)
        let end = first.sequence &+ UInt32(first.payload.count) &+ (takesNumber ? 1 : 0)
        guard Int32(bitPattern: segment.acknowledgement &- end) >= 0 else { break }
        if !first.isRetransmission { roundTrip = network.now - first.time }
        inFlight.removeFirst()
        congestionWindow = min(congestionWindow + 1, 64)
      }
      oldestUnacknowledged = segment.acknowledgement
      duplicateAcknowledgements = 0
      retries = 0
      if inFlight.isEmpty { timerNumber += 1 } else { startTimer() }
    } else if progress == 0, segment.sequenceLength == 0, !inFlight.isEmpty {
      duplicateAcknowledgements += 1
      if duplicateAcknowledgements == 3 {
        congestionWindow = max(congestionWindow / 2, 2)
        retransmitOldest()
      }
    }
  }

  private func receiveData(_ segment: TCPSegment) {
    let ahead = Int32(bitPattern: segment.sequence &- nextExpected)
    if discardsInput, ahead >= 0, !segment.payload.isEmpty {
      // The process has closed its socket: the kernel answers the data and drops what is left (RFC 2525 §2.17).
      guard let reset = TCPSegment.reset(answering: segment) else { return }
      let local = side == .client ? conversation.client.address : conversation.server.address
      let remote = side == .client ? conversation.server.address : conversation.client.address
      forget()
      return network.transmit(SynthPacket(from: local, to: remote, .tcp(reset)), from: side)
    }
    guard ahead == 0 else {
      if ahead > 0 { outOfOrder.append(segment) }
      return emit(flags: .ack, sequence: nextSequence, payload: [])
    }
    take(segment)
    let hadGap = !outOfOrder.isEmpty
    while let index = outOfOrder.firstIndex(where: { $0.sequence == nextExpected }) {
      take(outOfOrder.remove(at: index))
    }
    guard state == .established else { return }
    if hadGap || finReceived || unacknowledgedSegments >= 2 {
      emit(flags: .ack, sequence: nextSequence, payload: [])
    } else if unacknowledgedSegments > 0 {
      let expected = nextExpected
      network.schedule(after: .milliseconds(40)) { [self] in
        guard state == .established, unacknowledgedSegments > 0, nextExpected == expected else { return }
        emit(flags: .ack, sequence: nextSequence, payload: [])
      }
    }
    if finReceived, !closes {
      if let whenFinished { whenFinished() } else { close() }
    }
  }

  private func take(_ segment: TCPSegment) {
    nextExpected &+= segment.sequenceLength
    unacknowledgedSegments += 1
    if segment.flags.contains(.fin) { finReceived = true }
    if !segment.payload.isEmpty { whenReceived?(segment.payload) }
  }

  /// Both sides are done: who closed last is free at once, the other one waits (TIME-WAIT, 60 s on Linux).
  private func releaseIfFinished() {
    guard finSent, finReceived, inFlight.isEmpty, state == .established else { return }
    network.schedule(after: .seconds(60)) { [self] in forget() }
  }
}
