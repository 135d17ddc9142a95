internal import Flow
internal import Recognition
internal import Wire

/// DTLS: who greeted, what was sealed, which records are missing.
extension Analyzer {
  /// True if the payload is made of DTLS records.
  mutating func takeDTLS(_ payload: Span<UInt8>, _ datagram: Datagram, _ content: ObservedContent) -> Bool {
    var records = DTLSRecords(wireLength: datagram.wireLength)
    guard var record = records.next(in: payload) else { return false }
    // The unified header of DTLS 1.3 is one byte of pattern: it counts after a handshake on the flow only.
    if record.isUnified, !content.contains(.dtls) { return false }
    let fact = facts(of: datagram.flow)
    facts[fact].content.insert(.dtls)
    let dialogue = dialogue(of: datagram.flow)
    let side = datagram.side
    var covered = 0
    while true {
      covered &+= DTLSRecord.headerSize &+ record.length
      if record.isUnified || record.epoch > 0 {
        dialogues[dialogue].sealedRecords[side] &+= 1
        if record.contentType == .applicationData { facts[fact].content.insert(.dtlsData) }
        countRecord(record, datagram, fact)
        // After media began, a sealed record without room for data is an alert: DTLS 1.2 says so, 1.3 hides the type.
        let alert =
          record.isUnified ? datagram.wireLength <= 24 && hasMedia(datagram, fact) : record.contentType == .alert
        if alert { dialogues[dialogue].noteHangUp(side: UInt8(side), time: datagram.time) }
      } else if record.contentType == .handshake {
        dialogues[dialogue].handshakeRecords[side] &+= 1
        dialogues[dialogue].noteHandshake(side: side, time: datagram.time)
        let range = record.fragment
        if range.upperBound <= payload.count {
          takeHandshake(payload.extracting(range), isCut: record.isTruncated, datagram, fact, dialogue)
        }
      } else if record.contentType == .alert {
        dialogues[dialogue].noteHangUp(side: UInt8(side), time: datagram.time)
      }
      guard let next = records.next(in: payload) else {
        if !record.isUnified, covered < datagram.wireLength, facts[fact].media != FlowState.none {
          sealed[sealedRecords(of: fact)][side].isCut = true
        }
        return true
      }
      record = next
    }
  }

  private func hasMedia(_ datagram: Datagram, _ fact: UInt32) -> Bool {
    udp[datagram.detail].streams != FlowState.none || facts[fact].firstOpaque != .max
  }

  private mutating func takeHandshake(
    _ fragment: Span<UInt8>, isCut: Bool, _ datagram: Datagram, _ fact: UInt32, _ dialogue: UInt32
  ) {
    guard let header = DTLSHandshakeHeader(fragment) else { return }
    let side = UInt8(datagram.side)
    if header.type == .clientHello {
      if dialogues[dialogue].greeter == 2 { dialogues[dialogue].greeter = side }
      if side == dialogues[dialogue].greeter {
        dialogues[dialogue].clientHello.ask(time: datagram.time, frame: datagram.place, width: bin)
        if header.fragmentOffset == 0 { dialogues[dialogue].noteHello(bytes: datagram.ipLength) }
      }
      takeHello(fragment, header, isCut: isCut, datagram.flow, fact)
    } else if header.type == .helloVerifyRequest {
      dialogues[dialogue].verifyRequests[datagram.side] &+= 1
      dialogues[dialogue].handshakeRecords[datagram.side] &-= 1
    } else if side != dialogues[dialogue].greeter {
      dialogues[dialogue].clientHello.answer(time: datagram.time)
    }
  }

  /// Counts a sealed record. Its number is in clear before DTLS 1.3, which encrypts it (RFC 9147 section 4.2.3).
  private mutating func countRecord(_ record: DTLSRecord, _ datagram: Datagram, _ fact: UInt32) {
    guard record.contentType == .applicationData || facts[fact].media != FlowState.none else { return }
    let records = sealedRecords(of: fact)
    if record.contentType == .applicationData {
      sealed[records][datagram.side].note(datagram.time, UInt32(truncatingIfNeeded: record.length))
    }
    if !record.isUnified {
      sealed[records][datagram.side].note(epoch: record.epoch, number: record.sequence, time: datagram.time)
    }
  }
}
