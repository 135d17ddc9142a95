"""Does a capture show what its label says? Every truth in the label is measured; what does not hold is a problem.

Truths (`truth` of a flow): outcome, mechanism, way, cap_bps, share, imposed (the id of what was imposed)."""

import math

from .flows import flows_of

SECOND = 1_000_000_000


class Seen:
    """The flows of both captures, without a word of the label's but the client's addresses."""

    def __init__(self, clients, frames, far=None):
        self.frames = frames
        self.flows = {(f.transport, "%s:%d" % f.client, "%s:%d" % f.server): f for f in flows_of(frames, set(clients))}
        self.far = {}
        if far:
            for flow in flows_of(far, far_clients(far, self.flows)):
                self.far.setdefault((flow.transport, "%s:%d" % flow.server), []).append(flow)


class Capture:
    """What was seen, beside what the label says of it."""

    def __init__(self, label, seen):
        self.label = label
        self.frames, self.flows, self.far = seen.frames, seen.flows, seen.far
        frames = seen.frames
        self.first_ns = frames[0].time_ns if frames else 0
        self.last_ns = frames[-1].time_ns if frames else 0
        self.rtt_ns = int((label["line"]["rtt_ms"] + 4 * label["line"]["jitter_ms"]) * 1e6)

    def imposed(self, name):
        return next((i for i in self.label["imposed"] if i["id"] == name), None)

    def times(self, name):
        """When an impairment held, cut to the capture and to the call."""
        entry = self.imposed(name)
        start, stop = (entry["start_ns"], entry["stop_ns"]) if entry else (self.first_ns, self.last_ns)
        ended = self.label["times"].get("ended", self.last_ns)
        return max(start, self.first_ns), min(stop, self.last_ns, ended)

    def opposite(self, key):
        """The same flow at the far side, where NAT has changed the client's end."""
        able = self.far.get((key[0], key[2]), [])
        return max(able, key=lambda f: sum(f.packets.values())) if able else None


def far_clients(far, flows):
    """Addresses of the far capture that speak to servers of the client's flows."""
    servers = {server.rsplit(":", 1)[0] for _, _, server in flows}
    return {a for f in far if (p := f.packet()) for a, b in ((p.source, p.destination), (p.destination, p.source)) if b in servers and a not in servers}


def check_label(label, frames, far=None, seen=None):
    """All problems, as sentences; none if the capture shows what the label says."""
    if not frames:
        return ["the capture is empty"]
    capture = Capture(label, seen or Seen(label["clients"], frames, far))
    problems = check_frame(capture)
    from .shown import SHOWN
    from .truths import TRUTHS
    for entry in label["flows"]:
        key = (entry["transport"], entry["client"], entry["server"])
        flow = capture.flows.get(key)
        truth = entry.get("truth")
        if flow is None or truth is None:
            continue
        name = f"{key[1]} > {key[2]}"
        problems += [f"{name}: {p}" for p in check_words(entry, truth)]
        measure = TRUTHS.get((truth["outcome"], truth.get("mechanism")))
        if measure is None:
            problems.append(f"{name}: no measure for {truth['outcome']}/{truth.get('mechanism')}")
        else:
            problems += [f"{name}: {p}" for p in measure(capture, key, flow, truth)]
    for check in label.get("checks", []):
        flows = [capture.flows[tuple(k)] for k in check["flows"] if tuple(k) in capture.flows]
        measure = SHOWN.get(check["kind"])
        if measure is None:
            problems.append(f"no measure for {check['kind']}")
        elif not flows:
            problems.append(f"{check['kind']}: none of its flows is in the capture")
        else:
            problems += [f"{check['kind']}: {p}" for p in measure(capture, flows, check)]
    return problems


def check_frame(capture):
    """What holds for every capture: flows labelled once and completely, times in order, words that fit together."""
    label, problems = capture.label, []
    keys = [(e["transport"], e["client"], e["server"]) for e in label["flows"]]
    problems += [f"labelled flow is not in the capture: {k[1]} > {k[2]}" for k in keys if k not in capture.flows]
    problems += [f"flow without a label: {k[1]} > {k[2]}" for k in capture.flows if k not in set(keys)]
    for imposed in label["imposed"]:
        if not imposed["start_ns"] < imposed["stop_ns"]:
            problems.append(f"{imposed['id']} ends before it begins")
    if label["benign"]:
        problems += [f"benign, yet a finding is labelled: {e['client']} > {e['server']}" for e in label["flows"] if e.get("finding") is not False]
    elif not any("truth" in e for e in label["flows"]):
        problems.append("not benign, yet no flow has a truth")
    for call in label.get("calls", []):
        who = call.get("ended_by")
        if not set(who if isinstance(who, list) else [who]) <= {"local", "remote", None}:
            problems.append(f"nobody ends a call as {call['ended_by']}")
    for entry in label["flows"]:
        said = entry.get("attribution")
        if "truth" not in entry and "network" in (said if isinstance(said, list) else [said]):
            problems.append(f"nothing was done to it, yet the network is blamed: {entry['client']} > {entry['server']}")
        if entry.get("finding") is not False and "truth" not in entry and capture.imposed(entry.get("hit")) is None:
            problems.append(f"no truth and not free of findings: {entry['client']} > {entry['server']}")
        if not label["benign"] and entry.get("finding") is False and "truth" not in entry:
            problems += [f"free of findings, yet {i['id']} hit it: {entry['client']} > {entry['server']}" for i in label["imposed"] if hits(i, entry)]
        problems += known_words(capture, entry)
    times = label["times"]
    if "ended" in times and times.get("stopped", 0) - times["ended"] < 10 * SECOND and not label.get("cut"):
        problems.append("recorded less than 10 s after the end")
    return problems


def hits(imposed, entry):
    """True if something imposed on packets as they come reaches this flow."""
    host, port = entry["server"].rsplit(":", 1)
    return imposed["kind"] in ("drop", "after", "reject", "discard", "bucket", "policer", "shaper") and \
        imposed.get("protocol", entry["transport"]) == entry["transport"] and host in (imposed.get("remotes") or [host]) and \
        int(port) in (imposed.get("ports") or [int(port)])


def known_words(capture, entry):
    """App and protocol of a flow, by what only they send."""
    flow = capture.flows.get((entry["transport"], entry["client"], entry["server"]))
    if flow is None:
        return []
    problems = []
    apps = entry.get("app")
    apps = apps if isinstance(apps, list) else [apps]
    if apps != [None] and None not in apps and not set(apps) & spoken(flow):
        problems.append(f"{entry['client']} > {entry['server']}: nothing of {' or '.join(apps)} in it")
    protocol = entry.get("protocol")
    if protocol is not None and protocol != ("dns" if flow.server[1] == 53 else "http" if flow.server[1] == 80 else "tls" if flow.name else None):
        problems.append(f"{entry['client']} > {entry['server']} is no {protocol}")
    return problems


def spoken(flow):
    """Apps whose own packets a UDP flow holds."""
    found = {"webrtc"} if any(what in ("stun", "dtls") for what, _ in flow.kinds) else set()
    if any(what == "hello" for what, _ in flow.kinds):
        found.add("telegram")
    if flow.server[1] == 19302:
        found.add("max")
    # Allocate, with the attribute 0x4000 first: WhatsApp's.
    if any(bytes(p.payload[:2]) == b"\0\x03" and bytes(p.payload[20:22]) == b"\x40\0" for _, w, p in flow.frames if w == "up"):
        found.add("whatsapp")
    return found


def check_words(entry, truth):
    """The scored words must allow what is true, or something weaker."""
    problems = []
    values = lambda key: entry[key] if isinstance(entry[key], list) else [entry[key]]
    if "outcome" in entry and truth["outcome"] not in values("outcome") and not set(values("outcome")) <= {"ok", "inconclusive", "degraded"}:
        problems.append(f"outcome {entry['outcome']} does not allow {truth['outcome']}")
    if "mechanism" in entry and truth.get("mechanism") not in values("mechanism") and None not in values("mechanism"):
        problems.append(f"mechanism {entry['mechanism']} does not allow {truth.get('mechanism')}")
    if "cap_bps" in entry and not any(abs(v - truth.get("cap_bps", 0)) <= 0.01 * v for v in values("cap_bps")):
        problems.append(f"cap of {entry['cap_bps']} is not the one imposed")
    if "evidence" in entry and entry["evidence"] != {"dns-injected": "dns_answer_injected", "block-page": "page_injected"}.get(truth.get("mechanism")):
        problems.append(f"{entry['evidence']} is no evidence of {truth.get('mechanism')}")
    if "attribution" in entry and "network" not in values("attribution"):
        problems.append(f"attribution {entry['attribution']} does not allow the network, which did it")
    if "direction" in entry and truth.get("way") not in values("direction") and "both" not in values("direction"):
        problems.append(f"direction {entry['direction']} does not allow {truth.get('way')}")
    return problems


def share_bounds(share, count):
    """Where a share of independent losses lies in 9,999 of 10,000 cases, with a little room for edges."""
    width = 3.9 * math.sqrt(max(share * (1 - share), 1e-4) / max(1, count)) + 0.01
    return share - width, share + width
