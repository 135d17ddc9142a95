/// Captures with a known truth. The names are stable; files and tests refer to them.
public enum Scenario: String, CaseIterable, Sendable {
  /// The call dies at the key exchange: all relays over UDP are silent, everything else works.
  case telegramBlocked = "telegram-blocked"
  /// The same call without interference.
  case telegramClean = "telegram-clean"
  /// UDP relays are silent and the call goes on over TCP unnoticed.
  case telegramMasked = "telegram-masked"
  /// The reflector flow turns silent in the middle of the call.
  case telegramCutoff = "telegram-cutoff"
  /// A WhatsApp call without interference.
  case whatsappClean = "whatsapp-clean"
  /// A direct WebRTC call without interference.
  case webrtcClean = "webrtc-clean"
  /// Checks to peer candidates that cannot answer, beside a working relay.
  case peerCandidates = "peer-candidates"
  /// A relay that refuses permissions for private peers.
  case turnDenied = "turn-denied"
  /// A SIP call without interference.
  case sipClean = "sip-clean"
  /// Media arrive only at the other side.
  case oneWay = "one-way"
  /// Connections to a port nobody listens on.
  case closedPort = "closed-port"
  /// The client's process gives up with data unread.
  case clientAbort = "client-abort"
  /// Data come after the client has closed.
  case replyReset = "reply-reset"
  /// A box beside the path sends resets that race with the server's data.
  case resetInjected = "reset-injected"
  /// A box in the path swallows the hello and resets both sides.
  case resetInPath = "reset-inpath"
  /// One server never answers a SYN.
  case synBlackhole = "syn-blackhole"
  /// A connection turns silent with the hello.
  case tlsBlackhole = "tls-blackhole"
  /// A service's whole network is silent, over UDP and TCP.
  case networkSilent = "network-silent"
  /// Everything is silent but a few destinations.
  case allowedOnly = "allowed-only"

  /// What happens, in one line.
  public var summary: String {
    switch self {
    case .telegramBlocked:
      "Telegram call dies at key exchange: three reflectors and TURN silent over UDP; other UDP, DNS and Telegram TCP work"
    case .telegramClean: "Telegram call over a reflector: 20 s of audio, normal hang-up, late ICMP from the client"
    case .telegramMasked:
      "Telegram call with UDP relays silent (9 Allocate, 90 hellos, no answer) and its audio on TCP; generic STUN answered"
    case .telegramCutoff:
      "Telegram call works 12 s, then nothing comes in on the reflector flow for 20 s; other UDP goes on"
    case .whatsappClean: "WhatsApp call over Meta relays: 15 s of audio, normal hang-up"
    case .webrtcClean: "direct WebRTC call: STUN, ICE, DTLS-SRTP, 10 s of audio, normal hang-up"
    case .peerCandidates:
      "WebRTC call over TURN while checks to unreachable peer candidates go unanswered: no interference"
    case .turnDenied: "WebRTC call over TURN with 401 first and 403 for private peers: no interference"
    case .sipClean: "SIP call with G.711: 8 s of audio and BYE"
    case .oneWay: "WebRTC call whose incoming media are dropped while checks and DTLS pass"
    case .closedPort: "three connections to a closed port, each answered by the server's own reset"
    case .clientAbort: "TLS download that the client's process aborts: reset with data unread"
    case .replyReset: "client closes, the server's late data meet no socket and are answered with bare resets"
    case .resetInjected: "third-party resets towards the client race with the server's data, which goes on afterwards"
    case .resetInPath:
      "hello for one name dropped and both sides reset, three times; another name on the same server works"
    case .synBlackhole: "connections to one server never answered (SYN ladder) while another server works"
    case .tlsBlackhole: "connection established, everything from the ClientHello on is dropped; another name works"
    case .networkSilent:
      "Telegram call whose reflectors are silent over UDP, and their network over TCP as well; another network answers"
    case .allowedOnly: "a Telegram call and five sites in other networks are silent, one allowed site answers"
    }
  }

  /// Frames at the client, in order of time. The same seed gives the same frames.
  public func frames(seed: UInt64 = 1) -> [SynthFrame] { network(seed: seed).frames() }

  /// The capture as a pcap file with nanosecond times.
  public func capture(seed: UInt64 = 1) -> [UInt8] { CaptureBytes.pcap(frames(seed: seed)) }

  /// The network after the scenario was played, for captures at either side.
  public func network(seed: UInt64 = 1) -> Network {
    switch self {
    case .telegramBlocked: Self.telegramBlocked(seed)
    case .telegramClean: Self.telegramClean(seed)
    case .telegramMasked: Self.telegramMasked(seed)
    case .telegramCutoff: Self.telegramCutoff(seed)
    case .whatsappClean: Self.whatsappClean(seed)
    case .webrtcClean: Self.webrtcClean(seed)
    case .peerCandidates: Self.peerCandidates(seed)
    case .turnDenied: Self.turnDenied(seed)
    case .sipClean: Self.sipClean(seed)
    case .oneWay: Self.oneWay(seed)
    case .closedPort: Self.closedPort(seed)
    case .clientAbort: Self.clientAbort(seed)
    case .replyReset: Self.replyReset(seed)
    case .resetInjected: Self.resetInjected(seed)
    case .resetInPath: Self.resetInPath(seed)
    case .synBlackhole: Self.synBlackhole(seed)
    case .tlsBlackhole: Self.tlsBlackhole(seed)
    case .networkSilent: Self.networkSilent(seed)
    case .allowedOnly: Self.allowedOnly(seed)
    }
  }

  /// An access line of 11 ms each way with under a millisecond of jitter.
  static func network(_ seed: UInt64, up: [Link.Stage] = [], down: [Link.Stage] = []) -> Network {
    Network(
      up: Link(delay: .milliseconds(11), jitter: .microseconds(700), stages: up, seed: seed ^ 0x7570),
      down: Link(delay: .milliseconds(11), jitter: .microseconds(700), stages: down, seed: seed ^ 0x646F_776E),
      seed: seed)
  }
}
