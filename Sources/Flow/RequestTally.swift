/// Requests of one kind from one side and whether answers came: trials, collapsed into one-second bins.
///
/// Retransmissions within a second are one trial (METHOD.md M2.3 step 1: the 90-hello ladder is about 44 trials).
public struct RequestTally: Sendable, BitwiseCopyable {
  /// Requests sent.
  public var asked: UInt32 = 0
  /// Answers received.
  public var answered: UInt32 = 0
  /// First request, ns since the epoch.
  public var first = Int64.min
  /// Latest request.
  public var last = Int64.min
  /// First answer; `Int64.max` if none.
  public var firstAnswer = Int64.max
  /// Latest answer.
  public var lastAnswer = Int64.min
  /// First request since the latest answer.
  public var runStart = Int64.min
  /// Requests since the latest answer.
  public var run: UInt32 = 0
  /// One-second bins with a request since the latest answer.
  public var runBins: UInt32 = 0
  /// One-second bins with a request over the whole flow.
  public var bins: UInt32 = 0
  /// The request before the latest.
  private var beforeLast = Int64.min
  /// Latest request that another one followed before any answer.
  public private(set) var lastLost = Int64.min
  /// The longest row of unanswered requests that an answer ended, after earlier ones: its first request.
  public private(set) var pauseStart = Int64.min
  /// From it to the last request that no answer can have answered, ms, saturating.
  public private(set) var pauseMilliseconds: UInt32 = 0
  /// One-second bins with a request in it, saturating.
  public private(set) var pauseBins: UInt16 = 0
  /// Frames, relative to the flow's first, of the first request in it and of the latest one kept that is known to be unanswered.
  private var pauseFrames: [2 of UInt32] = [0, 0]
  /// Answers that the asking side gave in it to requests that are not in the capture, from a second behind its start on: saturating.
  public private(set) var pauseAnswers: UInt8 = 0
  private var runAnswers: UInt8 = 0
  private var bin = Int64.min
  /// Frames, relative to the flow's first, of the first requests since the latest answer.
  public var frames: [8 of UInt32] = .init(repeating: 0)
  /// When these and the next ones were sent, in units of 10 ms since the first of them, saturating.
  public var times: [12 of UInt16] = .init(repeating: 0)
  /// Frame of the latest request.
  public var lastFrame: UInt32 = 0

  /// Nothing asked.
  public init() {}

  /// A request; `width` is the bin width in ns.
  public mutating func ask(time: Int64, frame: UInt32, width: Int64) {
    asked &+= 1
    if first == .min { first = time }
    if run == 0 {
      runStart = time
      runBins = 0
      bin = .min
    }
    let place = (time &- first) / width
    if place != bin {
      bin = place
      runBins &+= 1
      bins &+= 1
    }
    if run < 8 { frames[Int(run)] = frame }
    if run < 12 { times[Int(run)] = UInt16(clamping: (time &- runStart) / 10_000_000) }
    if run > 0 { lastLost = last }
    run &+= 1
    beforeLast = last
    last = time
    lastFrame = frame
  }

  /// An answer.
  public mutating func answer(time: Int64) {
    if answered > 0, runBins > 1, run > 1 {
      // The answer is the latest request's.
      let waited = UInt32(clamping: (beforeLast &- runStart) / 1_000_000)
      if waited > pauseMilliseconds {
        pauseStart = runStart
        pauseMilliseconds = waited
        pauseBins = UInt16(clamping: runBins)
        pauseFrames = [frames[0], frames[min(Int(run) - 2, 7)]]
        pauseAnswers = runAnswers
      }
    }
    answered &+= 1
    if firstAnswer == .max { firstAnswer = time }
    lastAnswer = time
    run = 0
    runAnswers = 0
  }

  /// The asking side answered a request that is not in the capture. One that came before the row may be answered late.
  mutating func noteAnswerToUnseen(time: Int64) {
    if run > 0, time > runStart &+ 1_000_000_000, runAnswers < .max { runAnswers &+= 1 }
  }

  /// One-second bins of the longest row of requests without an answer, now or before.
  var longestRow: UInt32 { max(run > 0 ? runBins : 0, UInt32(pauseBins)) }

  /// Requests before the row, and those of them that were not answered.
  public var before: (asked: UInt32, lost: UInt32) {
    let earlier = asked &- min(asked, run)
    return (earlier, earlier &- min(earlier, answered))
  }

  /// Chance that so many requests in a row remain without an answer if each does as often as the earlier ones did, by
  /// Laplace's rule of succession: of n before the row u + 1 among n + 2.
  public var chanceOfRow: Double {
    let (before, lost) = before
    // Beyond 256 nothing changes any more that is not sure already.
    return (0..<min(run, 256)).reduce(1.0) { product, _ in product * Double(lost &+ 1) / Double(before &+ 2) }
  }

  /// Pauses between the first unanswered requests, ms.
  public var pauses: [Int] {
    var list: [Int] = []
    for index in 1..<max(1, Int(min(run, 12))) { list.append(10 * (Int(times[index]) - Int(times[index - 1]))) }
    return list
  }

  /// Since the latest answer whoever asked never repeated anything for longer than a second, and thrice waited for `pause` before it
  /// asked on, ns, or twice behind a repetition: what is not answered is repeated at pauses that double, or at steady short ones (RFC 8489 section 6.2.1, RFC
  /// 3261 section 17.1.2.2), so these were, and the answers are not in the capture.
  public func wasAnswered(pause: Int64) -> Bool {
    var long = 0
    var repeating = 0
    var isBehindEach = true
    for wait in pauses {
      if Int64(wait) &* 1_000_000 >= pause {
        long += 1
        if repeating == 0 { isBehindEach = false }
        repeating = 0
      } else {
        repeating += wait
        if repeating > 1_000 { return false }
      }
    }
    return long >= (isBehindEach ? 2 : 3)
  }

  /// Frames of requests in the longest row that an answer ended, absolute, ascending.
  public func pauseFrames(from firstFrame: UInt64) -> [UInt64] {
    guard pauseBins > 0 else { return [] }
    let both = [firstFrame + UInt64(pauseFrames[0]), firstFrame + UInt64(pauseFrames[1])]
    return both[0] == both[1] ? [both[0]] : both
  }

  /// Frames of the unanswered requests, absolute, ascending.
  public func unansweredFrames(from firstFrame: UInt64) -> [UInt64] {
    var list: [UInt64] = []
    for index in 0..<Int(min(run, 8)) { list.append(firstFrame + UInt64(frames[index])) }
    let latest = firstFrame + UInt64(lastFrame)
    if run > 8, list.last != latest { list.append(latest) }
    return list
  }
}
