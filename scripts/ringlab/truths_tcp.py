"""One measure per truth about connections and answers; and whether a truth fits what was imposed."""

from . import measures as m


def imposed_fits(capture, key, truth, kinds):
    """The label's truth must name something that was imposed, of a fitting kind and on this server."""
    entry = capture.imposed(truth.get("imposed"))
    if entry is None:
        return [f"nothing imposed is called {truth.get('imposed')}"]
    problems = []
    if entry["kind"] not in kinds:
        problems.append(f"{entry['kind']} was imposed, which is no {truth.get('mechanism')}")
    if entry.get("remotes") and key[2].rsplit(":", 1)[0] not in entry["remotes"]:
        problems.append("what was imposed does not reach this server")
    if entry.get("protocol") and entry["protocol"] != key[0]:
        problems.append(f"what was imposed is for {entry['protocol']}")
    exact = entry["kind"] in ("policer", "bucket", "shaper", "discard") or truth.get("mechanism") in ("cutoff", "freeze", "one-way", "size")
    if exact and entry.get("way", "both") != truth.get("way", "both"):
        problems.append(f"imposed {entry.get('way', 'both')}, labelled {truth.get('way', 'both')}")
    if exact and truth.get("way") == "up" and not capture.far:
        problems.append("what goes up can be told at the far side alone, which is not there")
    if truth.get("larger", entry.get("larger")) != entry.get("larger"):
        problems.append(f"packets above {entry.get('larger')} were dropped, not above {truth.get('larger')}")
    return problems


def reset(kinds, need_far=False):
    def measure(capture, key, flow, truth):
        problems = imposed_fits(capture, key, truth, kinds) if kinds else []
        problems += reset_count(capture, key, flow, truth)
        if kinds and capture.far:
            sent = sum(f.resets["down"] for f in capture.far.get((key[0], key[2]), []))
            if truth.get("mechanism") == "rst-injected" and truth.get("way", "down") == "down" and sent >= sum(
                    f.resets["down"] for k, f in capture.flows.items() if k[2] == key[2]):
                problems.append("the server sent these resets itself")
        return problems
    return measure


def reset_count(capture, key, flow, truth):
    """As many as were sent: those of the label, and the server's own where the far side shows some. Without a number, one or more."""
    count = flow.resets[truth.get("way", "down")]
    wanted = truth.get("resets")
    if wanted is None:
        return [] if count else ["no reset is in the capture"]
    own = sum(f.resets["down"] for f in capture.far.get((key[0], key[2]), []))
    problems = [] if wanted <= count <= wanted + own else [f"{count} resets, {wanted} were labelled"]
    sent = ((capture.imposed(truth.get("imposed")) or {}).get("report") or {}).get("sent")
    if sent is not None:
        labelled = sum(e["truth"].get("resets", 0) for e in capture.label["flows"] if e.get("truth", {}).get("imposed") == truth.get("imposed"))
        problems += [] if labelled == sent else [f"{labelled} resets are labelled, {sent} were sent"]
    return problems


def stray(capture, key, flow, truth):
    """Resets that had no effect: data went on afterwards."""
    problems = reset_count(capture, key, flow, truth)
    times = [t for t, w, p in flow.frames if w == "down" and p.flags & 4]
    if not times:
        return problems
    after = sum(p.payload_length for t, p in m.window(flow, times[-1] + 1, capture.last_ns + 1, "down"))
    return problems + ([] if after > 1000 else [f"only {after} bytes came after the last reset"])


def dns_injected(capture, key, flow, truth):
    """Two answers to one query, with different addresses."""
    answers = {}
    for _, p in m.window(flow, 0, capture.last_ns + 1, "down"):
        answers.setdefault(bytes(p.payload[:2]), set()).add(bytes(p.payload[-4:]))
    return ([] if any(len(a) > 1 for a in answers.values()) else ["no query with two answers"]) + imposed_fits(capture, key, truth, {"dns"})


def block_page(capture, key, flow, truth):
    """The server's answer here, and no request at the server."""
    problems = imposed_fits(capture, key, truth, {"page"})
    if not any(b"HTTP/1.1 403" in bytes(p.payload) for _, p in m.window(flow, 0, capture.last_ns + 1, "down")):
        problems.append("no page came in")
    for far in capture.far.get((key[0], key[2]), []):
        if any(p.payload_length for _, p in m.window(far, 0, 1 << 63, "up")):
            problems.append("the request reached the server")
    return problems
