"""False labels whose words are false: who, which flow, which direction, whose doing. See `falsify.py`."""

SECOND = 1_000_000_000


def truths(label, *outcomes):
    return [f for f in label["flows"] if "truth" in f and (not outcomes or f["truth"]["outcome"] in outcomes)]


def imposed(label, flow):
    return next((i for i in label["imposed"] if i["id"] == flow["truth"].get("imposed")), None)


def visible(flow):
    """True if the client's capture alone shows the truth."""
    return flow["truth"].get("way") != "up"


def scored_direction_swapped(label):
    found = [f for f in truths(label) if "direction" in f]
    for flow in found:
        flow["direction"] = "up" if flow["truth"].get("way", "down") != "up" else "down"
    return label if found else None


def scored_outcome_swapped(label):
    """The word that is scored is another than what was done."""
    other = {"dropped": "capped", "capped": "reset", "reset": "dropped"}
    found = [f for f in truths(label, *other) if isinstance(f.get("outcome"), str) and f["outcome"] in other]
    for flow in found:
        flow["outcome"] = other[flow["outcome"]]
    return label if found else None


def cap_renamed(label):
    """The scored cap differs from the one imposed."""
    found = [f for f in truths(label, "capped") if "cap_bps" in f]
    for flow in found:
        flow["cap_bps"] = int(flow["cap_bps"] * 1.1)
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

def innocent_blamed(label):
    """What was done to one flow said of another, which went on untouched."""
    done = next((f for f in label["flows"] if "truth" in f), None)
    if done is None or label.get("cut"):
        return None
    free = [f for f in label["flows"] if f.get("finding") is False and "truth" not in f and f["transport"] == done["transport"]]
    best = max(free, key=lambda f: label.get("counts", {}).get(f["client"] + f["server"], 0), default=None)
    if best is None or label.get("counts", {}).get(best["client"] + best["server"], 0) < 3:
        return None
    best.pop("finding")
    best.update({k: v for k, v in done.items() if k not in ("transport", "client", "server", "finding")})
    return label


def freedom_forgotten(label):
    """An untouched flow no longer said to be free of findings."""
    found = [f for f in label["flows"] if f.get("finding") is False and "truth" not in f]
    if not found:
        return None
    found[0].pop("finding")
    return label


def finding_on_benign(label):
    """A benign flow called a finding."""
    if not label["benign"]:
        return None
    label["flows"][0]["finding"] = True
    return label


def victim_called_free(label):
    """One of several flows that were hit said to be untouched."""
    found = [f for f in truths(label, "dropped", "capped") if (imposed(label, f) or {}).get("kind") in ("drop", "after", "reject", "discard", "bucket", "policer", "shaper")]
    if not found:
        return None
    for word in ("truth", "outcome", "mechanism", "direction", "cap_bps", "attribution"):
        found[0].pop(word, None)
    found[0]["finding"] = False
    return label


def network_blamed(label):
    """The network blamed where nothing was done."""
    found = [f for f in label["flows"] if f.get("finding") is False and "truth" not in f]
    if not found:
        return None
    found[0]["attribution"] = "network"
    return label


def evidence_swapped(label):
    other = {"dns_answer_injected": "page_injected", "page_injected": "dns_answer_injected"}
    found = [f for f in truths(label) if "evidence" in f]
    for flow in found:
        flow["evidence"] = other[flow["evidence"]]
    return label if found else None


def endpoint_blamed(label):
    found = truths(label)
    for flow in found:
        flow["attribution"] = "endpoint"
    return label if found else None


def app_renamed(label):
    other = {"whatsapp": "telegram", "telegram": "whatsapp", "max": "telegram"}
    found = [f for f in label["flows"] if (f["app"] if isinstance(f.get("app"), str) else (f.get("app") or [None])[0]) in other and
             None not in (f["app"] if isinstance(f["app"], list) else [])]
    for flow in found:
        flow["app"] = other[flow["app"] if isinstance(flow["app"], str) else flow["app"][0]]
    return label if found else None


def protocol_swapped(label):
    other = {"dns": "tls", "tls": "http", "http": "dns"}
    found = [f for f in label["flows"] if f.get("protocol") in other]
    for flow in found:
        flow["protocol"] = other[flow["protocol"]]
    return label if found else None


def ended_by_nobody(label):
    found = label.get("calls", [])
    for call in found:
        call["ended_by"] = "network"
    return label if found else None


def ended_by_the_other(label):
    """The other side said to have hung up."""
    other = {"local": "remote", "remote": "local"}
    found = [c for c in label["checks"] if c["kind"] == "ended_by"]
    for check in found:
        check["who"] = other[check["who"]]
    return label if found else None


def loss_denied(label):
    """No loss, where some was promised or imposed."""
    found = [f for f in truths(label, "dropped") if f["truth"]["mechanism"] == "random-discard" and visible(f) and f["truth"]["share"] > 0.03]
    for flow in found:
        flow["truth"]["share"] = 0.0
    lossy = [c for c in label["checks"] if c["kind"] == "loss" and c["low"] > 0]
    for check in lossy:
        check["low"] = check["high"] = 0
    return label if found or lossy else None


WORDS = {
    "scored cap other than the truth": cap_renamed, "impairment unknown": unknown_impairment,
    "impairment of another server": other_server, "flow forgotten": flow_forgotten, "flow renamed": flow_renamed,
    "impaired called benign": called_benign, "benign called impaired": called_impaired,
    "ended a second before the recording": ended_later, "promises raised": promises_raised, "forged DNS answer invented": dns_invented,
    "block page invented": page_invented, "scored direction swapped": scored_direction_swapped,
    "scored outcome swapped": scored_outcome_swapped, "loss denied": loss_denied, "innocent flow blamed": innocent_blamed,
    "freedom from findings forgotten": freedom_forgotten, "benign flow called a finding": finding_on_benign,
    "flow that was hit called free": victim_called_free, "network blamed for nothing": network_blamed,
    "endpoint blamed for what was imposed": endpoint_blamed, "evidence swapped": evidence_swapped, "app renamed": app_renamed,
    "protocol swapped": protocol_swapped, "ended by nobody there is": ended_by_nobody, "ended by the other side": ended_by_the_other,
}
