/// A plain SIP call with G.711 A-law audio and readable RTCP.
public struct SIPCall {
  /// SIP server, which also takes the media.
  public var server = SocketAddress("203.0.113.30", 5_060)
  /// When the client sends INVITE.
  public var start: Nanoseconds = .seconds(1)
  /// Talking time until the BYE.
  public var media: Nanoseconds = .seconds(8)

  /// A call to the usual server.
  public init() {}

  /// Puts the call on a network.
  public func place(on network: Network) {
    let signalling = DatagramFlow(network, clientPort: 5_060, server: server)
    let audio = DatagramFlow(network, clientPort: 16_384, server: SocketAddress(server.address, 14_010))
    let control = DatagramFlow(network, clientPort: 16_385, server: SocketAddress(server.address, 14_011))
    var generator = network.generator.fork()
    let dialog = SIPDialog(
      caller: signalling.client, server: server, callerMedia: audio.client.port, serverMedia: audio.server.port,
      generator: &generator)
    var isTalking = false
    var streams = (up: stream(generator.fork()), down: stream(generator.fork()))
    func talk(_ send: @escaping () -> Void, every interval: Nanoseconds) {
      guard isTalking else { return }
      send()
      network.schedule(after: interval) { talk(send, every: interval) }
    }
    audio.whenClientReceives = { _ in }
    control.whenClientReceives = { _ in }
    signalling.whenServerReceives = { message in
      if message.starts(with: Array("INVITE".utf8)) {
        signalling.sendFromServer(dialog.response(100, "Trying", to: "INVITE"))
        network.schedule(after: .milliseconds(120)) {
          signalling.sendFromServer(dialog.response(180, "Ringing", to: "INVITE"))
        }
        network.schedule(after: .milliseconds(1_400)) {
          signalling.sendFromServer(dialog.response(200, "OK", to: "INVITE"))
          isTalking = true
          talk({ audio.sendFromServer(streams.down.nextPacket()) }, every: .milliseconds(20))
        }
      } else if message.starts(with: Array("BYE".utf8)) {
        isTalking = false
        signalling.sendFromServer(dialog.response(200, "OK", to: "BYE"))
      }
    }
    signalling.whenClientReceives = { message in
      guard message.starts(with: Array("SIP/2.0 200".utf8)), message.count > 400 else { return }
      signalling.sendFromClient(dialog.acknowledge())
      talk({ audio.sendFromClient(streams.up.nextPacket()) }, every: .milliseconds(20))
      network.schedule(after: .milliseconds(2_500)) {
        talk(
          {
            let time = network.epoch + network.now
            control.sendFromClient(streams.up.senderReport(about: streams.down.source, at: time))
            control.sendFromServer(streams.down.senderReport(about: streams.up.source, at: time))
          }, every: .milliseconds(2_500))
      }
      network.schedule(after: media) { signalling.sendFromClient(dialog.bye()) }
    }
    network.schedule(at: start) { signalling.sendFromClient(dialog.invite()) }
  }

  private func stream(_ generator: SeededGenerator) -> MediaStream {
    MediaStream(
      payloadType: 8, timestampStep: 160, payloadLengths: 160...160, protection: .none, generator: generator)
  }
}
