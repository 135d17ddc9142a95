"""False labels: each change makes a true label say something that the capture does not show. `check` must refuse every one.

A change takes a copy of a label and returns it, or None where it has no meaning for that label."""

SECOND = 1_000_000_000


def truths(label, *outcomes):
    return [f for f in label["flows"] if "truth" in f and (not outcomes or f["truth"]["outcome"] in outcomes)]


def imposed(label, flow):
    return next((i for i in label["imposed"] if i["id"] == flow["truth"].get("imposed")), None)


def visible(flow):
    """True if the client's capture alone shows the truth."""
    return flow["truth"].get("way") != "up"


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


def cap_renamed(label):
    """The scored cap differs from the one imposed."""
    found = [f for f in truths(label, "capped") if "cap_bps" in f]
    for flow in found:
        flow["cap_bps"] = int(flow["cap_bps"] * 1.1)
    return label if found else None


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


def unknown_impairment(label):
    found = [f for f in truths(label) if "imposed" in f["truth"]]
    for flow in found:
        flow["truth"]["imposed"] = "nothing-of-that-name"
    return label if found and not any(f["truth"].get("scope") or f["truth"]["outcome"] == "ok" and f["truth"]["mechanism"] == "stray-reset"
                                      for f in found) else None


def other_server(label):
    """What was imposed on another server."""
    found = [i for i in label["imposed"] if i.get("remotes")]
    for entry in found:
        entry["remotes"] = ["198.51.100.254"]
    named = {f["truth"].get("imposed") for f in truths(label) if not f["truth"].get("scope")}
    return label if any(i["id"] in named for i in found) else None


def flow_forgotten(label):
    label["flows"] = label["flows"][1:]
    return label


def flow_renamed(label):
    flow = label["flows"][-1]
    flow["client"] = flow["client"].rsplit(":", 1)[0] + ":9"
    return label


def called_benign(label):
    if label["benign"]:
        return None
    label["benign"] = True
    return label if any(f.get("finding") is not False for f in label["flows"]) else None


def called_impaired(label):
    if not label["benign"]:
        return None
    label["benign"] = False
    return label


def ended_later(label):
    if label.get("cut") or "ended" not in label["times"]:
        return None
    label["times"]["ended"] = label["times"]["stopped"] - SECOND
    return label


def promises_raised(label):
    """What a capture was to show, ten times stronger."""
    found = [c for c in label["checks"] if c["kind"] in ("traffic", "queue", "silence", "resets", "rate", "loss")]
    for check in found:
        for word in ("least", "least_ms", "least_s"):
            if word in check:
                check[word] = check[word] * 60 + 200
        if check["kind"] == "rate":
            check["low"], check["high"] = check["high"] * 3, check["high"] * 4
        if check["kind"] == "loss":
            check["low"], check["high"] = min(0.9, check["high"] * 2 + 0.1), 1.0
    return label if found else None


def dns_invented(label):
    flow = next((f for f in label["flows"] if f["server"].endswith(":53") and "truth" not in f), None)
    if flow is None or label["benign"]:
        return None
    flow["truth"] = {"outcome": "ok", "mechanism": "dns-injected", "imposed": label["imposed"][0]["id"]}
    return label


def page_invented(label):
    flow = next((f for f in label["flows"] if f["server"].endswith(":443") and "truth" not in f), None)
    if flow is None or label["benign"]:
        return None
    flow["truth"] = {"outcome": "ok", "mechanism": "block-page", "imposed": label["imposed"][0]["id"]}
    return label


MUTATIONS = {
    "cap doubled": cap_scaled(2, True), "cap a third higher": cap_scaled(1.35, True), "cap halved": cap_scaled(0.5, True),
    "cap other than imposed": cap_scaled(1.2, False), "scored cap other than the truth": cap_renamed, "mechanism swapped": mechanism_swapped,
    "direction swapped": direction_swapped, "share tripled": share_scaled(3), "share halved": share_scaled(0.45),
    "live flow said to be a black hole": live_flow_said("dropped", "blackhole"), "live flow said to be cut off": live_flow_said("dropped", "cutoff"),
    "live flow said to be capped": live_flow_said("capped", "policer", cap_bps=8000), "live flow said to lose a third":
    live_flow_said("dropped", "random-discard", share=0.33), "live flow said to be one-way": live_flow_said("dropped", "one-way"),
    "connection said to be reset": live_flow_said("reset", "rst-injected", resets=40), "silence five seconds early": silence_moved,
    "recovery denied": recovery_denied, "recovery invented": recovery_invented, "scope swapped": scope_swapped, "scope forgotten": scope_forgotten,
    "more resets": more_resets, "reset said to be stray": reset_without_effect, "black hole called cutoff": blackhole_called_cutoff,
    "cutoff called black hole": cutoff_called_blackhole, "impairment unknown": unknown_impairment, "impairment of another server": other_server,
    "flow forgotten": flow_forgotten, "flow renamed": flow_renamed, "impaired called benign": called_benign, "benign called impaired": called_impaired,
    "ended a second before the recording": ended_later, "promises raised": promises_raised, "forged DNS answer invented": dns_invented,
    "block page invented": page_invented,
}
