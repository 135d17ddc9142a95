"""False labels: each change makes a true label say something that the capture does not show. `check` must refuse every one.

A change takes a copy of a label and returns it, or None where it has no meaning for that label. Here: what was done. What is
said of it: `falsify_words.py`."""

from .falsify_words import WORDS, imposed, truths, visible

SECOND = 1_000_000_000


def cap_scaled(factor, everywhere):
    def change(label):
        found = [f for f in truths(label, "capped") if visible(f) and imposed(label, f)]
        if not found:
            return None
        for flow in found:
            flow["truth"]["cap_bps"] = int(flow["truth"]["cap_bps"] * factor)
            if "cap_bps" in flow:
                flow["cap_bps"] = flow["truth"]["cap_bps"]
            if everywhere:
                imposed(label, flow)["rate_bps"] = flow["truth"]["cap_bps"]
        return label
    return change


def mechanism_swapped(label):
    """A policer called a shaper, and the other way round."""
    found = truths(label, "capped")
    other = {"policer": "shaper", "shaper": "policer"}
    for flow in found:
        flow["truth"]["mechanism"] = other[flow["truth"]["mechanism"]]
        flow["mechanism"] = flow["truth"]["mechanism"]
    return label if found else None


def direction_swapped(label):
    """Down called up, and up called down."""
    other = {"down": "up", "up": "down"}
    found = [f for f in truths(label, "capped", "dropped") if f["truth"].get("way") in other and f["truth"].get("mechanism") in
             ("policer", "shaper", "random-discard", "one-way")]
    for flow in found:
        flow["truth"]["way"] = other[flow["truth"]["way"]]
    return label if found else None


def share_scaled(factor):
    def change(label):
        found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] == "random-discard" and visible(f) and f["truth"]["share"] > 0.03]
        for flow in found:
            flow["truth"]["share"] = min(0.99, flow["truth"]["share"] * factor)
        return label if found else None
    return change


def live_flow_said(outcome, mechanism, **more):
    """Something grave said of a flow that went on: the busiest one of a capture in which nothing was done to any."""
    def change(label):
        if not label["benign"] or label.get("cut") or label["imposed"] or "counts" not in label:
            return None
        best = max(label["flows"], key=lambda f: label["counts"].get(f["client"] + f["server"], 0))
        if best["transport"] != ("tcp" if outcome in ("reset", "ok") else "udp"):
            return None
        best.pop("finding", None)
        best.update({"truth": {"outcome": outcome, "mechanism": mechanism, "way": "down", **more}, "outcome": outcome, "mechanism": mechanism})
        label["benign"] = False
        middle = (label["times"]["began"] + label["times"]["ended"]) // 2
        label["imposed"].append({"id": "invented", "kind": {"capped": "policer", "reset": "reset"}.get(outcome, "drop"), "way": "down",
                                 "rate_bps": more.get("cap_bps"), "start_ns": middle, "stop_ns": label["times"]["stopped"]})
        best["truth"]["imposed"] = "invented"
        return label
    return change


def direction_swapped_everywhere(label):
    """The direction, in the truth and in what is said to be imposed: only packets can tell."""
    other = {"down": "up", "up": "down"}
    found = [f for f in truths(label, "capped", "dropped") if f["truth"].get("way") in other and imposed(label, f) and f["truth"].get("mechanism") in
             ("policer", "shaper", "random-discard", "one-way", "size")]
    for flow in found:
        flow["truth"]["way"] = other[flow["truth"]["way"]]
    for entry in {id(imposed(label, f)): imposed(label, f) for f in found}.values():
        entry["way"] = other[entry["way"]] if entry.get("way") in other else entry.get("way")
    return label if found else None


def shaper_longer(label):
    """The shaper said to go on into the free stretch, for as long as it was there."""
    found = [f for f in truths(label, "capped") if f["truth"]["mechanism"] == "shaper" and visible(f) and imposed(label, f)]
    entries = [imposed(label, f) for f in found]
    entries = [e for e in entries if label["times"]["ended"] - e["stop_ns"] > 15 * SECOND]
    for entry in entries:
        entry["start_ns"], entry["stop_ns"] = entry["stop_ns"], label["times"]["ended"]
    return label if entries else None


def fewer_resets(label):
    found = [f for f in truths(label, "reset") + truths(label, "ok") if "resets" in f["truth"]]
    for flow in found:
        flow["truth"]["resets"] -= 1
    return label if found else None


def resets_not_sent(label):
    """The filter said to have sent fewer than are in the capture."""
    found = [i for i in label["imposed"] if (i.get("report") or {}).get("sent")]
    for entry in found:
        entry["report"]["sent"] -= 1
    return label if found else None


def count_scaled(factor):
    """A flow cut after a count said to be cut after another."""
    def change(label):
        named = {f["truth"].get("imposed") for f in truths(label, "dropped") if f["truth"].get("counted")}
        found = [(i, w) for i in label["imposed"] if i["id"] in named for w in ("packets", "bytes", "after_packets", "after_bytes") if w in i]
        for entry, word in found:
            entry[word] = int(entry[word] * factor)
        return label if found else None
    return change


def size_moved(label):
    """Another size said to be the limit, in the truth and in what was imposed."""
    found = [f for f in truths(label, "dropped") if "larger" in f["truth"]]
    for flow in found:
        flow["truth"]["larger"] = imposed(label, flow)["larger"] = 150
    return label if found else None


def size_forged(label):
    found = [f for f in truths(label, "dropped") if "larger" in f["truth"]]
    for flow in found:
        flow["truth"]["larger"] += 100
    return label if found else None


def silence_moved(label):
    """The path said to be dead five seconds before it was."""
    found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] in ("cutoff", "one-way") and not f["truth"].get("counted") and visible(f)]
    for flow in found:
        imposed(label, flow)["start_ns"] -= 5 * SECOND
    return label if found else None


def recovery_denied(label):
    found = [f for f in truths(label) if f["truth"].pop("recovers", None)]
    return label if found else None


def recovery_invented(label):
    found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] == "cutoff" and not f["truth"].get("recovers")]
    for flow in found:
        flow["truth"]["recovers"] = True
    return label if found else None


def scope_swapped(label):
    other = {"dtls": "media", "media": "dtls"}
    found = [f for f in truths(label) if f["truth"].get("scope") in other]
    for flow in found:
        flow["truth"]["scope"] = other[flow["truth"]["scope"]]
    return label if found else None


def scope_forgotten(label):
    found = [f for f in truths(label) if f["truth"].pop("scope", None)]
    return label if found else None


def more_resets(label):
    found = truths(label, "reset")
    for flow in found:
        flow["truth"]["resets"] = 50
    return label if found else None


def reset_without_effect(label):
    """A reset that ended the connection called a stray one."""
    found = truths(label, "reset")
    for flow in found:
        flow["truth"].update(outcome="ok", mechanism="stray-reset")
        flow["outcome"] = "ok"
        flow.pop("mechanism", None)
    return label if found else None


def blackhole_called_cutoff(label):
    found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] == "blackhole" and not f["truth"].get("scope")]
    for flow in found:
        flow["truth"]["mechanism"] = flow["mechanism"] = "cutoff"
    return label if found else None


def cutoff_called_blackhole(label):
    found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] in ("cutoff", "freeze")]
    for flow in found:
        flow["truth"]["mechanism"] = flow["mechanism"] = "blackhole"
    return label if found else None


MUTATIONS = {
    "cap doubled": cap_scaled(2, True), "cap a third higher": cap_scaled(1.35, True), "cap halved": cap_scaled(0.5, True),
    "cap other than imposed": cap_scaled(1.2, False), "mechanism swapped": mechanism_swapped, "direction swapped": direction_swapped,
    "share tripled": share_scaled(3), "share halved": share_scaled(0.45),
    "live flow said to be a black hole": live_flow_said("dropped", "blackhole"),
    "live flow said to be cut off": live_flow_said("dropped", "cutoff"),
    "live flow said to be capped": live_flow_said("capped", "policer", cap_bps=8000),
    "live flow said to lose a third": live_flow_said("dropped", "random-discard", share=0.33),
    "live flow said to be one-way": live_flow_said("dropped", "one-way"),
    "connection said to be reset": live_flow_said("reset", "rst-injected", resets=40), "silence five seconds early": silence_moved,
    "recovery denied": recovery_denied, "recovery invented": recovery_invented, "scope swapped": scope_swapped,
    "scope forgotten": scope_forgotten, "more resets": more_resets, "reset said to be stray": reset_without_effect,
    "black hole called cutoff": blackhole_called_cutoff, "cutoff called black hole": cutoff_called_blackhole,
    "direction swapped everywhere": direction_swapped_everywhere, "shaper said of the stretch after it": shaper_longer,
    "fewer resets": fewer_resets, "fewer resets sent": resets_not_sent, "count halved": count_scaled(0.5),
    "count a third higher": count_scaled(1.34), "size limit moved": size_moved, "size limit other than imposed": size_forged,
    **WORDS,
}
