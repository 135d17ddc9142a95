"""One measure per thing that a capture is to show besides its truths (`checks` of a label). Each returns problems."""

from . import measures as m
from .check import SECOND
from .payloads import inner, rtp


def span(capture, check):
    """The stretch a check is about: an impairment's, or seconds after the media began."""
    if "imposed" in check:
        start, stop = capture.times(check["imposed"])
        return start + capture.rtt_ns, stop
    begin = capture.label["times"].get("connected", capture.first_ns)
    stop = begin + int(check["until"] * SECOND) if "until" in check else capture.label["times"].get("ended", capture.last_ns)
    return begin + int(check.get("since", 0) * SECOND), stop


def shows_traffic(capture, flows, check):
    """At least so many packets a second in a direction."""
    start, stop = span(capture, check)
    seconds = max(0.1, (stop - start) / 1e9)
    problems = []
    for way in check.get("ways", ["up", "down"]):
        count = sum(len(m.window(f, start, stop, way)) for f in flows)
        if count / seconds < check["least"]:
            problems.append(f"{way}: {count} packets in {seconds:.0f} s, {check['least']} a second were promised")
        if "most" in check and count / seconds > check["most"]:
            problems.append(f"{way}: {count} packets in {seconds:.0f} s, more than {check['most']} a second")
    return problems


def shows_loss(capture, flows, check):
    start, stop = span(capture, check)
    problems = []
    for flow in flows:
        lost, expected = m.sequence_loss(flow, start, stop, check.get("way", "down"))
        share = lost / expected if expected else 0
        if not check["low"] <= share <= check["high"]:
            problems.append(f"{lost} of {expected} lost, not between {check['low']} and {check['high']}")
    return problems


def shows_queue(capture, flows, check):
    start, stop = span(capture, check)
    worst = 0
    for flow in flows:
        trips = [ms for t, ms in m.round_trips_ms(flow) if start <= t < stop]
        base = min([ms for _, ms in m.round_trips_ms(flow)] or [0])
        worst = max(worst, max(trips) - base if trips else 0, m.queue_ms(flow, start, stop, "down") or 0)
    return [] if worst >= check["least_ms"] else [f"a queue of {worst:.0f} ms, {check['least_ms']} were promised"]


def shows_silence(capture, flows, check):
    """A stretch without packets of one direction, at least so long, inside the span."""
    start, stop = span(capture, check)
    gap = max(m.longest_gap_ms(flow, start, stop, way) for flow in flows for way in check.get("ways", ["down"]))
    return [] if gap >= check["least_s"] * 1000 else [f"the longest gap is {gap / 1000:.1f} s, {check['least_s']} were promised"]


def shows_rate(capture, flows, check):
    start, stop = span(capture, check)
    rate = m.rate_bps(flows, start, stop, check.get("way", "down"))
    return [] if check["low"] <= rate <= check["high"] else [f"{rate:.0f} bit/s, not between {check['low']} and {check['high']}"]


def shows_resets(capture, flows, check):
    count = sum(f.resets[check.get("way", "down")] for f in flows)
    return [] if count >= check["least"] else [f"{count} resets, {check['least']} were promised"]


def shows_nothing_back(capture, flows, check):
    count = sum(f.packets["down"] for f in flows)
    return [] if count == 0 else [f"{count} packets came back"]


def shows_ender(capture, flows, check):
    """Who says goodbye first - BYE, WhatsApp's end of call, DTLS's alert; without one, who sends media last has been left."""
    said = [(t, way) for f in capture.flows.values() if f.transport == "udp" for t, way, p in f.frames if goodbye(p)]
    if said:
        seen = {"up": "local", "down": "remote"}[min(said)[1]]
        return [] if seen == check["who"] else [f"the first goodbye is the {seen} side's"]
    ends = {way: max((t for f in flows for t, w, p in f.frames if w == way and rtp(p.payload, p.payload_length)), default=0) for way in ("up", "down")}
    seen = "local" if ends["down"] > ends["up"] else "remote"
    return [] if seen == check["who"] else [f"media end {abs(ends['up'] - ends['down']) // 1_000_000} ms later {'down' if seen == 'local' else 'up'}"]


def goodbye(packet):
    body = bytes(inner(packet.payload, packet.payload_length)[:4])
    return body == b"BYE " or body[:2] == b"\x08\0" or body[:3] in (b"\x15\xfe\xfd", b"\x15\xfe\xff")


SHOWN = {"ended_by": shows_ender, "traffic": shows_traffic, "loss": shows_loss, "queue": shows_queue, "silence": shows_silence, "rate": shows_rate,
         "resets": shows_resets, "nothing_back": shows_nothing_back}
