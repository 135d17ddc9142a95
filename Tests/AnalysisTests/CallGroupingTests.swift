import Synth
import Testing
import Verdict

/// Each rule that puts flows into one call, beside its look-alike: flows that look the same and are of two calls.
@Suite struct CallGroupingTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.77", 40_000)
  private static let other = SocketAddress("198.51.100.88", 41_000)
  private static let relay = SocketAddress("203.0.113.60", 3_478)

  private static let credentials = STUNMessage.Credentials(user: "1:2", realm: "example.org", nonce: [1, 2, 3, 4])

  // MARK: ICE names

  /// Two paths of one pair of agents, over different addresses of one host.
  @Test(arguments: [("own1", "pee1", 1), ("own2", "pee2", 2)])
  func iceNamesTieAddressesOfOneHost(own: String, their: String, calls: Int) {
    var script = CallScript()
    var (first, second) = (script.streams(), script.streams())
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...10)
    script.talk(&first, Self.phone, Self.peer, 1...10)
    let v6 = SocketAddress("2001:db8:50::2", 50_001)
    script.check(v6, SocketAddress("2001:db8:60::7", 40_001), own: own, their: their, 0.5...12)
    script.talk(&second, v6, SocketAddress("2001:db8:60::7", 40_001), 2...12)
    #expect(script.result.calls.count == calls)
  }

  /// The other end's flow has the two names the other way round: its own call, and each names the other.
  @Test func bothEndsInOneCaptureAreTwoCalls() throws {
    var script = CallScript()
    let far = SocketAddress("192.168.1.30", 50_007)
    var streams = script.streams()
    var copies = streams
    script.check(Self.phone, Self.relay, own: "aaaa", their: "bbbb", 0...10)
    script.talk(&streams, Self.phone, Self.relay, 1...10)
    script.check(far, SocketAddress("203.0.113.61", 3_478), own: "bbbb", their: "aaaa", 0.2...10)
    swap(&copies.up, &copies.down)
    script.talk(&copies, far, SocketAddress("203.0.113.61", 3_478), 1.1...10)
    let calls = script.result.calls
    try #require(calls.count == 2)
    #expect(calls[0].peer == calls[1].id && calls[1].peer == calls[0].id)
  }

  /// A restart gives the same socket new names; a server gives every peer other names on one socket.
  @Test func newNamesOnASocketAreARestartOrAnotherPeer() {
    var restart = CallScript()
    var streams = restart.streams()
    restart.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...5)
    restart.talk(&streams, Self.phone, Self.peer, 1...5)
    restart.check(Self.phone, Self.peer, own: "own2", their: "pee2", 5.5...10)
    restart.check(Self.phone, Self.other, own: "own2", their: "pee2", 5.6...12)
    restart.talk(&streams, Self.phone, Self.other, 6...12)
    #expect(restart.result.calls.count == 1)

    var server = CallScript()
    for (number, peer) in [Self.peer, Self.other].enumerated() {
      var streams = server.streams()
      server.check(Self.phone, peer, own: "own\(number)", their: "pee\(number)", 0...10)
      server.talk(&streams, Self.phone, peer, 1...10)
    }
    #expect(server.result.calls.count == 2)
  }

  // MARK: Streams

  /// A stream that goes on from another address is the same end's; a copy beside it is the other leg of a relay.
  @Test(arguments: [(10.0, 1), (1.0, 2)])
  func aStreamThatMovesTiesAddresses(start: Double, calls: Int) {
    var script = CallScript()
    let mobile = SocketAddress("10.64.7.2", 50_100)
    var streams = script.streams()
    var copies = streams
    script.talk(&streams, Self.phone, Self.relay, 0...10)
    if calls == 1 { copies = streams }
    script.talk(&copies, mobile, Self.other, (start + 0.3)...(start + 10))
    #expect(script.result.calls.count == calls)
  }

  /// A phone's path falls silent, and another address begins anew with the same peer, with names and streams of its own: the phone's, unless
  /// the old address still hears others, had not sent on, or the new one had been there before.
  @Test(arguments: [("moves", 1), ("lives", 2), ("ends", 2), ("was there", 2), ("later", 2)])
  func aCallThatBeginsAnewOnAnotherNetworkIsOne(_ kind: String, calls: Int) throws {
    var script = CallScript()
    let mobile = SocketAddress("10.64.7.2", 50_100)
    var (first, second) = (script.streams(), script.streams())
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...30)
    script.talk(&first, Self.phone, Self.peer, 1...30)
    if kind != "ends" {
      script.play(&first.up, Self.phone, Self.peer, 30.02...36)
      for time in stride(from: 31.0, through: 45, by: 1) {
        script.send(
          STUNMessage.iceCheck(
            remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true,
            generator: &script.generator), Self.phone, Self.peer, at: time)
      }
    }
    let host = SocketAddress("203.0.113.99", 3_478)
    for time in stride(from: 0.2, through: 70, by: 2) {
      for (name, client) in [("lives", Self.phone), ("was there", mobile)] where name == kind {
        let socket = SocketAddress(client.address, 51_700)
        let request = STUNMessage.binding(transaction: script.generator.bytes(12))
        script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: socket), socket, host, at: time)
      }
    }
    let start = kind == "later" ? 50.0 : 34
    script.check(mobile, Self.peer, own: "own2", their: "pee2", start...(start + 40))
    script.talk(&second, mobile, Self.peer, (start + 0.3)...(start + 40))
    let found = script.result.calls
    #expect(found.count == calls, "\(kind)")
    if calls == 1 { #expect(found[0].verdict.outcome == .ok, "\(found[0].verdict.reason)") }
  }

  /// The same through a relay that is told of the same peer, whatever its port, or of another one: a call of its own then.
  @Test(arguments: [(Self.peer, 1), (SocketAddress(Self.peer.address, 40_555), 1), (Self.other, 2)])
  func aMoveToAnotherPeerIsAnotherCall(_ peer: SocketAddress, calls: Int) throws {
    var script = CallScript()
    let mobile = SocketAddress("10.64.7.2", 50_100)
    var (first, second) = (script.streams(), script.streams())
    for (client, peer, time) in [(Self.phone, Self.peer, 0.0), (mobile, peer, 34)] {
      allocate(&script, client, mapped: SocketAddress("203.0.113.2", client.port), at: time)
      let permission = STUNMessage.createPermission(
        peer: peer, transaction: script.generator.bytes(12), credentials: Self.credentials, generator: &script.generator
      )
      script.ask(
        permission, STUNMessage.success(to: permission, generator: &script.generator), client, Self.relay,
        at: time + 0.3)
    }
    script.talk(&first, Self.phone, Self.relay, 1...30)
    script.play(&first.up, Self.phone, Self.relay, 30.02...36)
    script.talk(&second, mobile, Self.relay, 35...74)
    #expect(script.result.calls.count == calls)
  }

  // MARK: Reflector tags

  private func reflector(_ script: inout CallScript, _ client: SocketAddress, tag: UInt8, _ times: ClosedRange<Double>)
  {
    let server = SocketAddress("91.108.9.21", 597)
    let message = ReflectorMessage(tag: [UInt8](repeating: tag, count: 12))
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 1) {
      let hello = message.hello(from: [1, 2, 3, tag])
      script.ask(hello, message.answer(to: hello, unixTime: 1, mapped: client), client, server, at: time)
    }
    for time in stride(from: times.lowerBound + 1, through: times.upperBound, by: 0.05) {
      script.send(
        message.data(to: [9, 9, 9, 9], from: [1, 2, 3, tag], script.generator.bytes(80)), client, server, at: time)
      script.send(
        message.data(to: [1, 2, 3, tag], from: [9, 9, 9, 9], script.generator.bytes(80)), server, client,
        at: time + 0.01)
    }
  }

  @Test(arguments: [(UInt8(7), 1), (UInt8(8), 2)])
  func reflectorTagsTellCallsApart(tag: UInt8, calls: Int) {
    var script = CallScript()
    reflector(&script, Self.phone, tag: 7, 0...10)
    reflector(&script, SocketAddress(Self.phone.address, 50_009), tag: tag, 1...12)
    #expect(script.result.calls.count == calls)
  }

  /// With one tag: the client that went silent moved; the one that goes on is the other end.
  @Test(arguments: [(11.0, 1), (2.0, 2)])
  func aTagThatMovesTiesAddresses(start: Double, calls: Int) {
    var script = CallScript()
    reflector(&script, Self.phone, tag: 7, 0...10)
    reflector(&script, SocketAddress("10.64.7.2", 50_009), tag: 7, start...(start + 10))
    #expect(script.result.calls.count == calls)
  }

  /// The old address still asks, and is answered no more from the middle of the call on, as the new one begins; or the call had
  /// just begun there, as its other end would.
  @Test(arguments: [(20.0, 20.5, 1), (20, 14, 2), (4, 4.5, 2)])
  func aTagMovesWithThePhoneThatAsksOn(answered: Double, start: Double, calls: Int) {
    var script = CallScript()
    reflector(&script, Self.phone, tag: 7, 0...answered)
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for time in stride(from: answered + 1, through: answered + 15, by: 1) {
      script.send(message.hello(from: [1, 2, 3, 7]), Self.phone, SocketAddress("91.108.9.21", 597), at: time)
    }
    reflector(&script, SocketAddress("10.64.7.2", 50_009), tag: 7, start...(start + 20))
    #expect(script.result.calls.count == calls)
  }

  // MARK: Relays

  private func allocate(_ script: inout CallScript, _ client: SocketAddress, mapped: SocketAddress, at time: Double) {
    let request = STUNMessage.allocate(
      transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    script.ask(
      request,
      STUNMessage.success(
        to: request, relayed: SocketAddress(Self.relay.address, 49_999), mapped: mapped, lifetime: 600,
        generator: &script.generator),
      client, Self.relay, at: time)
  }

  /// Media left a relay, and came back on a path of its own after a pause: the relay was told of that peer, or not.
  @Test(arguments: [(true, 1), (false, 2)])
  func aRelaysPeerTiesTheDirectPath(isNamed: Bool, calls: Int) {
    var script = CallScript()
    var (first, second) = (script.streams(), script.streams())
    allocate(&script, Self.phone, mapped: SocketAddress("203.0.113.2", 50_000), at: 0)
    let permission = STUNMessage.createPermission(
      peer: isNamed ? Self.peer : Self.other, transaction: script.generator.bytes(12), credentials: Self.credentials,
      generator: &script.generator)
    script.ask(
      permission, STUNMessage.success(to: permission, generator: &script.generator), Self.phone, Self.relay, at: 0.5)
    script.talk(&first, Self.phone, Self.relay, 1...6)
    script.talk(&second, SocketAddress(Self.phone.address, 50_011), Self.peer, 9...15)
    #expect(script.result.calls.count == calls)
  }

  /// Both ends in one capture, the far one sending to the address that the near one's relay gave it, or to another.
  @Test(arguments: [(SocketAddress("203.0.113.60", 49_999), true), (SocketAddress("203.0.113.60", 49_998), false)])
  func aRelayedAddressTellsTheOtherEnd(target: SocketAddress, isPeer: Bool) throws {
    var script = CallScript()
    let far = SocketAddress("192.168.1.30", 50_007)
    var (near, beyond) = (script.streams(), script.streams())
    allocate(&script, Self.phone, mapped: SocketAddress("203.0.113.2", 50_000), at: 0)
    script.talk(&near, Self.phone, Self.relay, 1...10)
    script.talk(&beyond, far, target, 1...10)
    let calls = script.result.calls
    try #require(calls.count == 2)
    #expect((calls[0].peer == calls[1].id) == isPeer && (calls[1].peer == calls[0].id) == isPeer)
    #expect(isPeer || calls[0].peer == nil && calls[1].peer == nil)
  }

  /// A capture on a router has both sides of its NAT: the relay says which two flows are one.
  @Test(arguments: [(SocketAddress("203.0.113.2", 61_000), 1), (SocketAddress("203.0.113.2", 61_001), 2)])
  func bothSidesOfANATAreOneCall(mapped: SocketAddress, calls: Int) {
    var script = CallScript()
    var streams = script.streams()
    var copies = streams
    let outside = SocketAddress("203.0.113.2", 61_000)
    allocate(&script, Self.phone, mapped: mapped, at: 0)
    allocate(&script, outside, mapped: mapped, at: 0.001)
    script.talk(&streams, Self.phone, Self.relay, 1...6)
    script.talk(&copies, outside, Self.relay, 1.001...6)
    #expect(script.result.calls.count == calls)
  }

  /// Allocations given back while media run elsewhere end no call; the last one does.
  @Test func aRelayGivenBackEarlyIsNoHangUp() throws {
    var script = CallScript()
    var streams = script.streams()
    allocate(&script, Self.phone, mapped: SocketAddress("203.0.113.2", 50_000), at: 0)
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0.5...20)
    script.talk(&streams, Self.phone, Self.peer, 1...20)
    let early = STUNMessage.refresh(
      lifetime: 0, transaction: script.generator.bytes(12), credentials: Self.credentials, generator: &script.generator)
    script.ask(
      early, STUNMessage.success(to: early, lifetime: 0, generator: &script.generator), Self.phone, Self.relay, at: 3)
    let call = try #require(script.result.calls.first)
    #expect(script.result.calls.count == 1 && !call.ended && call.stage == .media)
  }

  /// Who gives a relay back when the other end has fallen silent may have been told to; not while its media go on, as what is under way
  /// does, nor long after they ceased.
  @Test(arguments: [(20.1, true), (20.0, true), (19.94, false), (19.8, false), (12.0, true), (0, false)])
  func aRelayGivenBackTellsWhoHungUpOnlyWhileTheOtherSpoke(silentFrom: Double, isTold: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    allocate(&script, Self.phone, mapped: SocketAddress("203.0.113.2", 50_000), at: 0)
    for time in stride(from: 1.0, through: 20.2, by: 0.02) {
      if time <= 20, silentFrom > 0 {
        script.send(STUNMessage.channelData(0x4001, streams.up.nextPacket()), Self.phone, Self.relay, at: time)
      }
      guard time < silentFrom else { continue }
      script.send(STUNMessage.channelData(0x4001, streams.down.nextPacket()), Self.relay, Self.phone, at: time + 0.007)
    }
    let end = STUNMessage.refresh(
      lifetime: 0, transaction: script.generator.bytes(12), credentials: Self.credentials, generator: &script.generator)
    script.ask(
      end, STUNMessage.success(to: end, lifetime: 0, generator: &script.generator), Self.phone, Self.relay, at: 20.01)
    let call = try #require(script.result.calls.first)
    #expect(call.ended && call.endedBy == (isTold ? .local : nil))
  }

  // MARK: What a call's relays say of it

  /// No reflector answers, and the peers talk directly: the call was interfered with and went on.
  @Test(arguments: [2, 1]) func aDirectPathHidesThatNoRelayAnswers(relays: Int) throws {
    var script = CallScript()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for number in 0..<relays {
      for time in stride(from: 0.0, through: 20, by: 0.5) {
        script.send(
          message.hello(from: [1, 2, 3, 4]), Self.phone, SocketAddress(["91.108.9.21", "91.108.13.34"][number], 597),
          at: time)
      }
    }
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 1...20)
    script.talk(&streams, Self.phone, Self.peer, 2...20)
    let call = try #require(script.result.calls.first)
    #expect(call.masked == (relays > 1) && call.verdict.outcome == (relays > 1 ? .dropped : .ok))
    #expect(call.stage == .media)
  }

  // MARK: A page's call beside an application's

  /// A meeting in a browser runs on beside a reflector's call, or the call itself leaves its reflector for a path to the peer.
  @Test(arguments: [(12.0, 2), (7.5, 1)]) func aMeetingBesideAnApplicationsCallIsAnother(start: Double, calls: Int) {
    var script = CallScript()
    reflector(&script, Self.phone, tag: 7, 0...(start == 12 ? 30 : 8))
    let meeting = SocketAddress(Self.phone.address, 50_321)
    var streams = script.streams(109)
    script.check(meeting, Self.peer, own: "ownm", their: "peem", start...40)
    script.talk(&streams, meeting, Self.peer, start...40)
    let found = script.result.calls
    #expect(found.count == calls)
    #expect(found.contains { $0.application == .webrtc } == (calls == 2))
  }

  /// A call to which no reflector answers, and what runs from another socket a second or half a minute later: its way to the peer, or
  /// the meeting to which its user went instead.
  @Test(arguments: [(1.0, 1), (25.0, 2)]) func whatBeginsLaterIsNotHowABlockedCallWentOn(start: Double, calls: Int) {
    var script = CallScript()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for server in [SocketAddress("91.108.9.21", 597), SocketAddress("91.108.13.34", 597)] {
      for time in stride(from: 0.0, through: 20, by: 0.5) {
        script.send(message.hello(from: [1, 2, 3, 4]), Self.phone, server, at: time)
      }
    }
    let meeting = SocketAddress(Self.phone.address, 50_321)
    var streams = script.streams()
    script.check(meeting, Self.peer, own: "ownm", their: "peem", start...60)
    script.talk(&streams, meeting, Self.peer, (start + 0.5)...60)
    let found = script.result.calls
    #expect(found.count == calls && found.contains(where: \.masked) == (calls == 1))
  }

  /// Two relays of nobody known are asked in vain, and a meeting with another server begins, of nobody known either: long after, or
  /// from the socket that asked, or with a host that was asked, it is told apart or not.
  @Test(arguments: [
    (12.0, UInt16(50_900), "198.51.100.200", 2), (6, 50_900, "198.51.100.200", 1), (12, 50_000, "198.51.100.200", 1),
    (12, 50_900, "203.0.113.60", 1),
  ])
  func aMeetingIsNotHowSilentRelaysWentOn(start: Double, port: UInt16, server: HostAddress, calls: Int) {
    var script = CallScript()
    for (number, relay) in [Self.relay, SocketAddress("192.0.2.60", 3_478)].enumerated() {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      for time in [0, 0.5, 1.5, 3.5, 7.5, 15.5, 23] {
        script.send(request, SocketAddress(Self.phone.address, 50_000 + UInt16(number)), relay, at: time)
      }
    }
    let meeting = SocketAddress(Self.phone.address, port)
    var streams = script.streams(109)
    script.check(meeting, SocketAddress(server, 443), own: "ownm", their: "peem", start...50)
    script.talk(&streams, meeting, SocketAddress(server, 443), (start + 0.5)...50)
    let found = script.result.calls
    #expect(found.count == calls)
    #expect(found.contains(where: \.masked) == (calls == 1))
  }

  /// One microphone, two audio streams up at a time under types of two sessions; or a voice and a picture.
  @Test(arguments: [(UInt8(96), UInt32(960), 2), (96, 3_000, 1)])
  func twoVoicesUpAtATimeAreTwoCalls(payloadType: UInt8, step: UInt32, calls: Int) {
    var script = CallScript()
    var first = script.streams()
    script.talk(&first, Self.phone, Self.peer, 0...12)
    let second = SocketAddress(Self.phone.address, 50_777)
    var up = MediaStream(
      payloadType: payloadType, timestampStep: step, payloadLengths: 60...90,
      protection: .counterMode(mediaTag: 10, controlTag: 10), generator: script.generator.fork())
    var down = script.stream(97)
    for time in stride(from: 1.0, through: 12, by: step == 960 ? 0.02 : 3_000.0 / 90_000) {
      script.send(up.nextPacket(), second, Self.other, at: time)
    }
    script.play(&down, Self.other, second, 1.007...12)
    #expect(script.result.calls.count == calls)
  }

  // MARK: Both IP families

  /// Relays asked over IPv6 in vain as the call begins, or in its middle.
  @Test(arguments: [(0.2, 1), (20.0, 2)]) func relaysAskedOverTheOtherFamilyAreTheCalls(start: Double, calls: Int) {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...40)
    script.talk(&streams, Self.phone, Self.peer, 1...40)
    let request = STUNMessage.allocate(
      transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    for pause in [0, 0.5, 1.5, 3.5, 7.5, 15.5] {
      script.send(
        request, SocketAddress("2001:db8:50::2", 51_313), SocketAddress("2001:db8:60::7", 3_478), at: start + pause)
    }
    let found = script.result.calls
    #expect(found.count == calls && found[0].verdict.outcome == .ok)
  }

  // MARK: The next call from one port

  /// A phone with one fixed port calls another host after a pause, or its call moves there at once.
  @Test(arguments: [(16.0, 2), (10.5, 1)]) func theNextCallFromAFixedPortIsAnother(start: Double, calls: Int) {
    var script = CallScript()
    var (first, second) = (script.streams(), script.streams())
    script.talk(&first, Self.phone, Self.peer, 0...10)
    script.talk(&second, Self.phone, Self.other, start...(start + 10))
    #expect(script.result.calls.count == calls)
  }

  // MARK: Another application's call

  /// WhatsApp's requests to a relay that never answers.
  private func askInVain(
    _ script: inout CallScript, _ client: SocketAddress, _ relay: SocketAddress, _ times: ClosedRange<Double>
  ) {
    let request = WhatsAppMessage.allocate(
      relay: relay, token: script.generator.bytes(152), transaction: script.generator.bytes(12),
      generator: &script.generator)
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 1) {
      script.send(request, client, relay, at: time)
    }
  }

  /// WhatsApp asks its relays in vain; then, or beside it, a browser's call runs on sockets of its own.
  private func blockedThenBrowser(relay: SocketAddress, at start: Double) -> Analyzed {
    var script = CallScript()
    for server in [SocketAddress("157.240.9.51", 3_478), SocketAddress("31.13.92.50", 3_478)] {
      askInVain(&script, Self.phone, server, 1...20)
    }
    let browser = SocketAddress(Self.phone.address, 50_444)
    var streams = script.streams()
    script.check(browser, relay, own: "own1", their: "pee1", start...(start + 20))
    script.talk(&streams, browser, relay, (start + 1)...(start + 20))
    return script.result
  }

  @Test(arguments: [(Self.relay, 24.0), (Self.relay, 12.0), (SocketAddress("155.212.199.150", 19_302), 12.0)])
  func aBlockedCallIsNotTheNextApplications(relay: SocketAddress, start: Double) throws {
    let calls = blockedThenBrowser(relay: relay, at: start).calls
    try #require(calls.count == 2)
    #expect(calls[0].application == .whatsapp && calls[0].verdict.outcome == .dropped)
    #expect(calls[1].application != .whatsapp && calls[1].verdict.outcome == .ok)
  }

  /// A reflector's call that got no answer, and a server of Max's on another socket while it still asks.
  @Test(arguments: [("155.212.199.150", 2), ("198.51.100.77", 1)])
  func whatAnAddressHintsAtTellsCallsApart(server: HostAddress, calls: Int) {
    var script = CallScript()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for time in stride(from: 0.0, through: 20, by: 0.5) {
      script.send(message.hello(from: [1, 2, 3, 4]), Self.phone, SocketAddress("91.108.9.21", 597), at: time)
    }
    let browser = SocketAddress(Self.phone.address, 50_444)
    var streams = script.streams()
    script.check(browser, SocketAddress(server, 19_302), own: "own1", their: "pee1", 8...20)
    script.talk(&streams, browser, SocketAddress(server, 19_302), 9...20)
    #expect(script.result.calls.count == calls)
  }

  /// What begins on a new socket after seconds in which the client sent nothing is the next attempt.
  @Test(arguments: [(3.0, 1), (7, 2)])
  func anAttemptAfterSilenceIsAnotherCall(pause: Double, calls: Int) {
    var script = CallScript()
    for (port, start) in [(UInt16(50_000), 0.0), (50_001, 10 + pause)] {
      askInVain(
        &script, SocketAddress(Self.phone.address, port), SocketAddress("157.240.9.51", 3_478), start...(start + 10))
    }
    #expect(script.result.calls.count == calls)
  }

  // MARK: One after the other, beside each other

  @Test(arguments: [4.0, 9.0]) func aRedialIsAnotherCall(pause: Double) {
    let network = Network(
      up: Link(delay: .milliseconds(11), seed: 2), down: Link(delay: .milliseconds(11), seed: 3), seed: 1)
    for number in 0..<2 {
      var call = WhatsAppCall()
      call.start = .seconds(1) + Int64(number) * (CallScript.seconds(8 + pause))
      call.media = .seconds(6)
      call.place(on: network)
    }
    network.run(until: .seconds(40))
    let calls = analyze(network.frames()).calls
    #expect(calls.count == 2 && calls.allSatisfy { $0.ended && $0.endedBy == .local })
  }

  /// A call asks a relay from one socket and its peer from another; so does what begins seconds behind its end, with names and streams
  /// of its own, or with the same streams, as after an ICE restart.
  @Test(arguments: [(1.2, false, 2), (3, false, 2), (4.5, false, 2), (3, true, 1)])
  func theRelaysOfARedialAreItsOwn(pause: Double, isRestart: Bool, calls: Int) {
    var script = CallScript()
    var streams = script.streams()
    for (number, start) in [0, 20 + pause].enumerated() {
      let (relaying, talking) = (
        SocketAddress(Self.phone.address, 50_100 + 1_000 * UInt16(number)),
        SocketAddress(Self.phone.address, 50_000 + 1_000 * UInt16(number))
      )
      let peer = number == 0 ? Self.peer : Self.other
      allocate(&script, relaying, mapped: SocketAddress("203.0.113.2", 50_000), at: start)
      script.check(talking, peer, own: "own\(number)", their: "pee\(number)", (start + 0.5)...(start + 20))
      if number > 0, !isRestart { streams = script.streams() }
      script.talk(&streams, talking, peer, (start + 1)...(start + 20))
    }
    let result = script.result
    #expect(result.calls.count == calls)
    #expect(calls == 1 || result.calls.allSatisfy { $0.flows.count == 2 })
  }

  @Test(arguments: [("192.168.1.20", 2), ("192.168.1.21", 2)])
  func callsAtTheSameTimeStayTwo(second: HostAddress, calls: Int) {
    var script = CallScript()
    for client in [Self.phone, SocketAddress(second, 50_020)] {
      var streams = script.streams(120)
      script.talk(&streams, client, SocketAddress("157.240.9.51", 3_478), 0...10)
    }
    #expect(script.result.calls.count == calls)
  }

  /// Audio and video have sockets of their own in many calls.
  @Test func audioAndVideoAreOneCall() {
    var script = CallScript()
    var (audio, video) = (script.streams(0), script.streams(96))
    script.talk(&audio, Self.phone, Self.peer, 0...10)
    script.talk(
      &video, SocketAddress(Self.phone.address, 50_002), SocketAddress(Self.peer.address, 40_002), 0.5...10)
    #expect(script.result.calls.count == 1)
  }
}
