extension Thresholds {
  /// Caps: policers and shapers, and what looks like them.
  public struct Cap: Sendable {
    /// Losses that a judgment of their cause needs.
    public var losses = Threshold(15, .count, "METHOD.md M3.2: 15 lost and 15 passed samples, SIGCOMM'16")
    /// Gaps in the numbers over losses that remain, beyond which packets came late rather than not at all.
    public var filledGaps = Threshold(1.25, .ratio, "own choice: a fifth of the gaps filled moves no bucket's edge")
    /// Time from the first to the last of them.
    public var span = Threshold(4e9, .nanoseconds, "METHOD.md M3.7: simulated calls of 10 s, none misjudged")
    /// The same for TCP, which sends as fast as it may: some hundred losses within seconds; and for calls whose losses a
    /// bucket surely explains.
    public var transferSpan = Threshold(
      2e9, .nanoseconds, "METHOD.md M3.2: ten and more round trips; SIGCOMM'16 asks for losses in three")
    /// Conformity of a token bucket from which on it explains the losses.
    public var conformity = Threshold(
      0.42, .ratio, "METHOD.md M3.7: simulated chance and burst losses reach .34, policers .52 and more")
    /// The same for a long call whose packets are not kept one by one any more.
    public var coarseConformity = Threshold(
      0.55, .ratio, "METHOD.md M3.7: simulated chance of long video calls reaches .43, policers of these .57 and more")
    /// What came through over the highest rate that explains the losses, from which on such a call needs no more than others.
    public var coarseGoodput = Threshold(
      0.75, .ratio,
      "METHOD.md M3.7: chance that reached .38 lay at .62 at most, policers of the laboratory at .84 and more")
    /// The same for TCP, whose own bursts resemble a bucket.
    public var connectionConformity = Threshold(
      0.5, .ratio, "METHOD.md M3.2: near the goodput random loss stays below .4 on the labelled transfers")
    /// The same at rates far above the goodput: a small bucket and a sender that pauses.
    public var burstConformity = Threshold(
      0.8, .ratio, "METHOD.md M3.2: far above the goodput random loss reaches .67 on the labelled transfers")
    /// Ratio of rate to goodput up to which the two are near.
    public var nearGoodput = Threshold(1.3, .ratio, "own choice: TCP fills a bucket of some packets to three quarters")
    /// Conformity below which nothing speaks for a token bucket.
    public var hopeless = Threshold(0.38, .ratio, "METHOD.md M3.7: as conformity")
    /// Conformity that a rate may lack against the best one and still be possible.
    public var edge = Threshold(0.1, .ratio, "own choice: on simulated policers the edge lies within 3 % of the cap")
    /// How much more conformity few losses need: this times what 1 / sqrt(losses) is above that of enough losses.
    public var chance = Threshold(
      0.8, .ratio, "METHOD.md M3.2: 15 random losses of a transfer reached .52 and .6, policers of 25 and more .89")
    /// Of a transfer: how often as many losses are drawn at random among its segments, and a bucket is looked for.
    public var draws = Threshold(10, .count, "METHOD.md M3.2: their mean is within .02, their deviation .01 to .07")
    /// Packets that are looked at one by one, lost ones among them, all flows together; a client beyond is not examined.
    public var offers = Threshold(
      4e6, .count, "own choice: 24 bytes each; the packets of some 400 lossy directions of three minutes")
    /// Draws for all lossy transfers of a capture together, from which on each gets fewer, two at least.
    public var drawBudget = Threshold(
      5_000, .count, "own choice: some 20 s of searching at most for a thousand transfers")
    /// What a bucket may leave unexplained, against what is left of drawn losses at the mean.
    public var drawShare = Threshold(
      0.5, .ratio, "METHOD.md M3.2: a sender in bursts behind random loss .61, policers of the laboratory .36 at most")
    /// Losses from which on chance explains no conformity.
    public var lossesEnough = Threshold(200, .count, "as above")
    /// Conformity that overrules what the sizes of lost packets seem to say, and leaves no doubt of a transfer's rate.
    public var sure = Threshold(
      0.8, .ratio, "METHOD.md M3.7: where large packets are dropped it reaches .64, behind policers of audio .67 to .92"
    )
    /// What came through against the lowest rate that explains the losses, from which on the two agree.
    public var goodputLeast = Threshold(
      0.95, .ratio, "METHOD.md M3.2: behind 21 policers of the laboratory what came through was within 2 % of the cap")
    /// The same against the highest such rate.
    public var goodputMost = Threshold(1.02, .ratio, "as above")
    /// What came through against the highest rate that explains the losses, from which on it is stated as the rate.
    public var goodputBound = Threshold(0.9, .ratio, "own choice: a cap is stated to within 10 %")
    /// Share that a transfer lost, from which on it left its bucket no time to fill.
    public var emptyShare = Threshold(
      0.2, .ratio, "own choice: a quarter more is sent than passes; a bucket that filled now and then lost .05")
    /// Ratio of the possible rates beyond which no rate is stated.
    public var rateSpread = Threshold(1.25, .ratio, "own choice: a cap is stated to within 10 %")
    /// Share of losses that may lie apart before or behind the others and be strays.
    public var strayShare = Threshold(0.05, .ratio, "own choice: a cap that begins in mid-call")
    /// A pause that sets them apart.
    public var strayPause = Threshold(1e9, .nanoseconds, "own choice: as above")
    /// Share of what chance has where they lie that they are fewer than: else they are no strays.
    public var strayRate = Threshold(0.25, .ratio, "own choice: chance leaves 2 of 10 or fewer once in 360 times")
    /// Delay at the losses from which on there is a queue, ms.
    public var queue = Threshold(15, .milliseconds, "METHOD.md M3.7 and A: preQ 15 ms")
    /// Width of the bins of which the least delay counts.
    public var queueBin = Threshold(250e6, .nanoseconds, "own choice: several audio packets, half a delay window")
    /// Width of the bins of which the greatest delay counts, two by two, where a queue comes and goes.
    public var peakBin = Threshold(
      100e6, .nanoseconds, "own choice: five packets of a voice; a full queue empties in as long")
    /// How far from any loss such times are held against those at losses.
    public var peakApart = Threshold(
      500e6, .nanoseconds, "own choice: above the time in which the queues of slow lines, 100 to 300 ms, empty")
    /// And how far behind one.
    public var peakReach = Threshold(5e9, .nanoseconds, "for so long behind a loss packets are kept one by one")
    /// Such times with losses that this needs.
    public var peakLosses = Threshold(5, .count, "own choice: a median of fewer hangs on two of them")
    /// And without losses.
    public var peaksElsewhere = Threshold(10, .count, "own choice: twice as many, two seconds in all")
    /// How long a shaper's queue must stand.
    public var standing = Threshold(3e9, .nanoseconds, "record format: shaper, >= 3 s of standing queue")
    /// Variation of a shaper's rate.
    public var variation = Threshold(0.05, .ratio, "record format: shaper, delivered rate of cv <= 0.05")
    /// Round trips from which on a standing queue is not excluded, ms.
    public var longRoundTrip = Threshold(
      500, .milliseconds, "own choice: above paths on the ground, 300 ms; satellites are refused too")
    /// Share of a full segment's time on a line of the bucket's rate by which segments must be slower than the handshake to
    /// be taken for sent over such a line.
    public var lineShare = Threshold(0.5, .ratio, "own choice: 0 behind a policer, 1 and more on a slow line")
    /// Losses between two packets that these changes need.
    public var gapLosses = Threshold(
      10, .count, "own choice: their median is within a tenth with jitter of half a step")
    /// Two packets this far apart are not neighbors at a loss.
    public var gapPause = Threshold(500e6, .nanoseconds, "own choice: a pause of the speaker lies between them")
    /// Share of the time between two packets by which the transit must change at a loss to be a queue's.
    public var closing = Threshold(
      0.3, .ratio,
      "METHOD.md M3.7: behind 44 policers of the laboratory -.05 to .04; behind a full queue .85, one of two packets -1 to -1.8"
    )
    /// Share of a voice's packets that came at once behind the one before, from which on they are bunched and no queue is
    /// excluded.
    public var bunched = Threshold(
      0.2, .ratio, "own choice: a fifth has waited for the rest, and jitter of half a step bunches fewer")
    /// Share of the time between two packets within which the second came at once.
    public var bunchedPace = Threshold(0.25, .ratio, "own choice: beyond the jitter of a line that holds nothing back")
    /// Pairs of neighbors that this needs.
    public var bunchedPairs = Threshold(50, .count, "own choice: a share of a fifth is known to a tenth")
    /// Time between two packets, as they were sent, up to which they are neighbors.
    public var bunchedStep = Threshold(
      150e6, .nanoseconds, "own choice: a voice's longest packet time, 120 ms (RFC 6716), below a record's 200 ms")
    /// Share of a transfer's segments that must come closer together than a line sends them to be a policer's.
    public var closeSegments = Threshold(
      0.03, .ratio, "METHOD.md M3.2: behind policers of the laboratory .055 and more, on slow lines up to .017")
    /// The same of a call's large packets.
    public var closePackets = Threshold(
      0.1, .ratio,
      "METHOD.md M3.7: behind policers of the laboratory .45 and more, behind queues managed by dropping up to .034")
    /// Longest time from bunch to bunch of what something on the way held.
    public var bunchHold = Threshold(
      12e6, .nanoseconds, "own choice: above the 10 ms of access points and cells, below a voice's 20 ms")
    /// Share of the large packets that may come within 1 to 2 ms where they come in bunches.
    public var bunchBetween = Threshold(0.05, .ratio, "own choice: a line's own spacing is no gap between two kinds")
    /// Losses that a rhythm of their own needs.
    public var rhythmLosses = Threshold(
      50, .count, "own choice: a quarter of fewer periods is hit by chance as often as a bucket explains")
    /// How much better than to the bucket losses must keep to a count of packets.
    public var rhythmCount = Threshold(
      0.05, .ratio,
      "METHOD.md M3.7: every nth packet .13 and more, policers of the laboratory -.04 and less but for five")
    /// Share of the losses of packets of one size that are exactly the same count apart, from which on a counter may have lost them.
    public var rhythmKept = Threshold(
      0.95, .ratio, "own choice: a bucket's share is so near a whole nth one time in ten")
    /// And how far their bytes must stray, against what they would if each stood for itself.
    public var rhythmStray = Threshold(
      0.25, .ratio,
      "METHOD.md M3.7: every nth packet .33 and more, those five .15 and less, a sixteenth where nothing strays")
    /// How much better than to the bucket losses must keep to a time.
    public var rhythmTime = Threshold(
      0.15, .ratio, "METHOD.md M3.7: losses twice a second .24 and more, policers of the laboratory .07 and less")
    /// How well losses by chance may keep to a count, times the root of how many they are.
    public var rhythmDeviations = Threshold(
      5, .ratio,
      "METHOD.md M3.7: random loss of the laboratory up to 1.4, of a long simulated video call 4.1; every third packet 7.5"
    )
    /// And whatever their number.
    public var rhythmLeast = Threshold(0.1, .ratio, "own choice: less is no rhythm")
    /// From so many IP bytes on a segment is taken for a full one.
    public var fullSegment = Threshold(
      500, .bytes, "own choice: below the least MTU of IPv4, 576 (RFC 791 section 3.2), and above what is no bulk")
    /// Pairs of segments that this needs.
    public var segmentPairs = Threshold(20, .count, "own choice: a share of 3 % is none or one of them")
    /// What segments may take longer than the handshake on a line of the bucket's rate, in full segments' times.
    public var lineSegments = Threshold(1.5, .ratio, "own choice: what is longer is no single segment's time")
    /// The same where the handshake was not seen, which leaves the way itself in it.
    public var lineSegmentsJoined = Threshold(3, .ratio, "own choice: as above, and the way")
    /// Round trips that show whether delay grew.
    public var roundTrips = Threshold(
      8, .count, "own choice: the least of them is the way's, half of the others a median")
    /// Share of a transfer's bytes and of its time in a queue that another one must have to have shared its queue.
    public var sharedShare = Threshold(
      0.5, .ratio, "own choice: as much as half of it takes from its rate what wanders")
    /// What other flows of the client carried meanwhile, against a transfer's steady rate, from which on a line that they share
    /// may explain it.
    public var besideShare = Threshold(0.1, .ratio, "own choice: two thirds of what a faster time must show")
    /// Share of the blocks in a shaper's steady time that may fall out of line.
    public var steadyGap = Threshold(0.1, .ratio, "own choice: other packets went through the same shaper")
    /// How far beyond the steady time its losses may lie.
    public var steadyReach = Threshold(
      2e9, .nanoseconds,
      "own choice: a shaper that is taken away loses what it held at once, behind the last whole block")
    /// Share of a steady offer that must be held back before its rate is taken for a shaper's.
    public var heldShare = Threshold(
      0.1, .ratio, "own choice: a codec's constant rate less a few losses is as steady as a shaper's")
    /// Share of the losses that fall into the time in which a shaper's rate is steady.
    public var steadyLosses = Threshold(
      0.8, .ratio, "own choice: behind shapers of the laboratory .9 and more, the rest at its edges")
    /// Variation below which a rate is steady without asking how it varies.
    public var steady = Threshold(
      0.02, .ratio, "METHOD.md M3.7: competing transfers left rates that varied by .024 and more")
    /// How much more blocks of 200 ms vary than those of 1 s: 5 for a line that bytes keep to, 2.2 for chance.
    public var keeping = Threshold(
      2.5, .ratio, "METHOD.md M3.7: shapers of the laboratory 3.8 to 6, what competing transfers leave 1.7 to 2.3")
    /// How much faster the direction must have been without the queue.
    public var onset = Threshold(1.15, .ratio, "own choice: beyond the rate's own variation, three deviations")
    /// Bytes that must have come through beyond that rate: a line's own bucket lets some packets through at once.
    public var onsetBytes = Threshold(
      6000, .bytes,
      "METHOD.md M3.7: lines that were slow from the start let up to 2.4 kB through, shapers 13 kB and more")
    /// The same of a transfer, which fills a queue with all that it may send.
    public var onsetTransfer = Threshold(
      40_000, .bytes,
      "METHOD.md M3.7: slow and congested lines of the laboratory let up to 22 kB through, shapers 370 kB and more")
    /// The same in deviations of the rate, where it varies more: the fastest of many times is some above the mean by chance.
    public var onsetDeviations = Threshold(
      5, .ratio, "METHOD.md M3.7: a simulated congested line was 3.2 faster, shapers of the laboratory 12 and more")
    /// Bytes sent beyond the rate when a queue began, against what its delay is worth, from which on the transfer filled it.
    public var onsetOffer = Threshold(
      0.5, .ratio, "own choice: 1 for a queue that the transfer fills, 0 where the way became longer")
    /// How long a rate must stay at one level to be a plateau.
    public var plateau = Threshold(20e9, .nanoseconds, "METHOD.md M3.7: sender adaptation plateau, >= 20 s")
    /// Deviation of its seconds.
    public var plateauWidth = Threshold(0.1, .ratio, "METHOD.md M3.7: within 10 %")
    /// Loss from which on it may be discarded at random.
    public var discardShare = Threshold(0.03, .ratio, "record format: random-discard from 3 % on")
    /// Loss clustering below which losses are regular.
    public var regular = Threshold(0.6, .ratio, "METHOD.md M3.7: clp .6")
    /// Loss clustering above which losses come in bursts.
    public var clustered = Threshold(2.5, .ratio, "METHOD.md M3.7: clp 2.5")
    /// Share lost behind a lost packet beyond that of all, over what is left to lose, from which on losses come in bursts.
    public var correlation = Threshold(
      0.1, .ratio, "own choice: runs of losses a tenth longer than by chance, at any share")
    /// The same with two standard errors, below which losses are by chance.
    public var chanceCorrelation = Threshold(
      0.15, .ratio, "METHOD.md M3.7: random loss of the laboratory up to .11, outages of a link .3 and more")
    /// Losses that chance leaves in what came before or behind all losses, from which on these began or ended there.
    public var lossFree = Threshold(10, .count, "own choice: chance leaves none of ten once in 22,000 times")
    /// Deviation of a gap from a whole multiple of the packet time, ms, at least.
    public var paceSlack = Threshold(3, .milliseconds, "own choice: jitter of a wired line")
    /// The same as a share of the packet time, if that is more.
    public var paceWidth = Threshold(0.2, .ratio, "own choice: .5 would take any gap for a multiple")
    /// Share of the gaps that must be whole multiples.
    public var paceShare = Threshold(0.97, .ratio, "own choice: gaps of any length hit a multiple's width by .4")
    /// Share of the gaps that may be longer than 250 ms.
    public var pacePauses = Threshold(0.002, .ratio, "own choice: pauses of speech are more, half of all lost is less")
    /// Loss of large packets against small ones from which on size matters.
    public var sizeRatio = Threshold(1.7, .ratio, "METHOD.md M3.7: ratio 1.7")
    /// Largest packet after the first loss against before it, below which the losses have to do with size.
    public var sizeCut = Threshold(0.75, .ratio, "own choice: a policer lets some packets of every size through")
    /// Of all that a direction lost, the share since its last large packet from which on size may explain the losses.
    public var sizeTail = Threshold(
      0.8, .ratio, "own choice: what was lost before is ordinary loss; a policer loses as much while large ones come")
    /// The largest packets lie this far below those of before where a path's MTU may have changed.
    public var sizeStep = Threshold(
      0.98, .ratio, "own choice: above 1480 of 1500 bytes, the step of a 6in4 or IPIP tunnel")
    /// Loss of one stream against another's from which on no bucket overrules that, however well it explains them.
    public var sizeStreams = Threshold(
      50, .ratio,
      "METHOD.md M3.7: a bucket explained .92 of what a limit of size had dropped, all of the video and none of the voice; a policer that starves a video takes 2 % of the voice too, or lets some of it through"
    )
    /// TCP: spread of the delays, 5th to 95th percentile, against what a queue of the bucket's size would cause.
    public var queueShare = Threshold(
      0.3, .ratio, "METHOD.md M3.2: policed transfers reach .06, drop-tail queues .23 and mostly .5 and more")
    /// TCP: growth of the delay per delay that a queue of the bucket's size would cause.
    public var queueSlope = Threshold(0.5, .ratio, "own choice: 1 for a queue, 0 for a policer")
    /// TCP near the sender: growth of the round trip that counts as inflated.
    public var inflation = Threshold(1.3, .ratio, "SIGCOMM'16: 1.3 x 10th percentile")
    /// And at least so much, ms.
    public var inflationFloor = Threshold(20, .milliseconds, "SIGCOMM'16: 20 ms")
    /// TCP: a transfer shorter than this has no phases.
    public var phases = Threshold(3e9, .nanoseconds, "own choice: three seconds to count")
    /// TCP: a sender's pause, if two round trips are shorter.
    public var phasePause = Threshold(200e6, .nanoseconds, "own choice: Linux's least retransmission timer")
    /// TCP: growth of a second over the one before that a congestion window explains.
    public var growth = Threshold(1.25, .ratio, "own choice: RFC 5681 section 3.1 doubles or adds, never stays")
    /// TCP: share of what a receiver's window lets through in a round trip, from which on the window was full.
    public var windowShare = Threshold(
      0.7, .ratio, "own choice: acknowledgments are delayed by up to a round trip's part (RFC 5681 section 4.2)")
    /// TCP: a queue shorter than this cannot be told from none, ms.
    public var resolution = Threshold(3, .milliseconds, "own choice: timestamps count ms, round trips vary by as much")
  }
}
