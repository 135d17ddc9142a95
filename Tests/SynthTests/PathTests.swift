import Synth
import Testing

/// Calls and connections over a bad line.
@Suite struct PathTests {
  private func network(up: [Link.Stage] = [], down: [Link.Stage] = []) -> Network {
    Network(
      up: Link(delay: .milliseconds(15), jitter: .milliseconds(1), stages: up, seed: 5),
      down: Link(delay: .milliseconds(15), jitter: .milliseconds(1), stages: down, seed: 6), seed: 7)
  }

  private func bytesReceived(_ network: Network, from server: HostAddress, between: ClosedRange<Nanoseconds>) -> Int {
    let first = network.frames()[0].time
    return network.frames().filter {
      FrameVerifier(ethernet: $0.bytes).source == server.bytes && between.contains($0.time - first)
    }.reduce(0) { $0 + $1.wireLength - 14 }
  }

  /// A connection that loses every tenth packet still carries all its data, by retransmission.
  @Test(arguments: [0.0, 0.03, 0.1])
  func connectionsSurviveLoss(probability: Double) {
    let loss = [Link.Stage.randomLoss(probability: probability, filter: .everything)]
    let network = network(up: loss, down: loss)
    let server = SocketAddress("198.51.100.80", 443)
    _ = network.server(server.address)
    var generator = SeededGenerator(seed: 1)
    let sent = generator.bytes(150_000)
    network.listen(at: server) { endpoint in
      endpoint.whenReceived = { _ in
        endpoint.send(sent)
        endpoint.close()
      }
    }
    var received: [UInt8] = []
    var isFinished = false
    let client = TCPEndpoint(network: network, to: server)
    client.whenEstablished = { client.send([1, 2, 3]) }
    client.whenReceived = { received += $0 }
    client.whenFinished = {
      isFinished = true
      client.close()
    }
    network.schedule(at: .seconds(1)) { client.connect() }
    network.run(until: .seconds(300))
    #expect(received == sent)
    #expect(isFinished)
    let resets = network.frames().filter {
      let frame = FrameVerifier(ethernet: $0.bytes)
      return frame.tcpFlags & 4 != 0
    }
    #expect(resets.isEmpty)
  }

  @Test func policedCallStaysUnderItsRate() {
    let network = network(down: [.policer(Policer(rate: 32_000, burst: 2_000, filter: .udp))])
    WebRTCCall().place(on: network)
    network.run(until: .seconds(14))
    let bytes = bytesReceived(network, from: "198.51.100.77", between: .seconds(4)...(.seconds(10)))
    #expect(bytes <= 32_000 / 8 * 6 + 2_000)
    #expect(bytes > 32_000 / 8 * 6 * 8 / 10)
  }

  @Test func shapedCallIsLate() {
    func longestAnswer(_ stages: [Link.Stage]) -> Nanoseconds {
      let network = network(down: stages)
      WebRTCCall().place(on: network)
      network.run(until: .seconds(14))
      var asked: [[UInt8]: Nanoseconds] = [:]
      var longest: Nanoseconds = 0
      for frame in network.frames() {
        let verifier = FrameVerifier(ethernet: frame.bytes)
        let payload = verifier.protocolNumber == 17 ? verifier.payload : []
        guard payload.count >= 20, payload[0] < 2, payload[1] == 1, payload[4] == 0x21 else { continue }
        let transaction = Array(payload[8..<20])
        if payload[0] == 0 { asked[transaction] = frame.time }
        if payload[0] == 1, verifier.destination == [192, 168, 1, 23], let start = asked[transaction] {
          longest = max(longest, frame.time - start)
        }
      }
      return longest
    }
    #expect(longestAnswer([]) < .milliseconds(90))
    let shaped = longestAnswer([.shaper(Shaper(rate: 40_000, burst: 1_500, queueLimit: 4_000))])
    #expect(shaped > .milliseconds(500))
  }

  @Test func farCaptureShowsThePublicAddress() {
    let network = Scenario.webrtcClean.network()
    let far = network.frames(at: .far)
    #expect(
      !far.contains {
        let frame = FrameVerifier(ethernet: $0.bytes)
        return frame.source == [192, 168, 1, 23] || frame.destination == [192, 168, 1, 23]
      })
    #expect(far.allSatisfy { FrameVerifier(ethernet: $0.bytes).sumsAreRight })
    let near = network.frames()
    #expect(zip(far, far.dropFirst()).allSatisfy { $0.time <= $1.time })
    // Only the checks to the unreachable candidate are missing at the far side.
    let dead = near.filter { FrameVerifier(ethernet: $0.bytes).destination == [192, 168, 77, 5] }
    #expect(far.count == near.count - dead.count)
  }
}
