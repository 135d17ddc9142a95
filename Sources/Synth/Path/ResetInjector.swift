/// A box beside the path: it sees every packet, can hold none back, and forges resets in the server's name.
///
/// The first reset answers the hello but takes longer than the server, so the server's data overtake it and its sequence
/// number lies behind them. The second is aimed at the end of a data segment just seen and hits; the server, which nobody
/// told, goes on. The forged packets start with TTL 64 at the box and carry a constant IP-ID.
final class ResetInjector {
  private let network: Network
  private let name: [UInt8]
  private var watched: [UInt16: Int] = [:]

  init(_ network: Network, name: String) {
    self.network = network
    self.name = Array(name.utf8)
  }

  func inspect(_ packet: SynthPacket, from side: Network.Side) -> Bool {
    guard case .tcp(let segment) = packet.transport else { return true }
    switch side {
    case .client:
      guard watched[segment.sourcePort] == nil, segment.payload.first == 22, carriesName(segment.payload) else {
        return true
      }
      watched[segment.sourcePort] = 0
      network.schedule(after: .milliseconds(26)) { [self] in
        forge(
          packet, segment, sequence: segment.acknowledgement, acknowledging: segment.sequence &+ segment.sequenceLength)
      }
    case .server:
      guard let seen = watched[segment.destinationPort], !segment.payload.isEmpty else { return true }
      watched[segment.destinationPort] = seen + 1
      guard seen == 7 else { return true }
      let mirrored = SynthPacket(from: packet.destination, to: packet.source, packet.transport)
      var answer = segment
      answer.sourcePort = segment.destinationPort
      answer.destinationPort = segment.sourcePort
      // A moment later, so that it follows the segment it is aimed behind.
      network.schedule(after: .microseconds(300)) { [self] in
        forge(
          mirrored, answer, sequence: segment.sequence &+ segment.sequenceLength, acknowledging: segment.acknowledgement
        )
      }
    }
    return true
  }

  private func forge(_ packet: SynthPacket, _ segment: TCPSegment, sequence: UInt32, acknowledging number: UInt32) {
    var reset = SynthPacket(
      from: packet.destination, to: packet.source,
      .tcp(
        TCPSegment(
          from: segment.destinationPort, to: segment.sourcePort, sequence: sequence, acknowledgement: number,
          flags: [.rst, .ack])))
    reset.identification = 0x0D53
    network.inject(reset, toward: .client)
  }

  private func carriesName(_ payload: [UInt8]) -> Bool {
    guard payload.count > name.count else { return false }
    return (0...(payload.count - name.count)).contains { payload[$0..<($0 + name.count)].elementsEqual(name) }
  }
}
