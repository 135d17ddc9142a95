"""One measure per truth, and per thing that a benign capture must show. Each returns problems."""

from . import measures as m
from .check import SECOND, share_bounds
from .truths_tcp import block_page, dns_injected, imposed_fits, reset, stray


def ways(truth):
    return ["up", "down"] if truth.get("way") == "both" else [truth.get("way", "down")]


def delivered(capture, key, flow, way):
    """The flow where what was delivered of a direction can be seen: here for downstream, at the far side for upstream."""
    return flow if way == "down" else capture.opposite(key)


def loss(capture, key, flow, start, stop, way):
    """(lost, sent): between both points where there are two, else by sequence numbers."""
    far = capture.opposite(key)
    if far is not None and flow.transport == "udp":
        return m.matched_loss(flow, far, start - capture.rtt_ns if way == "down" else start, stop - capture.rtt_ns, way)
    return m.sequence_loss(flow, start, stop, way) if way == "down" else (None, None)


def capped(capture, key, flow, truth, flows=None):
    """Goodput at the cap: in the direction labelled, over the impairment's time without its first bucket."""
    problems = []
    start, stop = capture.times(truth["imposed"])
    entry = capture.imposed(truth["imposed"]) or {}
    bucket = entry.get("real_bucket_bytes", entry.get("bucket_bytes", entry.get("queue_bytes", 3000)))
    cap = truth["cap_bps"]
    if entry.get("rate_bps") != cap:
        problems.append(f"the cap imposed is {entry.get('rate_bps')}")
    start += int(min(0.3 * (stop - start), bucket * 8e9 / cap + capture.rtt_ns))
    seconds = (stop - start) / 1e9
    if seconds < 8:
        return problems + [f"only {seconds:.1f} s under the cap"]
    together = [capture.flows[tuple(k)] for k in truth.get("with", []) if tuple(k) in capture.flows] or [flow]
    hit = False
    for way in ways(truth):
        if way == "up" and not capture.far:
            continue
        seen = [f for f in (delivered(capture, (f.transport, "%s:%d" % f.client, "%s:%d" % f.server), f, way) for f in together) if f]
        if way == "up" and len(together) > 1:
            seen = [f for k in {(f.transport, "%s:%d" % f.server) for f in together} for f in capture.far.get(k, [])]
        rate = m.rate_bps(seen, start, stop, way)
        if rate > cap * 1.04 + bucket * 8 / seconds:
            problems.append(f"{way}: {rate:.0f} bit/s passed a cap of {cap}")
        busy = busiest(seen, start, stop, way)
        if busy >= 0.85 * cap:
            hit = True
    if not hit and not (ways(truth) == ["up"] and not capture.far):
        problems.append(f"never came near its cap of {cap} bit/s")
    return problems


def busiest(flows, start, stop, way):
    """The upper quartile of the rate in stretches of 2 s."""
    rates = sorted(m.rate_bps(flows, t, t + 2 * SECOND, way) for t in range(start, stop - 2 * SECOND, SECOND))
    return rates[len(rates) * 3 // 4] if rates else 0


def policer(capture, key, flow, truth):
    problems = imposed_fits(capture, key, truth, {"policer", "bucket"}) + capped(capture, key, flow, truth)
    start, stop = capture.times(truth["imposed"])
    if flow.transport == "udp":
        losses = [loss(capture, key, flow, start, stop, way) for way in ways(truth)]
        known = [(lost, sent) for lost, sent in losses if lost is not None]
        if known and not any(lost >= 15 and lost >= 0.015 * sent for lost, sent in known):
            problems.append(f"hardly any loss under a policer: {known}")
        # By requests, since a sender's own pacer delays media when its rate estimate falls.
        trips = m.round_trips_ms(flow)
        within = sorted(ms for t, ms in trips if start <= t < stop)
        if len(within) >= 5:
            queue = within[len(within) * 3 // 4] - min(ms for _, ms in trips)
            if queue > 60 + 5 * capture.label["line"]["jitter_ms"]:
                problems.append(f"requests took {queue:.0f} ms longer under a policer")
    return problems


def shaper(capture, key, flow, truth):
    problems = imposed_fits(capture, key, truth, {"shaper"}) + capped(capture, key, flow, truth)
    start, stop = capture.times(truth["imposed"])
    before = [ms for t, ms in m.round_trips_ms(flow) if t < start]
    within = sorted(ms for t, ms in m.round_trips_ms(flow) if start + SECOND <= t < stop)
    queue = m.queue_ms(flow, start, stop, "down") if "down" in ways(truth) else None
    if flow.transport == "udp":
        base = min(before + within) if before + within else capture.label["line"]["rtt_ms"]
        worst = max(within) - base if within else 0
        if max(worst, queue or 0) < 30:
            problems.append(f"no queue under a shaper: {worst:.0f} ms by requests, {queue} by media")
    return problems


def discard(capture, key, flow, truth):
    problems = imposed_fits(capture, key, truth, {"discard", "drop"})
    start, stop = capture.times(truth["imposed"])
    any_seen = False
    for way in ways(truth):
        lost, sent = loss(capture, key, flow, start, stop, way)
        if not sent:
            continue
        any_seen = True
        low, high = share_bounds(truth["share"], sent)
        if not low <= lost / sent <= high:
            problems.append(f"{way}: {lost} of {sent} lost, which is no share of {truth['share']}")
        if sent < 300:
            problems.append(f"{way}: only {sent} packets")
    if not any_seen and ways(truth) != ["up"]:
        problems.append("no direction whose loss can be measured")
    return problems


def blackhole(capture, key, flow, truth):
    """Never a packet back: of the flow, or of the scope while lower layers go on."""
    problems = imposed_fits(capture, key, truth, {"drop", "silence", "after"}) if truth.get("imposed") else []
    scope = truth.get("scope")
    if scope:
        kinds = {"dtls": ("dtls",), "media": ("rtp",), "quic": ("other",)}[scope]
        back = sum(n for (what, way), n in flow.kinds.items() if what in kinds and way == "down")
        asked = sum(n for (what, way), n in flow.kinds.items() if what in kinds and way == "up")
        if asked < 3:
            problems.append(f"only {asked} packets of {scope} went out")
        if back:
            problems.append(f"{back} packets of {scope} came back")
        if scope != "quic" and not flow.kinds.get(("stun", "down")):
            problems.append("lower layers were not answered either")
        return problems
    if flow.packets["down"]:
        problems.append(f"{flow.packets['down']} packets came back")
    if flow.packets["up"] < 4:
        problems.append(f"only {flow.packets['up']} packets were sent")
    return problems


def counted(capture, flow, entry):
    """Where a flow is cut after a count of packets or bytes, so many passed: what came in, and what had gone out by then."""
    packets, size = entry.get("after_packets", entry.get("packets")), entry.get("after_bytes", entry.get("bytes"))
    if packets is None and size is None:
        return []
    measure = lambda p: 1 if size is None else p.length if "after_bytes" in entry else p.payload_length
    came = [(t, p) for t, w, p in flow.frames if w == "down"]
    if not came:
        return []
    last = came[-1][0]
    down = sum(measure(p) for _, p in came)
    up = lambda until: sum(measure(p) for t, w, p in flow.frames if w == "up" and t < until)
    # The filter stands near the client: what goes out passes it at once, and only what goes out about the end may have passed or not.
    low, high = down + up(last - SECOND // 20), down + up(last + SECOND // 8)
    limit, room = (packets, 1) if size is None else (size, 3000)
    return [] if low <= limit + room and limit - room <= high else [f"cut after {low} to {high} {'packets' if size is None else 'bytes'}, not after {limit}"]


def cutoff(capture, key, flow, truth):
    """Worked, then silence in the direction of the label for good; or between the two times of the impairment."""
    problems = imposed_fits(capture, key, truth, {"drop", "after", "silence"}) if truth.get("imposed") else []
    entry = capture.imposed(truth.get("imposed")) or {}
    if truth.get("counted"):
        times = [t for t, w, _ in flow.frames if w == "down"]
        start = (times[-1] if times else flow.first_ns) + 1
        problems += counted(capture, flow, entry)
    else:
        start = entry.get("start_ns", capture.first_ns) + capture.rtt_ns // 2 + SECOND // 20
    recovers = truth.get("recovers")
    stop = entry["stop_ns"] if recovers and entry else capture.last_ns + 1
    down = "down" in ways(truth)
    if down and m.window(flow, start, stop, "down"):
        problems.append(f"{len(m.window(flow, start, stop, 'down'))} packets came in during the silence")
    if not m.window(flow, 0, start, "down"):
        problems.append("nothing had come in before")
    asked = m.window(flow, start, stop, "up")
    if len(asked) < 4:
        problems.append(f"only {len(asked)} packets were sent into the silence")
    elif flow.transport == "udp" and asked[-1][0] - asked[0][0] < 3 * SECOND:
        problems.append("the client gave up within 3 s")
    if recovers and not m.window(flow, stop + SECOND, capture.last_ns, "down"):
        problems.append("it did not recover")
    return problems


def refused_by_icmp(capture, key, flow, truth):
    """Never answered, and ICMP came back that quotes the flow's packets."""
    server = key[2].rsplit(":", 1)[0]
    quoted = 0
    for frame in capture.frames:
        p = frame.packet()
        if p is not None and p.protocol == 1 and len(p.payload) >= 28 and p.payload[0] == 3 and p.payload[1] in (9, 10, 13):
            quoted += ".".join(str(b) for b in p.payload[24:28]) == server
    problems = [] if quoted else ["no ICMP that quotes it"]
    if flow.packets["down"]:
        problems.append(f"{flow.packets['down']} packets came back")
    return problems + imposed_fits(capture, key, truth, {"reject"})


def size_drop(capture, key, flow, truth):
    """Large packets stop, small ones go on."""
    start, stop = capture.times(truth["imposed"])
    start += capture.rtt_ns
    large = [p for _, p in m.window(flow, start, stop, "down") if p.length > truth["larger"]]
    small = m.window(flow, start, stop, "down")
    before = [p for _, p in m.window(flow, 0, start, "down") if p.length > truth["larger"]]
    problems = [f"{len(large)} packets above {truth['larger']} bytes came in"] if large else []
    if len(before) < 10 or len(small) < 50:
        problems.append(f"{len(before)} large packets before, {len(small)} packets after")
    return problems + imposed_fits(capture, key, truth, {"drop"})


def one_way(capture, key, flow, truth):
    problems = imposed_fits(capture, key, truth, {"drop", "after"})
    start, stop = capture.times(truth["imposed"])
    start += capture.rtt_ns + SECOND // 10
    if truth["way"] == "down":
        if m.window(flow, start, stop, "down"):
            problems.append("packets came in")
        if len(m.window(flow, start, stop, "up")) < 20:
            problems.append("hardly a packet went out")
    else:
        if len(m.window(flow, start, min(stop, start + 8 * SECOND), "down")) < 20:
            problems.append("hardly a packet came in")
        far = capture.opposite(key)
        if far is not None and m.window(far, start, stop, "up"):
            problems.append("packets arrived at the far side")
    return problems


TRUTHS = {
    ("ok", "dns-injected"): dns_injected, ("ok", "block-page"): block_page,
    ("capped", "policer"): policer, ("capped", "shaper"): shaper, ("dropped", "random-discard"): discard,
    ("dropped", "icmp"): refused_by_icmp, ("dropped", "size"): size_drop,
    ("dropped", "blackhole"): blackhole, ("dropped", "cutoff"): cutoff, ("dropped", "freeze"): cutoff, ("dropped", "one-way"): one_way,
    ("reset", "rst-injected"): reset({"reset", "reject"}), ("reset", "rst-rewritten"): reset({"rewrite"}),
    ("reset", "rst-endpoint"): reset(None), ("reset", "rst-refused"): reset(None), ("ok", "stray-reset"): stray,
}
