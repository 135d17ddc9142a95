extension PeerSession {
  /// The client sends the first hello when its first check is answered, and again after 50 ms, doubling, until the server's
  /// flight comes (BoringSSL under libwebrtc).
  func startHandshake() {
    guard client.lastFlight.isEmpty else { return }
    client.lastFlight = client.dtls.clientHello()
    sendFromClient(client.lastFlight)
    repeatClientFlight(after: .milliseconds(50))
  }

  func receiveRecord(_ message: [UInt8], atClient: Bool) {
    guard message.count > 13 else { return }
    switch (message[0], atClient) {
    case (22, false): receiveHandshake(message[13])
    case (22, true) where message[13] == 2:
      guard !client.flightIsAnswered else { return }
      client.lastFlight = client.dtls.clientFlight()
      client.flightIsAnswered = true
      flightNumber += 1
      sendFromClient(client.lastFlight)
      repeatClientFlight(after: .milliseconds(50))
    case (20, true):
      startMedia(fromClient: true)
    case (21, false):
      guard peer.isSending else { return }
      sendFromPeer(peer.dtls.closeNotify())
      peer.isSending = false
    default: break
    }
  }

  private func receiveHandshake(_ type: UInt8) {
    switch type {
    case 1 where peer.lastFlight.isEmpty:
      peer.lastFlight = peer.dtls.serverFlight()
      sendFromPeer(peer.lastFlight)
    case 1 where !peer.flightIsAnswered:
      peer.lastFlight = peer.dtls.renumbered(peer.lastFlight)
      sendFromPeer(peer.lastFlight)
    case 11:
      if !peer.flightIsAnswered {
        peer.flightIsAnswered = true
        peer.lastFlight = peer.dtls.finish()
      }
      sendFromPeer(peer.lastFlight)
      startMedia(fromClient: false)
    default: break
    }
  }

  private func repeatClientFlight(after delay: Nanoseconds) {
    let number = flightNumber
    network.schedule(after: delay) { [self] in
      guard !isOver, !client.isSending, number == flightNumber else { return }
      client.lastFlight = client.dtls.renumbered(client.lastFlight)
      sendFromClient(client.lastFlight)
      repeatClientFlight(after: min(delay * 2, .seconds(60)))
    }
  }
}
