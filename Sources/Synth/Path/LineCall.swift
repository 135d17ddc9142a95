/// A call whose incoming media pass a line with devices on it: what the judges of caps are measured on.
///
/// The voice is of constant rate; the video's sender halves with loss and grows slowly without, as congestion control for
/// real-time media does, and sends key frames of four times the size. Devices begin to act a quarter into the call, so
/// that the time before is seen as well.
public struct LineCall: Sendable {
  /// What is sent.
  public enum Media: String, Sendable, CaseIterable {
    /// Voice every 20 ms.
    case voice
    /// Voice every 60 ms.
    case slowVoice = "slow-voice"
    /// Voice every 20 ms, and video of 25 frames a second, paced.
    case video
    /// Voice every 20 ms, and video of 15 frames a second, each sent at once.
    case unpacedVideo = "unpaced-video"
  }

  /// What is done to it on the line.
  public enum Device: Sendable, Equatable {
    /// Nothing.
    case none
    /// Nothing, with so much jitter.
    case jitter(Nanoseconds)
    /// Each packet is lost with this probability.
    case random(Double)
    /// Bursts as a radio link loses them: chance to begin, chance to end.
    case bursts(Double, Double)
    /// Policer: bit/s, bucket in bytes.
    case policer(Int64, Int64)
    /// Shaper: bit/s, milliseconds of queue.
    case shaper(Int64, Int64)
    /// A line of so many bit/s that others' transfers fill.
    case congestion(Int64)
  }

  /// What is sent.
  public var media: Media
  /// What is done to it.
  public var device: Device
  /// One-way delay of the line.
  public var delay: Nanoseconds
  /// How long media are sent.
  public var duration: Nanoseconds

  /// A call.
  public init(media: Media, device: Device, delay: Nanoseconds, duration: Nanoseconds) {
    self.media = media
    self.device = device
    self.delay = delay
    self.duration = duration
  }

  private static let client: HostAddress = "192.168.1.23"
  private static let server: HostAddress = "198.51.100.77"
  private static let other: HostAddress = "203.0.113.99"

  /// Frames at the client. The same seed gives the same frames.
  public func frames(seed: UInt64) -> [SynthFrame] {
    var generator = SeededGenerator(seed: seed &* 0x9E37 &+ 17)
    let start = duration / 4
    var line = Link(
      delay: delay, jitter: jitter, stages: stages, seed: generator.next())
    var clear = Link(delay: delay, jitter: jitter, seed: generator.next())
    let builder = FrameBuilder(snapshotLength: 96)
    let epoch = Nanoseconds.seconds(1_767_225_600)
    var frames: [SynthFrame] = []
    var sources = Sources(media, &generator)
    var load = Load(generator.fork())
    var time: Nanoseconds = 0
    while let sent = sources.next(before: duration) {
      time = sent.time
      if case .congestion(let rate) = device, time >= start {
        for moment in load.due(until: time, from: start, rate: rate) {
          let filler = SynthPacket(
            from: Self.other, to: Self.client,
            .udp(sourcePort: 443, destinationPort: 40_000, payload: [UInt8](repeating: 0, count: 1172)))
          load.learn(line.transit(filler, at: moment).isEmpty)
        }
      }
      if sent.isUp {
        let packet = SynthPacket(
          from: Self.client, to: Self.server, .udp(sourcePort: 41_000, destinationPort: 42_000, payload: sent.payload))
        frames.append(builder.frame(packet, at: epoch + time, outgoing: true))
        continue
      }
      let packet = SynthPacket(
        from: Self.server, to: Self.client, .udp(sourcePort: 42_000, destinationPort: 41_000, payload: sent.payload))
      let arrivals = time >= start ? line.transit(packet, at: time) : clear.transit(packet, at: time)
      if sent.isVideo { sources.learn(arrivals.isEmpty, at: time) }
      for arrival in arrivals { frames.append(builder.frame(packet, at: epoch + arrival, outgoing: false)) }
    }
    frames.sort { $0.time < $1.time }
    return frames
  }

  /// The capture as a pcap file.
  public func capture(seed: UInt64) -> [UInt8] { CaptureBytes.pcap(frames(seed: seed)) }

  private var jitter: Nanoseconds {
    if case .jitter(let most) = device { return most }
    return .milliseconds(1)
  }

  private var stages: [Link.Stage] {
    switch device {
    case .none, .jitter: []
    case .random(let probability): [.randomLoss(probability: probability, filter: .everything)]
    case .bursts(let begin, let end): [.burstLoss(BurstLoss(becomesBad: begin, becomesGood: end))]
    case .policer(let rate, let bucket): [.policer(Policer(rate: rate, burst: bucket))]
    case .shaper(let rate, let queue):
      [.shaper(Shaper(rate: rate, burst: 1600, queueLimit: max(3000, Int(rate * queue / 8000))))]
    case .congestion(let rate): [.shaper(Shaper(rate: rate, burst: 1600, queueLimit: Int(rate / 40)))]
    }
  }

  /// Others' transfers: they speed up until something is lost, then halve.
  private struct Load {
    private var window = 0.3
    private var latest: Nanoseconds = 0
    private var generator: SeededGenerator

    init(_ generator: SeededGenerator) { self.generator = generator }

    mutating func due(until time: Nanoseconds, from start: Nanoseconds, rate: Int64) -> [Nanoseconds] {
      var moments: [Nanoseconds] = []
      latest = max(latest, start)
      while true {
        let spread = 0.5 + Double(generator.number(in: 0...1000)) / 1000
        let gap = Nanoseconds(1200 * 8e9 / (Double(rate) * window) * spread)
        guard latest + gap <= time else { return moments }
        latest += gap
        moments.append(latest)
        window = min(1.5, window * 1.004)
      }
    }

    mutating func learn(_ isLost: Bool) {
      if isLost { window = max(0.2, window * 0.8) }
    }
  }

  /// The senders of both sides, in order of time.
  private struct Sources {
    struct Sent {
      let time: Nanoseconds
      let payload: [UInt8]
      let isUp: Bool
      let isVideo: Bool
    }

    private var voice: MediaStream
    private var answer: MediaStream
    private var video: MediaStream?
    private let interval: Nanoseconds
    /// Frames a second, and over how long the packets of one are spread.
    private let frameRate: Int
    private let pacing: Nanoseconds
    private var nextVoice: Nanoseconds = 0
    private var nextFrame: Nanoseconds = 0
    private var waiting: [Sent] = []
    private var generator: SeededGenerator
    private var rate: Double
    private let most: Double
    private var nextKey: Nanoseconds
    private var counted = (lost: 0, all: 0)
    private var learned: Nanoseconds = 0

    init(_ media: Media, _ generator: inout SeededGenerator) {
      interval = media == .slowVoice ? .milliseconds(60) : .milliseconds(20)
      let size = media == .slowVoice ? 180...240 : 60...90
      func stream(_ type: UInt8, _ step: UInt32, _ sizes: ClosedRange<Int>) -> MediaStream {
        MediaStream(
          payloadType: type, timestampStep: step, payloadLengths: sizes,
          protection: .counterMode(mediaTag: 10, controlTag: 10), generator: generator.fork())
      }
      let step: UInt32 = media == .slowVoice ? 2880 : 960
      voice = stream(111, step, size)
      answer = stream(111, step, size)
      video = media == .video || media == .unpacedVideo ? stream(96, 0, 1000...1100) : nil
      (frameRate, pacing) = media == .video ? (25, 16_000_000) : (15, 1_000_000)
      most = [300_000, 600_000, 1_200_000][generator.number(in: 0...2)]
      rate = most
      nextKey = Nanoseconds(generator.number(in: 2_000...6_000)) * 1_000_000
      self.generator = generator.fork()
    }

    mutating func next(before end: Nanoseconds) -> Sent? {
      while true {
        let frame = video == nil ? Nanoseconds.max : nextFrame
        if let first = waiting.first, first.time <= min(nextVoice, frame) { return waiting.removeFirst() }
        guard min(nextVoice, frame) < end else { return waiting.isEmpty ? nil : waiting.removeFirst() }
        if nextVoice <= frame {
          insert(Sent(time: nextVoice, payload: voice.nextPacket(), isUp: false, isVideo: false))
          insert(Sent(time: nextVoice + 1_000_000, payload: answer.nextPacket(), isUp: true, isVideo: false))
          nextVoice += interval
        } else {
          sendFrame()
        }
      }
    }

    private mutating func insert(_ sent: Sent) {
      var place = waiting.count
      while place > 0, waiting[place - 1].time > sent.time { place -= 1 }
      waiting.insert(sent, at: place)
    }

    private mutating func sendFrame() {
      var bytes = rate / 8 / Double(frameRate) * (0.6 + Double(generator.number(in: 0...800)) / 1000)
      if nextFrame > nextKey {
        bytes *= 4
        nextKey = nextFrame + Nanoseconds(generator.number(in: 4_000...10_000)) * 1_000_000
      }
      let count = max(1, Int((bytes / 1100).rounded(.up)))
      let size = max(60, min(1100, Int(bytes) / count))
      video?.payloadLengths = max(50, size - 20)...size
      for packet in 0..<count {
        // All packets of a frame have its time stamp, and the last the marker; a pacer spreads them over two fifths of the
        // interval.
        let isLast = packet == count - 1
        video?.timestampStep = isLast ? UInt32(90_000 / frameRate) : 0
        if let payload = video?.nextPacket(marker: isLast) {
          insert(
            Sent(
              time: nextFrame + Nanoseconds(packet) * pacing / Nanoseconds(count), payload: payload, isUp: false,
              isVideo: true))
        }
      }
      nextFrame += Nanoseconds(1_000_000_000 / frameRate)
    }

    mutating func learn(_ isLost: Bool, at time: Nanoseconds) {
      counted.all += 1
      if isLost { counted.lost += 1 }
      guard time - learned > .seconds(1) else { return }
      let share = Double(counted.lost) / Double(counted.all)
      if share > 0.1 { rate *= 1 - 0.5 * share } else if share < 0.02 { rate *= 1.08 }
      rate = min(most, max(60_000, rate))
      counted = (0, 0)
      learned = time
    }
  }
}

extension LineCall {
  /// A call from words as `voice policer 24000 8000 20ms 60s`: media, device with its numbers, one-way delay, duration; nil
  /// if they are not understood.
  public init?(_ words: [String]) {
    guard words.count >= 4, let media = Media(rawValue: words[0]),
      let delay = Int64(words[words.count - 2].dropLast(2)),
      let seconds = Int64(words[words.count - 1].dropLast(1))
    else { return nil }
    let numbers = words[2..<(words.count - 2)].compactMap(Double.init)
    let device: Device
    switch (words[1], numbers.count) {
    case ("none", 0): device = .none
    case ("jitter", 1): device = .jitter(Nanoseconds(numbers[0] * 1e6))
    case ("random", 1): device = .random(numbers[0])
    case ("bursts", 2): device = .bursts(numbers[0], numbers[1])
    case ("policer", 2): device = .policer(Int64(numbers[0]), Int64(numbers[1]))
    case ("shaper", 2): device = .shaper(Int64(numbers[0]), Int64(numbers[1]))
    case ("congestion", 1): device = .congestion(Int64(numbers[0]))
    default: return nil
    }
    self.init(media: media, device: device, delay: .milliseconds(Int(delay)), duration: .seconds(Int(seconds)))
  }
}
