/// Every number that becomes a claim. Protocol constants are not here: they stay beside their format in `Wire`.
public struct Thresholds: Sendable {
  /// Flow lifetimes and table size.
  public struct Flow: Sendable {
    /// A UDP flow ends after this silence.
    public var udpIdle = Threshold(180e9, .nanoseconds, "record format, flow table: UDP idle timeout 180 s")
    /// Most flows held at once.
    public var maximum = Threshold(4_000_000, .count, "about 1 GB of state; design, bounded memory")
    /// Flows looked at to find the oldest when one has to go.
    public var evictionScan = Threshold(64, .count, "own choice: bounds the cost of one eviction")
    /// Most RTP streams kept per flow.
    public var streams = Threshold(64, .count, "own choice; a Meet conference shows 20 to 40 SSRCs")
  }

  /// Recognition of media.
  public struct Media: Sendable {
    /// Forward steps with one SSRC and direction before a flow is called RTP.
    public var confirmingSteps = Threshold(2, .count, "METHOD.md W3: three packets, 0 of 665 flows wrong")
    /// Largest forward step that confirms.
    public var maximumStep = Threshold(100, .count, "METHOD.md W3: step 1..100")
  }

  /// Which flows are of one call (METHOD.md M7).
  public struct Calls: Sendable {
    /// Flows of one client that begin within this time of each other's span may belong to one call.
    public var slack = Threshold(
      10e9, .nanoseconds, "own choice: relays are tried within seconds, one after the other")
    /// Credentials made at random for one call tie flows that are this far apart.
    public var memory = Threshold(600e9, .nanoseconds, "own choice: TURN's default lifetime, RFC 8656 section 3.2")
    /// A stream that goes on elsewhere after this long is no longer taken for the same call's.
    public var streamMemory = Threshold(
      60e9, .nanoseconds, "own choice: twice the 30 s of consent, RFC 7675 section 5.1")
    /// A stream or tag that moves to another path may be seen on both for so long.
    public var handover = Threshold(2e9, .nanoseconds, "own choice: packets on their way and a last check or two")
    /// The client silent on all flows for so long: what begins then with credentials of its own is another call.
    public var pause = Threshold(1e9, .nanoseconds, "own choice: an ICE restart takes less, a redial by hand more")
    /// The client silent on all flows for so long: what begins then, tied to none of them, is another call.
    public var silence = Threshold(
      5e9, .nanoseconds, "own choice: calls that are up or being set up send more often, even where nobody speaks")
    /// Media silent for so long: what begins then with media of its own is another call.
    public var mediaPause = Threshold(2e9, .nanoseconds, "own choice: as above, and the ringing of the next call")
    /// Media of one kind beside each other for so long are two calls, no hand-over.
    public var overlap = Threshold(3e9, .nanoseconds, "own choice: longer than any hand-over seen in the laboratory")
    /// Media after a sign of hang-up for longer than this: it was no end of the call.
    public var afterHangUp = Threshold(3e9, .nanoseconds, "own choice: packets under way, and the peer's reaction")
    /// Media of the other end that ended longer than this before this end's sign of hang-up: perhaps the other end hung up.
    public var release = Threshold(
      40e6, .nanoseconds,
      "own choice: two frames of 20 ms, for as long nobody knows that the other end has stopped; signalling takes longer through a server"
    )
    /// Media that SIP described may run on for so long after the end.
    public var afterEnd = Threshold(
      5e9, .nanoseconds, "own choice: a BYE is repeated for seconds, RFC 3261 section 17.1.2")
  }

  /// Silence: black hole, cut-off, one-way.
  public struct Silence: Sendable {
    /// Independent trials: distinct one-second bins with an unanswered request.
    public var trials = Threshold(4, .count, "METHOD.md M2.3 and A")
    /// Span of the unanswered requests.
    public var span = Threshold(3e9, .nanoseconds, "METHOD.md M2.3 and A")
    /// Width of a trial bin.
    public var bin = Threshold(1e9, .nanoseconds, "METHOD.md M2.3: one trial = one 1-s bin")
    /// A media path is dead after this long without a packet while the other side goes on sending.
    public var cutoff = Threshold(8e9, .nanoseconds, "METHOD.md M2.5: silence >= max(8 s, 3 x largest gap)")
    /// Multiple of the largest earlier gap that a silence must exceed.
    public var gapFactor = Threshold(3, .ratio, "METHOD.md M2.5")
    /// TCP: unanswered retransmissions of one segment.
    public var retransmissions = Threshold(4, .count, "RFC 6298 doubling: four copies span >= 3 s from RTO 200 ms")
    /// TCP: unanswered SYN.
    public var synTrials = Threshold(4, .count, "METHOD.md M2.3: four trials")
    /// A control overlaps the test interval by this slack on either side.
    public var controlOverlap = Threshold(5e9, .nanoseconds, "METHOD.md M2.3 step 3")
    /// A pause between requests that nobody makes who waits for an answer.
    public var requestPause = Threshold(
      5e9, .nanoseconds,
      "own choice: RFC 8489 section 6.2.1 repeats a request after .5 s, RFC 3261 section 17.1 after .5 to 4 s")
    /// Flows of several networks that fall silent within this time did so together.
    public var together = Threshold(2e9, .nanoseconds, "own choice: METHOD.md M2.5; two beats of media's keep-alives")
    /// Share of the requests beside media that must be answered, at two deviations, for a path to be sound.
    public var answeredShare = Threshold(
      0.8, .ratio, "own choice: METHOD.md M2.5; clean calls of two laboratory sets answer above .9")
    /// What came to nobody for so long behind that may not have reached the client's line.
    public var lineGap = Threshold(3e9, .nanoseconds, "own choice: METHOD.md M2.5")
    /// After a sign of hang-up nothing is owed any more.
    public var hangUp = Threshold(
      2e9, .nanoseconds, "METHOD.md L: alert 0.1 s after a hang-up, with slack")
    /// An idle time before the silence that a NAT binding may not survive.
    public var natIdle = Threshold(30e9, .nanoseconds, "METHOD.md M2.6: NAT binding expiry after 30 s idle")
    /// Packets both ways after which a path that falls silent may have been frozen by count.
    public var freezeLeastPackets = Threshold(14, .count, "METHOD.md M2.5: k in 14..34")
    /// The most of them.
    public var freezeMostPackets = Threshold(34, .count, "METHOD.md M2.5: k in 14..34")
    /// Payload bytes both ways after which a path that falls silent may have been frozen by volume.
    public var freezeLeastBytes = Threshold(10_000, .bytes, "METHOD.md M2.5: 10 to 26 KB")
    /// The most of them.
    public var freezeMostBytes = Threshold(26_000, .bytes, "METHOD.md M2.5: 10 to 26 KB")
    /// Flows that a rule by count takes.
    public var freezeFlows = Threshold(3, .count, "METHOD.md M2.5: >= 3 flows")
    /// Difference of packet counts up to which they are one.
    public var freezeSpread = Threshold(6, .count, "METHOD.md M2.5: max k - min k <= 6")
    /// What two servers sent differs by so much, or they may have sent the same.
    public var freezeAmount = Threshold(
      32, .bytes,
      "own choice: signatures vary by a few bytes (RFC 3279 section 2.2.3), certificates of two sites by more")
    /// Coefficient of variation of byte counts up to which they are one.
    public var freezeVariation = Threshold(0.25, .ratio, "METHOD.md M2.5: CV(b) <= .25")
    /// Networks that were silent, from which on few that answered are the exception.
    public var allowedNetworks = Threshold(5, .count, "own choice: METHOD.md M2.2 U12; one outage hits fewer")
    /// Notices of a filter from the path that explain what was not answered.
    public var notices = Threshold(2, .count, "own choice: one may be a stray; METHOD.md M2.2 U14")
    /// QUIC Initials that were not answered while TCP to the same host works.
    public var initials = Threshold(3, .count, "record format: >= 3 Initials")
    /// Packets of a QUIC client's to silence that may all be probes.
    public var probes = Threshold(
      24, .count, "own choice: two at each of pauses that double (RFC 9002 section 6.2), a dozen of them")
    /// Mean payload of a client that mostly acknowledges.
    public var acknowledgment = Threshold(
      64, .bytes,
      "own choice: 1-RTT header, id of 8 to 20, an ACK frame and a tag of 16 take 33 to 60 (RFC 9000 section 19.3)")
    /// Share of a silence that its longest pause takes, or more, where what is sent are probes.
    public var probeShare = Threshold(
      0.25, .ratio, "own choice: pauses that double make the last one half; RFC 9002 section 6.2.1")
    /// Span of them.
    public var initialSpan = Threshold(1e9, .nanoseconds, "record format: over >= 1 s")
    /// Requests' one-second bins of a silence that ended.
    public var pauseTrials = Threshold(3, .count, "own choice: one a second over the record format's 3 s")
    /// Share of the other direction's media that may be missing where one direction alone is silent.
    public var oneWayLoss = Threshold(0.1, .ratio, "own choice: the other direction must be proven delivered")
    /// Time after which a peer that gets no answers has stopped to send.
    public var consent = Threshold(
      36e9, .nanoseconds, "RFC 7675 section 5.1: consent ends 30 s after the last answer, checks are 4 to 6 s apart")
    /// Chance of the row of unanswered requests if each is lost as often as the earlier ones.
    public var rowChance = Threshold(
      0.002, .ratio, "METHOD.md M2.5: six requests after one that was answered, seven after three of which one was not")
    /// How much longer than the fastest answer the last one before a silence took, from which on a queue explains it.
    public var waited = Threshold(50, .milliseconds, "METHOD.md M2.5: 700 ms and more where a queue was full")
    /// Largest payload that any path carries, so that what is larger may have met its limit.
    public var leastPathPayload = Threshold(
      536, .bytes, "RFC 9293 section 3.7.1: what every IPv4 host takes, 576 bytes less the headers of IP and TCP")
    /// The same over IPv6, and over nearly all of IPv4.
    public var pathPayload = Threshold(
      1_200, .bytes, "RFC 8200 section 5: 1280 bytes pass everywhere over IPv6; less the headers of IP and TCP")
    /// Bytes that a record may leave of the segment which it is to fill.
    public var segmentSpare = Threshold(
      91, .bytes,
      "1,460 less the 1,369 of nginx's dynamic records, chosen to fit one segment: Cloudflare, Optimizing TLS over TCP, 2016"
    )
    /// A segment that came so much later than the one before was written by itself, if two round trips are less.
    public var segmentPause = Threshold(
      50e6, .nanoseconds, "own choice: at 256 kbit/s a segment of 1,500 bytes takes 47 ms")
    /// Largest packet that any path carries, with its IP header.
    public var pathPacket = Threshold(1_280, .bytes, "RFC 8200 section 5: what every link carries over IPv6")
    /// Media of one side that proves a call was up, for a verdict on the other side's missing media.
    public var mediaSpan = Threshold(5e9, .nanoseconds, "METHOD.md M6.2: < 5 s of media is inconclusive")
  }

  /// Resets.
  public struct Reset: Sendable {
    /// Sequence slack, bytes.
    public var sequenceSlack = Threshold(2, .bytes, "NDSS'09 RST_SEQ_CHANGE: +2; METHOD.md A: rst.seq_tol")
    /// Reordering that explains newer data, at least.
    public var reorder = Threshold(3e6, .nanoseconds, "METHOD.md M1.1: max(3 ms, RTT/4)")
    /// A reset earlier than this share of the handshake RTT after its trigger.
    public var early = Threshold(0.5, .ratio, "METHOD.md A: rst.early RTT/2")
    /// Nearer senders answer too fast for `early` to say anything.
    public var distance = Threshold(5e6, .nanoseconds, "own choice: beyond a LAN; lab RTT 40 ms, injector at 5 ms")
    /// Two resets of one side this close belong together.
    public var pairWindow = Threshold(2e9, .nanoseconds, "NDSS'09 RST_SEQ_CHANGE; METHOD.md A: rst.pair_window")
    /// IPv4 identification further on than this is no step of a connection's own counter.
    public var identification = Threshold(
      256, .count, "own choice: above M1.2's supporting 100; network cards number up to 64 copies at once")
    /// An idle time after which a NAT or load balancer may have forgotten a connection.
    public var idle = Threshold(
      5e9, .nanoseconds, "own choice: shorter than any idle timer known, so that a forgotten connection accuses nobody")
    /// A connection that began so long before may have been reset because its path changed since.
    public var fresh = Threshold(
      5e9, .nanoseconds, "own choice: a path seldom changes within the seconds since the handshake that showed it")
    /// Connections that one device forgot are reset as their next segments come, all of them within this time.
    public var stateLoss = Threshold(
      10e9, .nanoseconds, "own choice: apps send or are sent something every few seconds; measured: .2 to 2 s, M1.1")
    /// A radio that was idle for so long may have to be connected anew before it sends.
    public var radioIdle = Threshold(
      4e9, .nanoseconds, "own choice: under the 5 s and more after which phones' radios leave their connected state")
    /// Time between two copies of one reset that only a retransmission explains.
    public var repetition = Threshold(
      150e6, .nanoseconds, "own choice: under RFC 6298's least timers in use (Linux 200 ms), over any burst of resets")
    /// One side silent for so long, the other not: a connection that ended without a word.
    public var silence = Threshold(3e9, .nanoseconds, "METHOD.md M1.2 and A: raman.silence")
    /// Findings on one server within this time of each other: a block may outlast what set it off.
    public var residual = Threshold(480e9, .nanoseconds, "METHOD.md M1.5: 40 to 420 s known, and a minute")
    /// Connections that began so long apart: the radio that the first one's handshake may have waited for is awake.
    public var awake = Threshold(1e9, .nanoseconds, "own choice: radios sleep again after seconds, and wake up in less")
    /// Handshakes of one server that differ by no more than this ratio did not wait.
    public var steady = Threshold(
      1.1, .ratio,
      "own choice: beacons that a radio waits for are 100 ms apart, and queues rise and fall; the lab's idle lines: 1.02"
    )
    /// A TTL so close to the sender's may be that of what stands before it.
    public var front = Threshold(2, .count, "own choice: a load balancer stands a router or two before its servers")
    /// A refusal that so few routers passed on is no public server's to a private client, unless the server showed that TTL.
    public var refusalNear = Threshold(
      2, .count, "own choice: the client's router and the provider's; a public server stands beyond its own site's too")
    /// Refusals of one TTL that so few routers passed on may be one box's for all servers.
    public var refusalHops = Threshold(5, .count, "own choice: inside an access network; most servers are farther")
    /// They came after as long, to within this time.
    public var refusalSpread = Threshold(2e6, .nanoseconds, "own choice: one box answers all alike; as reset.local")
    /// They name servers in so many networks.
    public var refusalNetworks = Threshold(3, .count, "own choice: two networks may share a site")
    /// A reset this soon with an initial TTL came from a LAN box or the host's own firewall.
    public var local = Threshold(2e6, .nanoseconds, "record format: TTL 64/128/255 within 2 ms")
  }

  /// What raises a grade above `consistent`.
  public struct Grade: Sendable {
    /// Probability by chance, after Benjamini and Hochberg, below which silence may be `probable`.
    public var probability = Threshold(0.001, .ratio, "METHOD.md M6.2 and A: p_probable")
    /// Servers that were silent in the same way.
    public var servers = Threshold(2, .count, "METHOD.md M6.2: replicated on >= 2 server addresses")
    /// Calls or transfers that were capped in the same way, at one rate.
    public var capped = Threshold(3, .count, "METHOD.md M6.2: >= 3 calls")
    /// Share of a cap's time that a control must have gone on for.
    public var overlap = Threshold(0.5, .ratio, "METHOD.md M6.2: overlap of half the interval")
    /// Ratio of a control's rate to the cap from which on the line is not the limit.
    public var fullRate = Threshold(1.3, .ratio, "own choice: beyond the interval of any cap that is stated")
    /// Connections that were reset in the same way.
    public var connections = Threshold(3, .count, "METHOD.md M6.2: replication >= 3; A: rst.min_repeat")
  }

  /// Two capture points.
  public struct Pair: Sendable {
    /// One-second bins of packets that left one point and did not come to the other.
    public var bins = Threshold(3, .count, "METHOD.md M6.2: replication >= 3 trials")
    /// Packets of other flows that show that both points work.
    public var others = Threshold(20, .count, "own choice: 20 of 20 bound a loss below 14 % at 95 %")
    /// Share of them that must have arrived.
    public var share = Threshold(0.9, .ratio, "own choice: a line that loses a tenth of everything explains no silence")
  }

  /// What an `ok` must have seen.
  public struct Power: Sendable {
    /// Packets each way.
    public var packets = Threshold(2, .count, "own choice: a request and an answer")
    /// Bytes of a datagram that a capture must keep for what it carries to be told.
    public var payload = Threshold(
      25, .bytes,
      "RFC 6347 sections 4.1 and 4.2.2: headers of a record, 13 bytes, and of a handshake message, 12; those of STUN and RTP are shorter"
    )
    /// Media packets for a loss statement.
    public var mediaPackets = Threshold(300, .count, "METHOD.md A: cap: >= 300 packets")
    /// Lost media packets from which on loss is named.
    public var losses = Threshold(15, .count, "METHOD.md M6.2: < 15 losses is inconclusive")
    /// Share of lost media from which on loss is named.
    public var lossShare = Threshold(0.01, .ratio, "METHOD.md M3.7: < 1 % counts as none")
    /// Share that one stream among others lost from which on that is named.
    public var streamLoss = Threshold(0.03, .ratio, "METHOD.md M5: G.711 with concealment falls below 4.1 at 3 %")
    /// Share lost within a stretch of a call as long as a silence that counts, from which on that is named.
    public var stretchLoss = Threshold(0.1, .ratio, "METHOD.md M5: G.711 with concealment falls below 3.1 at 10 %")
    /// What comes so much later than the fastest is late, ms.
    public var late = Threshold(
      300, .milliseconds, "ITU-T G.114: 400 ms from mouth to ear at most, of which 100 are assumed; METHOD.md M5")
    /// Answers that take so much longer than the fastest are late, ms.
    public var lateAnswers = Threshold(
      400, .milliseconds, "ITU-T G.114: for both ways as much as it allows of one; METHOD.md M5")
    /// Share of retransmitted data segments from which on TCP loss is named.
    public var retransmissionShare = Threshold(0.02, .ratio, "own choice: twice the media share; TCP probes for loss")
    /// Data segments sent again from which on TCP loss is named where they are a large share of few.
    public var fewCopies = Threshold(5, .count, "own choice: a third of what is asked of many")
    /// Data segments that this needs.
    public var fewSegments = Threshold(20, .count, "own choice: a share of a fifth of fewer is known to no half of it")
    /// Their share.
    public var fewShare = Threshold(0.2, .ratio, "own choice: ten times what is asked of many")
    /// Pauses of a sender that had more to send, each twice as long as the one before, from which on its timer was what ended them.
    public var pauseRow = Threshold(
      3, .count, "RFC 6298 section 5.5: the timer is doubled; own choice: two ratios of 1.7 to 2.4 by chance")
    /// Such pauses of any length in what it owed, from which on a transfer is not sound.
    public var pauses = Threshold(
      5, .count, "own choice: a link that is lost for a second is so once or twice in a transfer")
    /// Seconds of media for a statement on media.
    public var mediaSpan = Threshold(5e9, .nanoseconds, "METHOD.md M6.2: < 5 s of media is inconclusive")
    /// Share of what is missing that the capture may have dropped itself.
    public var ownLoss = Threshold(0.5, .ratio, "own choice: what a verdict rests on is the larger part")
    /// Share of what was sent that the capture may have dropped itself.
    public var ownShare = Threshold(0.05, .ratio, "own choice: a cap is stated to within 10 %")
    /// Of the quarters of a second in which either direction of a call lacks packets, the share in which both do, from which on the
    /// capture may have missed both.
    public var sharedMoments = Threshold(
      0.7, .ratio, "own choice: of times of which either has at most half a third is shared by chance")
    /// Frames that a capture takes in elsewhere in as long as it was still: then it may have paused.
    public var holeFrames = Threshold(20, .count, "own choice: of 20 expected none comes by chance once in 5e8")
    /// Packets captured twice from which on the capture is one of doubles.
    public var twins = Threshold(10, .count, "own choice: networks double a packet now and then")
    /// And their share of its frames.
    public var twinShare = Threshold(0.01, .ratio, "own choice: a capture on `any` doubles some flows, not all")
    /// What happened so soon before a capture's end, or began so soon after its start, was not seen whole.
    public var captureEdge = Threshold(5e9, .nanoseconds, "METHOD.md M6.3: start and end within 5 s")
  }

  /// Comparing the rates of two flows.
  public struct Comparison: Sendable {
    /// Seconds of each that a test needs.
    public var samples = Threshold(8, .count, "METHOD.md M4: with fewer only the order is said")
    /// Difference of the means, over the larger, beyond which they differ.
    public var area = Threshold(0.5, .ratio, "METHOD.md M4: Wehe's server, T")
    /// The same, and bounds of the shift over the larger mean, within which flows went alike whatever else a test says.
    public var alike = Threshold(0.1, .ratio, "METHOD.md M4: as the record format's scorer has rates")
    /// p of the Kolmogorov-Smirnov test below which they differ.
    public var p = Threshold(0.01, .ratio, "METHOD.md M4: Wehe's server, a")
  }

  /// What estimates of speech quality assume.
  public struct Quality: Sendable {
    /// Packets that an estimate needs.
    public var packets = Threshold(100, .count, "own choice: two seconds of speech in packets of 20 ms")
    /// Share of a video's packets whose loss is seen.
    public var frozenShare = Threshold(0.02, .ratio, "own choice: one in fifty hits a picture every second or two")
    /// Share of a voice's packets whose loss is heard.
    public var heardShare = Threshold(0.03, .ratio, "METHOD.md M5: G.711 with concealment falls below 4.1 at 3 %")
    /// Mean run of losses that concealment does not bridge, ms.
    public var concealed = Threshold(60, .milliseconds, "ITU-T G.711 Appendix I: muted after 60 ms of concealment")
    /// Mouth to ear, ms.
    public var delay = Threshold(100, .milliseconds, "assumed: a capture does not tell it; METHOD.md M5")
    /// Ie of G.711, and of codecs that have none.
    public var equipmentG711 = Threshold(0, .ratio, "ITU-T G.113 Appendix I: G.711")
    /// Bpl of G.711 with concealment, and of codecs that have none.
    public var robustnessG711 = Threshold(25.1, .ratio, "ITU-T G.113 Appendix I: G.711 with concealment")
    /// Ie of G.729.
    public var equipmentG729 = Threshold(11, .ratio, "ITU-T G.113 Appendix I: G.729A with VAD")
    /// Bpl of G.729.
    public var robustnessG729 = Threshold(19, .ratio, "ITU-T G.113 Appendix I: G.729A with VAD")
  }

  /// Scores: shares of impaired flows among the labelled flows that got the verdict.
  public struct Score: Sendable {
    /// Nothing wrong seen.
    public var ok = Threshold(0.02, .ratio, "scripts/reliability.txt, 2026-11: 28 of 2,434, rounded up")
    /// Never answered.
    public var blackhole = Threshold(0.99, .ratio, "scripts/reliability.txt, 2026-11: 139 of 139, (n + 1) / (n + 2)")
    /// Went silent.
    public var cutoff = Threshold(0.99, .ratio, "scripts/reliability.txt, 2026-11: 163 of 163 with freeze and one-way")
    /// A third party's reset.
    public var resetInjected = Threshold(
      0.99, .ratio, "scripts/reliability.txt, 2026-11: 170 of 170, (n + 1) / (n + 2)")
    /// A packet rewritten into a reset.
    public var resetRewritten = Threshold(
      0.97, .ratio, "scripts/reliability.txt, 2026-11: 32 of 32, (n + 1) / (n + 2)")
    /// An endpoint's own reset.
    public var resetEndpoint = Threshold(0.01, .ratio, "scripts/reliability.txt, 2026-11: 0 of 182, (n + 1) / (n + 2)")
    /// Policed.
    public var policer = Threshold(0.99, .ratio, "scripts/reliability.txt, 2026-11: 96 of 96, (n + 1) / (n + 2)")
    /// Shaped.
    public var shaper = Threshold(0.98, .ratio, "scripts/reliability.txt, 2026-11: 45 of 45, (n + 1) / (n + 2)")
    /// Discarded at random.
    public var randomDiscard = Threshold(0.95, .ratio, "scripts/reliability.txt, 2026-11: 19 of 19, (n + 1) / (n + 2)")
    /// Loss without a told mechanism.
    public var degraded = Threshold(
      0.05, .ratio, "scripts/reliability.txt, 2026-11: 8 of 149: most lossy lines are bad lines")
  }

  /// Flow lifetimes and table size.
  public var flow = Flow()
  /// Recognition of media.
  public var media = Media()
  /// Which flows are of one call.
  public var calls = Calls()
  /// Silence detectors.
  public var silence = Silence()
  /// Reset detector.
  public var reset = Reset()
  /// Grades.
  public var grade = Grade()
  /// Two capture points.
  public var pair = Pair()
  /// Power of an `ok`.
  public var power = Power()
  /// Caps and what looks like them.
  public var cap = Cap()
  /// Comparing two flows.
  public var comparison = Comparison()
  /// Speech quality.
  public var quality = Quality()
  /// Scores.
  public var score = Score()

  /// Defaults.
  public init() {}
}
