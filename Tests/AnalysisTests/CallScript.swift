import Synth
import Verdict

/// Datagrams of calls written down by hand, for what no scenario plays: who sends what to whom, when.
struct CallScript {
  var generator = SeededGenerator(seed: 11)
  private var frames: [SynthFrame] = []
  /// Bytes of a frame that are captured; nil for all.
  var snaplen: Int?
  /// The app whose name the capturing phone writes behind each frame, as PCAPdroid does; nil for none.
  var phoneApp: String?
  private static let epoch: Nanoseconds = 1_700_000_000 * .seconds(1)

  /// What is analyzed.
  var result: Analyzed { analyze(captured) }

  /// In the order of time.
  var captured: [SynthFrame] { frames.sorted { $0.time < $1.time } }

  static func seconds(_ time: Double) -> Nanoseconds { Nanoseconds(time * 1e9) }

  /// One datagram.
  mutating func send(
    _ payload: [UInt8], _ from: SocketAddress, _ to: SocketAddress, at time: Double, timeToLive: UInt8? = nil
  ) {
    let packet = SynthPacket(
      from: from.address, to: to.address,
      .udp(sourcePort: from.port, destinationPort: to.port, payload: payload))
    var builder = FrameBuilder()
    if let snaplen { builder.snapshotLength = snaplen }
    var frame = builder.frame(packet, at: Self.epoch + Self.seconds(time), timeToLive: timeToLive, outgoing: true)
    if let phoneApp { frame = Self.named(frame, phoneApp) }
    frames.append(frame)
  }

  /// A packet of RTP with a marker or without, so that streams can be told apart and packets left out.
  static func rtp(
    _ source: UInt32, _ type: UInt8, _ number: Int, isLast: Bool, stamp: Int, _ payload: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = [0x80, type | (isLast ? 0x80 : 0), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
    for word in [UInt32(truncatingIfNeeded: stamp + 777), source] {
      bytes += [24, 16, 8, 0].map { UInt8(word >> UInt32($0) & 0xFF) }
    }
    return bytes + payload
  }

  /// One packet of any kind.
  mutating func send(_ packet: SynthPacket, at time: Double) {
    var builder = FrameBuilder()
    if let snaplen { builder.snapshotLength = snaplen }
    frames.append(builder.frame(packet, at: Self.epoch + Self.seconds(time), outgoing: true))
  }

  /// The frame with PCAPdroid's trailer: no hardware addresses, filled to words, its mark, user and name, a checksum.
  private static func named(_ frame: SynthFrame, _ app: String) -> SynthFrame {
    var bytes = [UInt8](repeating: 0, count: 12) + frame.bytes[12...]
    while bytes.count % 4 != 0 { bytes.append(0) }
    let name = Array(app.utf8.prefix(19))
    bytes +=
      [1, 7, 0x20, 0x21, 0, 0, 0x27, UInt8(app.utf8.count)] + name + [UInt8](repeating: 0, count: 20 - name.count)
    bytes += [9, 9, 9, 9]
    var named = frame
    (named.bytes, named.wireLength) = (bytes, bytes.count)
    return named
  }

  /// A request of the client and its answer 20 ms later.
  mutating func ask(
    _ request: [UInt8], _ answer: [UInt8], _ client: SocketAddress, _ server: SocketAddress, at time: Double
  ) {
    send(request, client, server, at: time)
    send(answer, server, client, at: time + 0.02)
  }

  /// Checks of the client each second, answered.
  mutating func check(
    _ client: SocketAddress, _ peer: SocketAddress, own: String, their: String, _ times: ClosedRange<Double>
  ) {
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 1) {
      let check = STUNMessage.iceCheck(
        remoteName: Array(their.utf8), localName: Array(own.utf8), controlling: true, generator: &generator)
      ask(
        check, STUNMessage.iceAnswer(to: check, mapped: client, generator: &generator), client, peer, at: time)
    }
  }

  /// A stream of audio with a random source.
  mutating func stream(_ payloadType: UInt8 = 111) -> MediaStream {
    MediaStream(
      payloadType: payloadType, timestampStep: 960, payloadLengths: 60...90,
      protection: .counterMode(mediaTag: 10, controlTag: 10), generator: generator.fork())
  }

  /// Packets of a stream every 20 ms.
  mutating func play(
    _ stream: inout MediaStream, _ from: SocketAddress, _ to: SocketAddress, _ times: ClosedRange<Double>
  ) {
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 0.02) {
      send(stream.nextPacket(), from, to, at: time)
    }
  }

  /// Audio both ways.
  mutating func talk(
    _ streams: inout (up: MediaStream, down: MediaStream), _ client: SocketAddress, _ server: SocketAddress,
    _ times: ClosedRange<Double>
  ) {
    play(&streams.up, client, server, times)
    play(&streams.down, server, client, (times.lowerBound + 0.007)...times.upperBound)
  }

  /// Two streams.
  mutating func streams(_ payloadType: UInt8 = 111) -> (up: MediaStream, down: MediaStream) {
    (stream(payloadType), stream(payloadType))
  }
}
