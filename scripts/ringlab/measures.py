"""Measuring a flow in a capture, without the analyzer: rates, losses, silence, resets, delay."""

from .payloads import inner, rtp


def window(flow, start_ns, stop_ns, way=None):
    """(time, packet) of a flow's packets in a stretch of time."""
    return [(t, p) for t, w, p in flow.frames if start_ns <= t < stop_ns and (way is None or w == way)]


def rate_bps(flows, start_ns, stop_ns, way):
    """IP bits per second over a stretch, of several flows together."""
    if stop_ns <= start_ns:
        return 0.0
    total = sum(p.length for flow in flows for _, p in window(flow, start_ns, stop_ns, way))
    return total * 8e9 / (stop_ns - start_ns)


def sequence_loss(flow, start_ns, stop_ns, way):
    """(lost, expected) by RTP sequence numbers, over all SSRCs with ten packets or more."""
    streams = {}
    for t, p in window(flow, start_ns, stop_ns, way):
        head = rtp(p.payload, p.payload_length)
        if head:
            streams.setdefault(head[0], []).append(head[2])
    lost = expected = 0
    for numbers in streams.values():
        if len(numbers) < 10:
            continue
        high, seen = numbers[0], {numbers[0]}
        for number in numbers[1:]:
            step = (number - high) & 0xFFFF
            extended = high + (step if step < 0x8000 else step - 0x10000)
            seen.add(extended)
            high = max(high, extended)
        span = high - min(seen) + 1
        expected += span
        lost += span - len(seen)
    return lost, expected


def matched_loss(near, far, start_ns, stop_ns, way):
    """(lost, sent) of a UDP flow between two capture points, by equal payloads; what was sent in the stretch counts."""
    sent, got = (near, far) if way == "up" else (far, near)
    mark = lambda p: bytes(inner(p.payload, p.payload_length)[:14])
    arrived = {mark(p) for _, p in window(got, 0, 1 << 63, way)}
    payloads = [mark(p) for _, p in window(sent, start_ns, stop_ns, way) if p.payload_length >= 12]
    return sum(each not in arrived for each in payloads), len(payloads)


def queue_ms(flow, start_ns, stop_ns, way):
    """95th percentile of the delay above the smallest of the whole flow, from RTP time stamps of the stream with most
    packets, its clock taken from the stamps themselves; None without such a stream."""
    streams, high = {}, {}
    for t, w, p in flow.frames:
        head = rtp(p.payload, p.payload_length) if w == way and p.protocol == 17 else None
        if not head:
            continue
        # A packet with an old number was sent again: its stamp says nothing of its delay.
        stream = streams.setdefault((head[0], head[1]), [])
        if not stream or 0 < (head[2] - high[head[0], head[1]]) & 0xFFFF < 0x8000:
            high[head[0], head[1]] = head[2]
            stream.append((t, head[3]))
    # One packet a stamp, evenly: audio. Video's stamps come in bursts of the pacer.
    even = [s for s in streams.values() if len(s) > 100 and len({stamp for _, stamp in s}) > 0.9 * len(s)]
    if not even:
        return None
    stream = max(even, key=len)
    clock = guess_clock(stream)
    if clock is None:
        return None
    base_t, base_s = stream[0]
    delays = [(t, (t - base_t) / 1e6 - (((s - base_s + 0x80000000) & 0xFFFFFFFF) - 0x80000000) / clock * 1000) for t, s in stream]
    low = min(d for _, d in delays)
    within = sorted(d - low for t, d in delays if start_ns <= t < stop_ns)
    return within[int(len(within) * 0.95)] if len(within) > 20 else None


def guess_clock(stream):
    """Ticks a second, from steps of stamp and time: the usual clock that fits within 15 %."""
    steps = sorted((((b[1] - a[1]) & 0xFFFFFFFF) / max(1, b[0] - a[0]) * 1e9 for a, b in zip(stream, stream[1:])
                    if 0 < ((b[1] - a[1]) & 0xFFFFFFFF) < 1 << 20))
    if not steps:
        return None
    middle = steps[len(steps) // 2]
    return next((c for c in (8000, 16000, 48000, 90000) if abs(middle / c - 1) < 0.15), None)


def longest_gap_ms(flow, start_ns, stop_ns, way):
    """The longest stretch without a packet of one direction inside a window, edges included."""
    times = [start_ns] + [t for t, _ in window(flow, start_ns, stop_ns, way)] + [stop_ns]
    return max(b - a for a, b in zip(times, times[1:])) / 1e6


def round_trips_ms(flow):
    """Round trips of STUN-like requests by transaction id, as (time, ms)."""
    asked, out = {}, []
    for t, way, p in flow.frames:
        body = inner(p.payload, p.payload_length) if p.protocol == 17 else b""
        if len(body) >= 20 and body[4:8] == b"\x21\x12\xa4\x42":
            key = bytes(body[8:20])
            if way == "up":
                asked.setdefault(key, t)
            elif key in asked:
                out.append((asked[key], (t - asked.pop(key)) / 1e6))
    return out
