// The vocabulary of the record format: every case's raw value is the word that is written.

/// Transport of a flow.
public enum Transport: String, Sendable, CaseIterable, BitwiseCopyable {
  case udp, tcp
}

/// What happened to a flow or a call.
public enum Outcome: String, Sendable, CaseIterable, BitwiseCopyable {
  case ok, reset, dropped, capped, degraded, inconclusive
}

/// How it happened.
public enum Mechanism: String, Sendable, CaseIterable, BitwiseCopyable {
  /// A third party's reset.
  case resetInjected = "rst-injected"
  /// The endpoint's own packet turned into a reset on its way.
  case resetRewritten = "rst-rewritten"
  /// A genuine abort by the endpoint.
  case resetEndpoint = "rst-endpoint"
  /// A closed port.
  case resetRefused = "rst-refused"
  /// Never answered.
  case blackhole
  /// Worked, then silent for good.
  case cutoff
  /// One direction silent while the other is proven delivered.
  case oneWay = "one-way"
  /// Silent after a fixed count of packets or bytes.
  case freeze
  /// Packets lost independently of size, rate and queue.
  case randomDiscard = "random-discard"
  /// Token bucket without a queue.
  case policer
  /// Token bucket with a queue.
  case shaper
  /// A queue built by competing traffic.
  case congestion
  /// Radio-like clustered loss.
  case burstyLoss = "bursty-loss"
}

/// Direction of a flow: up is client to server.
public enum Direction: String, Sendable, CaseIterable, BitwiseCopyable {
  case up, down, both
}

/// Who did it.
public enum Attribution: String, Sendable, CaseIterable, BitwiseCopyable {
  case network, endpoint, unknown
}

/// How sure a verdict is; `none` belongs to `ok`.
public enum Grade: String, Sendable, CaseIterable, BitwiseCopyable {
  case confirmed, probable, consistent, none, inconclusive

  /// How sure it is: higher is surer; what is no finding has none.
  public var rank: Int {
    switch self {
    case .confirmed: 3
    case .probable: 2
    case .consistent: 1
    case .none, .inconclusive: 0
    }
  }
}

/// Application of a flow or call.
public enum Application: String, Sendable, CaseIterable, BitwiseCopyable {
  case whatsapp, telegram, max, signal, viber, messenger, meet, discord, zoom, teams, facetime, line, kakaotalk
  case snapchat, wechat, imo, webex, threema, geforcenow, vk, sip
  /// A WebRTC call of no known application.
  case webrtc
  /// WhatsApp or Messenger, undecidable.
  case meta
}

/// How well the application is known: `certain` = content only this application sends; `weak` = address or port alone.
public enum ApplicationGrade: String, Sendable, CaseIterable, BitwiseCopyable {
  case certain, likely, weak
}

/// The most specific wire protocol seen on a flow.
public enum WireProtocol: String, Sendable, CaseIterable, BitwiseCopyable {
  case unknown, stun, turn, dtls, srtp, rtp, rtcp, sip, tls, quic, dns, http, mtproto, zoom, discord
  case whatsappNoise = "whatsapp-noise"
  case telegramReflector = "telegram-reflector"
}

/// What a flow was for.
public enum Role: String, Sendable, CaseIterable, BitwiseCopyable {
  /// Carried audio or video.
  case media
  /// STUN, TURN, ICE or reflector without media.
  case connectivity
  case signalling, other
}

/// How far a call got.
public enum Stage: String, Sendable, BitwiseCopyable, CaseIterable {
  case signalling, relay, connectivity, handshake, media
}

/// The layer that was hit while lower ones went on.
public enum Scope: String, Sendable, CaseIterable, BitwiseCopyable {
  case dtls, media, quic
}

/// Who ended a call.
public enum EndedBy: String, Sendable, CaseIterable, BitwiseCopyable {
  case local, remote
}

/// How far a TCP connection was when it ended early (the words of Cloudflare Radar's "TCP resets and timeouts").
public enum ConnectionStage: String, Sendable, CaseIterable, BitwiseCopyable {
  case postSYN = "post_syn"
  case postACK = "post_ack"
  case postPSH = "post_psh"
  case laterInFlow = "later_in_flow"
}
