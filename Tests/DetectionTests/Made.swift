import Detection
import Flow
import Settings
import TestSupport
import Verdict
import Wire

let second: Int64 = 1_000_000_000
let start: Int64 = 1_700_000_000_000_000_000
let client = IPAddress(v4: 0xC0A8_0117)
let server = IPAddress(v4: 0x5B6C_0915)
let other = IPAddress(v4: 0xC633_6450)
let thresholds = Thresholds()
let silenceTimes = SilenceTimes(thresholds.silence)

/// Observations, surroundings and connections made by hand.
enum Made {
  /// A capture of a minute in which nothing was dropped and another server answered once a second. `begun`: a flow of each
  /// transport began and was answered within it.
  static func surroundings(control: Bool = true, begun: Bool = true, drops: UInt64? = 0) -> Surroundings {
    var around = Surroundings(drops: drops)
    if control {
      for transport in [Transport.udp, .tcp] {
        for number in 0..<(transport == .tcp ? 20 : 1) as Range<Int> {
          around.add(
            Neighbor(
              position: 7 + number, client: client, server: other, port: 443, transport: transport, first: start,
              lastAnswer: start + 60 * second, trials: transport == .tcp ? 1 : 30, longestGap: second / 2))
        }
      }
    }
    if control, begun {
      for transport in [Transport.udp, .tcp] {
        around.add(
          Neighbor(
            position: 40, client: client, server: IPAddress(v4: 0xC633_6453), port: 3_478, transport: transport,
            first: start + 2 * second, lastAnswer: start + 2 * second + 40_000_000, trials: 1))
      }
    }
    around.examined = 1
    return around
  }

  /// Requests to a relay at these milliseconds, none answered.
  static func asking(_ milliseconds: [Int64], to server: IPAddress = server) -> FlowObservation {
    var dialogue = Dialogue()
    dialogue.asker = 0
    for (index, time) in milliseconds.enumerated() {
      dialogue[.server].ask(time: start + time * 1_000_000, frame: UInt32(index), width: second)
    }
    var flow = FlowObservation(
      client: client, server: server, serverPort: 597, first: start,
      last: start + (milliseconds.last ?? 0) * 1_000_000, firstFrame: 10,
      packets: (UInt64(milliseconds.count), 0), clientSide: 0)
    flow.dialogue = dialogue
    flow.isServerRole = true
    return flow
  }

  static let ladder: [Int64] = [0, 250, 750, 1_750, 3_750, 7_750, 15_750, 23_750, 31_750]

  /// A relay that answered every 500 ms until `answered` seconds, and was asked until `asked` seconds.
  static func cutOff(
    answered: Int64 = 10, asked: Int64 = 30, server: IPAddress = server, every: Int64 = 500
  ) -> (flow: FlowObservation, state: UDPState) {
    var flow = asking([], to: server)
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    var frame: UInt64 = 10
    var counts: (UInt64, UInt64) = (0, 0)
    var time: Int64 = 0
    while time < asked * 1_000 {
      let at = start + time * 1_000_000
      dialogue[.server].ask(time: at, frame: UInt32(frame - 10), width: second)
      state.observe(side: 0, time: at, start: start, frame: frame, silenceTimes)
      counts.0 += 1
      frame += 1
      if time < answered * 1_000 {
        dialogue[.server].answer(time: at + 40_000_000)
        state.observe(side: 1, time: at + 40_000_000, start: start, frame: frame, silenceTimes)
        counts.1 += 1
        frame += 1
      }
      time += every
    }
    flow.packets = (counts.0, counts.1)
    flow.last = start + (time - every) * 1_000_000
    flow.dialogue = dialogue
    return (flow, state)
  }

  /// A relay that carried media, answered every second but for five seconds in the middle, and went on.
  static func pause() -> (flow: FlowObservation, state: UDPState) {
    var flow = asking([])
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    var frame: UInt64 = 10
    for number in 0..<40 as Range<Int64> {
      let at = start + number * second
      dialogue[.server].ask(time: at, frame: UInt32(frame - 10), width: second)
      state.observe(side: 0, time: at, start: start, frame: frame, silenceTimes)
      frame += 1
      if !(15..<20).contains(number) {
        dialogue[.server].answer(time: at + 40_000_000)
        state.observe(side: 1, time: at + 40_000_000, start: start, frame: frame, silenceTimes)
        frame += 1
      }
    }
    flow.hasOpaqueMedia = true
    flow.packets = (40, 35)
    flow.last = start + 40 * second
    flow.dialogue = dialogue
    return (flow, state)
  }

  static func connection(
    to server: IPAddress = server, packets: (client: UInt64, server: UInt64) = (40, 40), last: Int64 = 30
  ) -> FlowObservation {
    var flow = FlowObservation(
      client: client, server: server, serverPort: 443, first: start, last: start + last * second, firstFrame: 1,
      packets: packets, clientSide: 0)
    flow.isServerRole = true
    return flow
  }
}

/// A TCP connection fed by hand, with its resets kept as the packet loop keeps them. Times in ms.
struct Connection {
  var state = TCPState(firstFrame: 1)
  var trace: ResetTrace?
  private var frame: UInt64 = 0

  mutating func send(_ side: Int, _ milliseconds: Double, _ packet: Packet) {
    frame += 1
    let time = start + Int64(milliseconds * 1e6)
    if packet.tcpFlags.contains(.rst) {
      var kept = trace ?? ResetTrace()
      kept.append(state.describe(packet, side: side, time: time, frame: frame))
      kept.aftermath.noteReset(side: side)
      trace = kept
    }
    var packet = packet
    let acknowledged = state.sides[side].acknowledged
    let kind = state.observe(
      &packet, side: side, time: time, flowStart: start, frame: frame, reorderWindow: 3_000_000)
    if !packet.tcpFlags.contains(.rst) {
      trace?.aftermath.note(
        kind, hasPayload: packet.payloadWireLength > 0, progresses: state.sides[side].acknowledged != acknowledged,
        side: side, frame: frame, time: time)
    }
  }

  /// Client numbers from 1,001, server numbers from 5,001; 40 ms to the server, whose packets arrive with TTL 53.
  static func established(_ distance: Double = 40, timeToLive: UInt8 = 53) -> Connection {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    connection.send(
      1, distance, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: timeToLive))
    connection.send(0, distance + 0.1, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001))
    return connection
  }

  func judged(_ flow: FlowObservation = Made.connection(), _ around: Surroundings = Made.surroundings()) -> Judgment {
    Detectors.judge(flow, state, trace, Circumstances(around, thresholds))
  }
}

extension Judgment {
  var gapCode: String { gap.map { "\($0.code)" } ?? "-" }
  var words: String { "\(outcome.rawValue) \(mechanism?.rawValue ?? "-")" }
}
