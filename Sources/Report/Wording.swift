internal import Verdict

/// The words for people: one place, so that no report claims more than another.
enum Wording {
  /// The application of a call where more than an address says so.
  static func name(_ call: CallRecord) -> String { name(call.applicationGrade == .weak ? nil : call.application) }

  /// Display name.
  static func name(_ application: Application?) -> String {
    switch application {
    case .whatsapp: "WhatsApp"
    case .telegram: "Telegram"
    case .max: "Max"
    case .signal: "Signal"
    case .viber: "Viber"
    case .messenger: "Messenger"
    case .meet: "Google Meet"
    case .discord: "Discord"
    case .zoom: "Zoom"
    case .teams: "Teams"
    case .facetime: "FaceTime"
    case .line: "LINE"
    case .kakaotalk: "KakaoTalk"
    case .snapchat: "Snapchat"
    case .wechat: "WeChat"
    case .imo: "imo"
    case .webex: "Webex"
    case .threema: "Threema"
    case .geforcenow: "GeForce NOW"
    case .vk: "VK"
    case .sip: "SIP"
    case .webrtc: "WebRTC"
    case .meta: "WhatsApp or Messenger"
    case nil: "unknown"
    }
  }

  /// How far a call got.
  static func stage(_ stage: Stage) -> String {
    switch stage {
    case .signalling: "signalling"
    case .relay: "the relays"
    case .connectivity: "the connectivity checks"
    case .handshake: "the handshake"
    case .media: "media"
    }
  }

  /// What was seen on a call; a call that died at a stage died on the step after it.
  static func observation(_ verdict: Judgment, stage: Stage) -> String {
    guard verdict.outcome == .dropped, verdict.mechanism == .blackhole, verdict.scope == nil else {
      return observation(verdict)
    }
    switch stage {
    case .signalling: return "no relay answered"
    case .relay: return "no connectivity check was answered"
    case .connectivity: return "the handshake was never answered"
    case .handshake: return "no media was answered"
    // Media ran all the same, between the peers themselves or over TCP.
    case .media: return "no relay answered"
    }
  }

  /// What was seen, without a cause.
  static func observation(_ verdict: Judgment) -> String {
    switch (verdict.outcome, verdict.mechanism) {
    case (.ok, _): return "nothing wrong seen"
    case (.inconclusive, _): return "no verdict possible"
    case (_, .resetInjected), (_, .resetRewritten): return "a reset ended it"
    case (_, .resetEndpoint): return "an endpoint aborted it"
    case (_, .resetRefused): return "the port was closed"
    case (.reset, _): return "a reset ended it"
    case (_, .blackhole): return layer(verdict.scope, "never answered")
    case (_, .cutoff):
      return hasEnded(verdict)
        ? "went silent for a time, then worked again" : layer(verdict.scope, "worked, then went silent")
    case (_, .oneWay):
      switch verdict.direction {
      case .up: return "the outgoing direction went silent"
      case .down: return "the incoming direction went silent"
      case .both, nil: return "one direction went silent"
      }
    case (_, .freeze):
      // One flow shows no constancy.
      return verdict.hasAlternative("cut-off-by-chance")
        ? "went silent early" : "went silent after a fixed amount of data"
    case (_, .randomDiscard): return "packets were lost whatever their size and rate"
    case (_, .policer): return "packets above a fixed rate were lost"
    case (_, .shaper): return "packets above a fixed rate were held back"
    case (_, .congestion): return "packets were lost behind a queue, at a rate that varied"
    case (_, .burstyLoss): return "packets were lost in bursts, as on a radio link"
    case (.dropped, nil): return "packets went missing"
    case (.capped, nil): return "the rate was held at a limit"
    case (.degraded, nil): return "packets were lost or late"
    }
  }

  private static func layer(_ scope: Scope?, _ text: String) -> String {
    switch scope {
    case .dtls: "the DTLS handshake: " + text
    case .media: "media: " + text
    case .quic: "QUIC: " + text
    case nil: text
    }
  }

  /// Which direction's loss this capture cannot tell; nil where both are seen, or none. Why is not said: it may be captured
  /// close to its sender, or carry no media.
  static func unseen(_ verdict: Judgment) -> String? {
    // A verdict on one direction that its own numbers do not show rests on reports: that one is seen.
    switch (
      verdict.lossUp ?? (verdict.direction == .up ? 0 : nil), verdict.lossDown ?? (verdict.direction == .down ? 0 : nil)
    ) {
    case (nil, .some): "of what this side sent, loss is not seen in this capture"
    case (.some, nil): "of what the other side sent, loss is not seen in this capture"
    default: nil
    }
  }

  /// What a finding may be taken for, said as strongly as its grade allows; nil where nothing is claimed. Never who.
  static func claim(_ verdict: Judgment) -> String? {
    guard verdict.isFinding else { return nil }
    let cause =
      switch verdict.mechanism {
      case .resetInjected: "a reset by a third party"
      case .resetRewritten: "a packet turned into a reset on the path"
      case .freeze: "a volume limit on the path"
      case .randomDiscard: "random discarding on the path"
      case .policer: "a policer on the path"
      case .shaper: "a shaper on the path"
      default:
        switch verdict.outcome {
        case .reset: "a reset made on the path"
        case .capped: "a bandwidth cap on the path"
        default:
          if verdict.hasAlternative("service-outage") {
            "dropping on the path, unless the service was down"
          } else if verdict.hasAlternative("peer-line") || verdict.hasAlternative("peer-gone") {
            // One capture tells no peer's line from the path to it, and peers roam, sleep and leave more often than paths fail.
            "dropping on the path, or the peer being away"
          } else {
            "dropping on the path"
          }
        }
      }
    switch verdict.grade {
    case .confirmed: return "shown: " + cause
    case .probable: return "probably " + cause
    case .consistent: return "consistent with " + cause
    case .none, .inconclusive: return nil
    }
  }

  /// The word in capitals.
  static func headline(_ verdict: Judgment) -> String {
    switch verdict.outcome {
    case .ok: "OK"
    case .reset: verdict.isFinding ? "RESET" : "ENDED BY RESET"
    case .dropped: verdict.mechanism == .freeze ? "FROZEN" : "DROPPED"
    case .capped: "CAPPED"
    case .degraded: "DEGRADED"
    case .inconclusive: "NO VERDICT"
    }
  }

  /// Verb for a call that met a finding: only what is shown is said as a fact.
  static func verb(_ verdict: Judgment, masked: Bool) -> String {
    let done =
      switch verdict.outcome {
      case .capped: "held to a rate"
      case .reset: "reset"
      default: "blocked"
      }
    if masked { return "met trouble but \(wentOn(verdict))" }
    // It ran on all the same.
    if verdict.mechanism == .randomDiscard { return "was disturbed" }
    let isPause = hasEnded(verdict)
    switch verdict.grade {
    case .confirmed: return "was " + (isPause ? "interrupted" : done)
    case .probable: return "was probably " + (isPause ? "interrupted" : done)
    default:
      if isPause { return "paused" }
      if verdict.mechanism == .oneWay { return "went one way" }
      return verdict.outcome == .capped ? "seems held to a rate" : "failed"
    }
  }

  /// What became of a call whose first path was interfered with: its media were seen, or TCP carried as much as media do.
  static func wentOn(_ verdict: Judgment) -> String {
    verdict.evidence.contains { $0.code.isSame(as: "u13_carried_on_over_tcp") }
      ? "seems to have gone on over another path" : "went on over another path"
  }

  /// Its silence ended.
  private static func hasEnded(_ verdict: Judgment) -> Bool {
    verdict.evidence.contains { $0.code.isSame(as: "silence_that_ended") }
  }

  /// What a call lacked for a verdict, as the first line tells whoever was in it.
  static func gap(_ code: StaticString) -> String {
    switch code.description {
    case "no_media_back": "media went out, and none came back"
    case "media_stopped": "the media of one side stopped, and why is not told"
    case "nothing_owed": "the other side fell silent, and nothing owed an answer"
    case "peer_behind_relay": "nothing came any more, from the peer or from the relay"
    case "no_media": "no media was seen"
    case "other_path": "its media took two paths, and what is missing on one may have come over the other"
    case "invite_unanswered": "the call was asked for and never answered"
    case "late_answers": "answers came very late"
    case "monitor_capture": "a radio in monitor mode recorded it, and what that missed looks lost"
    default: words(code)
    }
  }

  /// A code of the record format in words: a known one as a sentence would put it, else its own letters.
  static func words(_ code: StaticString) -> String {
    let plain = String(code.description.map { $0 == "_" || $0 == "-" ? " " : $0 })
    switch plain {
    case "pair cut short": return "datagrams cut so short that the two captures cannot be compared"
    case "pair of one point": return "both captures were taken at one point: nothing lies between them to judge"
    case "dns answer origin": return "two answers to one DNS question contradict each other"
    case "not ip": return "not IP"
    case "state lost": return "whether a device on the way lost its state"
    case "page origin": return "a page came sooner than its server could send it"
    case "close origin": return "a close came sooner than its server could send it"
    case "reset origin": return "who sent a reset"
    case "other stack": return "a system that leaves timestamps out of its resets"
    case "local link": return "the local link was down"
    case "access line": return "the line of this side was down"
    case "peer line": return "the line of the other side was down"
    case "udp egress filter": return "a local firewall that lets no UDP out"
    case "peer offline": return "the peer was offline"
    case "peer candidate": return "a peer's address that need not answer"
    case "server busy": return "a server too busy to answer"
    case "peer hangup", "hangup", "app hangup": return "somebody hung up"
    case "strict nat", "peer nat", "nat": return "a strict NAT at one end"
    case "nat timeout", "nat expiry": return "a NAT that forgot the mapping"
    case "nat full": return "a NAT without room for new flows"
    case "enterprise firewall": return "a firewall of the client's own network"
    case "service outage": return "the service was down"
    case "aqm": return "a managed queue"
    case "sender thinning": return "a sender that left packets out"
    case "bufferless bottleneck": return "a bottleneck without a buffer"
    case "server down", "server failure": return "the server was down"
    case "server policy": return "the server's own policy"
    case "wifi loss", "radio loss", "radio": return "loss on the radio link"
    case "host firewall", "local firewall": return "a firewall on the host or the local network"
    case "lan box": return "a device on the local network"
    case "path mtu", "pmtu": return "packets too large for the path"
    case "sender cap": return "the sender's own rate limit"
    case "plan limit": return "the rate of the subscription"
    case "server limit": return "a limit of the service's own"
    case "kernel drops", "capture drops": return "the capture lost packets"
    case "one sided", "one sided capture": return "only one direction was captured"
    case "mid stream", "started mid flow": return "began before the capture"
    default: return plain
    }
  }
}
