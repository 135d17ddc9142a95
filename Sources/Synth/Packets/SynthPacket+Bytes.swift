extension SynthPacket {
  /// The packet as bytes with right checksums, seen where its TTL has come down to the given value.
  public func serialized(timeToLive: UInt8) -> [UInt8] {
    let body = transportBytes
    return source.isVersion6
      ? version6Header(body.count, timeToLive) + body : version4Header(body.count, timeToLive) + body
  }

  /// The packet cut into fragments whose IP payload is at most the given length, a multiple of 8.
  public func fragments(maximumPayload: Int) -> [SynthPacket] {
    precondition(maximumPayload > 0 && maximumPayload % 8 == 0, "fragment offsets count eight-byte units")
    let body = transportBytes
    return stride(from: 0, to: body.count, by: maximumPayload).map { start in
      let end = min(start + maximumPayload, body.count)
      var piece = self
      piece.transport = .raw(protocolNumber: protocolNumber, bytes: Array(body[start..<end]))
      piece.dontFragment = false
      piece.fragmentOffset = start
      piece.moreFragments = end < body.count
      return piece
    }
  }

  private var isFragment: Bool { moreFragments || fragmentOffset > 0 }

  private var transportBytes: [UInt8] {
    var result: [UInt8] = []
    let checksumOffset: Int
    switch transport {
    case .udp(let sourcePort, let destinationPort, let payload):
      result.append16(Int(sourcePort))
      result.append16(Int(destinationPort))
      result.append16(8 + payload.count)
      result += [0, 0]
      result += payload
      checksumOffset = 6
    case .tcp(let segment):
      result = segment.bytesWithoutChecksum
      checksumOffset = 16
    case .icmp(let type, let code, let rest, let body):
      result = [type, code, 0, 0]
      result.append32(rest)
      result += body
      checksumOffset = 2
    case .raw(_, let bytes): return bytes
    }
    var pseudo: [UInt8] = []
    if source.isVersion6 || protocolNumber != 1 {  // ICMP for IPv4 is the one without a pseudo header.
      pseudo = source.bytes + destination.bytes
      pseudo.append32(UInt32(result.count))
      pseudo.append32(UInt32(protocolNumber))
    }
    var checksum = Checksum.finish(Checksum.sum(result, adding: Checksum.sum(pseudo)))
    if case .udp = transport, checksum == 0 { checksum = 0xFFFF }  // 0 would say "no checksum" (RFC 768).
    result.set16(Int(checksum), at: checksumOffset)
    return result
  }

  private func version4Header(_ bodyLength: Int, _ timeToLive: UInt8) -> [UInt8] {
    var header: [UInt8] = [0x45, trafficClass]
    header.append16(20 + bodyLength)
    header.append16(Int(identification))
    header.append16((dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | fragmentOffset / 8)
    header += [timeToLive, protocolNumber, 0, 0]
    header += source.bytes + destination.bytes
    header.set16(Int(Checksum.finish(Checksum.sum(header))), at: 10)
    return header
  }

  private func version6Header(_ bodyLength: Int, _ timeToLive: UInt8) -> [UInt8] {
    var headers = extensionHeaders
    if isFragment {
      var body: [UInt8] = []
      body.append16(fragmentOffset | (moreFragments ? 1 : 0))
      body.append32(UInt32(identification))
      headers.append(ExtensionHeader(number: 44, body: body))
    }
    var chain: [UInt8] = []
    for (index, header) in headers.enumerated() {
      let next = index + 1 < headers.count ? headers[index + 1].number : protocolNumber
      // The fragment header's second byte is reserved, not a length.
      chain += [next, header.number == 44 ? 0 : UInt8((header.body.count + 2) / 8 - 1)] + header.body
    }
    var result: [UInt8] = []
    result.append32(0x6000_0000 | UInt32(trafficClass) << 20)
    result.append16(chain.count + bodyLength)
    result += [headers.first?.number ?? protocolNumber, timeToLive]
    return result + source.bytes + destination.bytes + chain
  }
}
