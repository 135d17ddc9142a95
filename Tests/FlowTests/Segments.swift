import Flow
import Synth
import TestSupport
import Wire

/// Packets made by hand for state machines.
extension Packet {
  static func ends(
    _ source: (UInt64, UInt64, UInt16), _ destination: (UInt64, UInt64, UInt16), _ transport: TransportProtocol,
    isV6: Bool,
    flags: TCPFlags = .ack
  ) -> Packet {
    var packet = Packet()
    packet.family = isV6 ? 6 : 4
    packet.transport = transport
    packet.source = AddressBits(high: source.0, low: source.1)
    packet.destination = AddressBits(high: destination.0, low: destination.1)
    packet.sourcePort = source.2
    packet.destinationPort = destination.2
    packet.tcpFlags = flags
    return packet
  }
}

let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000

/// A connection that is fed segments by hand; times in ms since its start.
struct Conversation {
  var state = TCPState(firstFrame: 1)
  var frame: UInt64 = 0
  static let start: Int64 = 1_700_000_000_000_000_000

  @discardableResult
  mutating func send(_ side: Int, _ milliseconds: Double, _ packet: Packet) -> SegmentKind {
    frame += 1
    var packet = packet
    return state.observe(
      &packet, side: side, time: Self.start + Int64(milliseconds * 1e6), flowStart: Self.start, frame: frame,
      reorderWindow: 3 * millisecond)
  }

  func describe(_ side: Int, _ milliseconds: Double, _ packet: Packet) -> ResetSegment {
    state.describe(packet, side: side, time: Self.start + Int64(milliseconds * 1e6), frame: frame + 1)
  }

  /// SYN, SYN-ACK, ACK: client numbers from 1,000, server numbers from 5,000; 40 ms to the server, 2 ms to the client.
  static func established(client: UInt32 = 1_000, server: UInt32 = 5_000, timestamps: Bool = false) -> Conversation {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp(.syn, sequence: client, timestamps: timestamps))
    conversation.send(
      1, 40, .tcp([.syn, .ack], sequence: server, acknowledgment: client &+ 1, timeToLive: 53, timestamps: timestamps))
    conversation.send(0, 42, .tcp(.ack, sequence: client &+ 1, acknowledgment: server &+ 1, timestamps: timestamps))
    return conversation
  }

  var history: String {
    String(decoding: (0..<Int(state.opening.historyCount)).map { state.opening.history[$0] }, as: UTF8.self)
  }
}

extension FlowTable {
  /// Hash of the packet's five-tuple.
  func hash(of packet: Packet) -> UInt64 {
    var key = FlowKey(packet)
    return hash(of: &key)
  }

  /// `match` for a packet that is not in a batch.
  mutating func match(_ packet: Packet, hash: UInt64, time: Int64) -> FlowMatch {
    var packet = packet
    var key = FlowKey(packet)
    return match(&key, &packet, hash: hash, time: time)
  }
}
