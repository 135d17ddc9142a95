"""Labels: what an honest reader may infer from the client's capture, from what the lab imposed and never from an analyzer."""

import json

from .flows import flows_of

ENGINES = {"whatsapp": "generator after WhatsApp's published call set-up", "max": "aiortc in the shape of Max's calls",
           "webrtc": "aiortc", "telegram": "ntgcalls, Telegram's call engine", "sip": "baresip", "chromium": "Chromium, headless",
           "tcp": "curl, Python's ssl, Linux TCP"}


def make(stage, world, plan, name, frames, far, times):
    inside = plan.options.get("tunnel") == "inside"
    clients = {world.tunnel_ip} if inside else {world.client_ip, *plan.options.get("more_clients", [])}
    flows = flows_of(frames, clients)
    chosen = victims(flows, world, plan, stage)
    out = []
    for flow in flows:
        entry = {"transport": flow.transport, "client": "%s:%d" % flow.client, "server": "%s:%d" % flow.server}
        app = app_of(flow, world, plan)
        if app:
            entry["app"] = app
        if flow in chosen and plan.victim is not None:
            entry.update(plan.victim)
            if "truth" in plan.victim and plan.options.get("twins"):
                entry["truth"] = {**plan.victim["truth"], "with": [[f.transport, "%s:%d" % f.client, "%s:%d" % f.server] for f in chosen]}
        else:
            entry.update(next((more for test, more in plan.others if matches(flow, world, test)), rest(flow, stage, plan)))
        words_of(entry, flow, world, plan)
        out.append(entry)
    made = {
        "capture": f"{name}.pcap", "points": {"client": f"captures/{name}.pcap", "nat": f"nat/{name}.pcap", "far": f"far/{name}.pcap"},
        "scenario": plan.scenario, "class": plan.scenario, "benign": plan.benign, "synthetic": plan.synthetic,
        "engine": engine(plan), "seed": world.seed, "what": plan.summary,
        "imposed": [imposed(entry, times) for entry in stage.imposed],
        "line": {"rtt_ms": world.rtt_ms, "jitter_ms": world.jitter_ms, "near_ms": world.near_ms, "nat": world.nat},
        "clients": sorted(clients), "flows": out,
        "times": {k: v for k, v in times.items() if v}, "checks": checks(plan, chosen),
    }
    if plan.cuts:
        made["cut"] = plan.cuts
    if plan.call is not None:
        calls = plan.call if isinstance(plan.call, list) else [plan.call]
        media = [[e["transport"], e["client"], e["server"]] for e, f in zip(out, flows) if f in chosen and f.transport == "udp"]
        made["calls"] = [{**call, "ended_by": ended_by(plan), "flows": media} for call in calls]
    return json.loads(json.dumps(made))


def engine(plan):
    """The engine's name, with the path and version of the protocol where it has several."""
    more = [f"{plan.options['path']}, protocol version {plan.options['version']}"] if plan.engine == "telegram" else []
    return ", ".join([ENGINES[plan.engine], *more, *(["video"] if plan.options.get("video") or plan.options.get("video_bps") else [])])


def ended_by(plan):
    """Who ended the call, as far as the capture can hold it: None where it was cut off before; perhaps none where the engine may have
    given up by itself, without taking leave, or nothing tells a call that was declined from one that was given up."""
    if plan.cuts:
        return None
    gave_up = plan.options.get("unanswered") or plan.options.get("peer_offline") or not plan.needs_connection or plan.impairments and not plan.benign or any(a in ("kill_peer", "stop_peer") for _, a, _ in plan.actions)
    return [plan.ends, None] if gave_up else plan.ends


def words_of(entry, flow, world, plan):
    """Protocol, direction and attribution, where the lab knows what may be said."""
    if flow.server == (world.resolver, 53):
        entry["protocol"] = "dns"
    elif flow.transport == "tcp" and flow.name:
        entry["protocol"] = "tls" if flow.server[1] != 80 else "http"
    truth = entry.get("truth")
    if truth is None:
        if plan.benign and "outcome" in entry:
            # Whatever is said of it, it is not the network's doing.
            entry.setdefault("attribution", ["endpoint", "unknown", None])
        return
    free = entry.get("finding") is False or isinstance(entry.get("outcome"), list) or "outcome" not in entry
    entry.setdefault("attribution", ["network", "unknown", *([None] if free else [])])
    if not free and truth["outcome"] in ("dropped", "capped", "reset"):
        entry.setdefault("direction", {"down": "down", "up": "up", "both": ["down", "both"]}[truth.get("way", "down")])


def rest(flow, stage, plan):
    """A flow that the label is not about: nothing may be claimed of it, unless what was imposed hit it as well."""
    if plan.benign:
        return {"finding": False}
    for entry in stage.imposed:
        if entry["kind"] in ("drop", "after", "reject", "discard", "bucket", "policer", "shaper") and entry.get("protocol", flow.transport) == flow.transport and \
                flow.server[0] in (entry.get("remotes") or [flow.server[0]]) and flow.server[1] in (entry.get("ports") or [flow.server[1]]):
            return {"hit": entry["id"]}
        if entry["kind"] in ("reset", "rewrite", "silence", "page") and any(
                [flow.client[1], *flow.server] == [f[1], f[2], f[3]] for f in (entry.get("report") or {}).get("flows", [])):
            return {"hit": entry["id"]}
    return {"finding": False}


def imposed(entry, times):
    spec = {k: v for k, v in entry.items() if k not in ("start_ns", "stop_ns", "report")}
    if entry["kind"] == "policer":
        spec["real_bucket_bytes"] = entry["rate_bps"] // 8 + entry["burst_bytes"]
    if isinstance(entry.get("report"), dict):
        spec["report"] = entry["report"]
    return {**spec, "start_ns": entry["start_ns"], "stop_ns": entry["stop_ns"]}


def victims(flows, world, plan, stage):
    """The flows that the plan's label is about."""
    where = plan.victims
    if where == "media":
        remotes = call_remotes(world, plan)
        able = [f for f in flows if f.transport == "udp" and f.server[0] in remotes and f.media() >= 20]
        able.sort(key=lambda f: -f.media())
        return able[:plan.options.get("media_flows", 1)]
    if where == "relays":
        remotes = call_remotes(world, plan) - {world.peer_ip}
        return [f for f in flows if f.transport == "udp" and f.server[0] in remotes]
    if where == "peer":
        able = [f for f in flows if f.transport == "udp" and f.server[0] == world.peer_ip]
        able.sort(key=lambda f: -sum(f.packets.values()))
        return able[:1]
    if isinstance(where, dict):
        if plan.options.get("reset_flows_are_victims"):
            # Residual blocking hits every connection that the filter says it answered.
            hit = {(f[1], f[3]) for e in stage.imposed for f in (e.get("report") or {}).get("flows", [])}
            return [f for f in flows if f.server[0] == world.blocked_web and f.resets["down"] and hit]
        return [f for f in flows if matches(f, world, where)]
    return []


def matches(flow, world, test):
    """`test`: transport, name (of a server), host (an attribute of the world), port, client ports, dns (a name asked for)."""
    if "dns" in test:
        label = b"".join(bytes([len(part)]) + part.encode() for part in test["dns"].split("."))
        return flow.server[1] == 53 and any(label in bytes(p.payload) for _, _, p in flow.frames)
    hosts = None
    if "host" in test:
        value = getattr(world, test["host"])
        hosts = set(value) if isinstance(value, list) else {value}
    return ("transport" not in test or flow.transport == test["transport"]) and (hosts is None or flow.server[0] in hosts) and \
        ("port" not in test or flow.server[1] == test["port"]) and ("name" not in test or flow.name == test["name"]) and \
        ("client_ports" not in test or flow.client[1] in test["client_ports"]) and ("client" not in test or flow.client[0] == test["client"])


def call_remotes(world, plan):
    w = world
    return {"whatsapp": set(w.meta_relays), "telegram": {*w.telegram_relays, w.telegram_turn, w.peer_ip},
            "max": {w.max_turn, w.peer_ip}, "webrtc": {w.turn, w.peer_ip}, "chromium": {w.turn, w.peer_ip},
            "sip": {w.peer_ip}}.get(plan.engine, set())


def app_of(flow, world, plan):
    """What may be expected as the app; None where it is not scored."""
    if plan.options.get("guess_app"):
        return None
    host, udp = flow.server[0], flow.transport == "udp"
    if plan.engine == "telegram":
        if host in world.telegram_relays and udp:
            return "telegram"
        if host == world.telegram_turn:
            return ["telegram", "webrtc"]
        if host == world.peer_ip:
            return ["telegram", "webrtc", None]
    if plan.engine == "whatsapp" and host in world.meta_relays:
        return ["whatsapp"]
    if plan.engine == "max" and host == world.max_turn and udp:
        return ["max", "webrtc"]
    if plan.engine in ("webrtc", "chromium") and host == world.turn and flow.media() >= 20:
        return ["webrtc", None]
    return None


def checks(plan, chosen):
    """The measures that `check` takes, with the five-tuples of the flows they are about."""
    keys = [[f.transport, "%s:%d" % f.client, "%s:%d" % f.server] for f in chosen]
    more = []
    if plan.call is not None and not plan.impairments and isinstance(ended_by(plan), str) and any(f.media() >= 20 for f in chosen):
        more.append({"kind": "ended_by", "who": plan.ends})
    return [{**check, "flows": check.get("flows", keys)} for check in [*plan.checks, *more]]
