"""Runs one scenario from beginning to end and leaves capture, label and what was seen of the machine."""

import json
import os
import shutil
import tempfile
import time

from . import label, pcap
from .calls import make_connections
from .check import check_label
from .ends import Ends, services
from .plan import make_plan
from .stage import Stage


# Names whose servers an app speaks to over TLS beside its call. WhatsApp's generator has its own chat connection.
SIGNALLING = {"telegram": "api.telegram.org", "max": "calls.okcdn.ru"}


class Discarded(Exception):
    """The run does not show what it should; it may be tried again."""


def run_scenario(name, seed, out, certificate, keep=False):
    """Runs a scenario; returns its label. Files: OUT/captures/NAME.pcap, OUT/far/NAME.pcap, OUT/nat/NAME.pcap, OUT/labels/NAME.json."""
    plan, world = make_plan(name, seed)
    folder = tempfile.mkdtemp(prefix="ringlab-")
    tag = os.path.basename(folder)[-4:]
    config = {**services(world, plan), "certificate": certificate[0], "key": certificate[1], **plan.options.get("server", {})}
    log = []
    try:
        with Stage(tag, world, config, folder, plan.up_share) as stage:
            log = stage.log
            times = perform(stage, world, plan)
            stage.finish()
            result = keep_results(stage, world, plan, name, out, times)
        return result
    finally:
        if log:
            os.makedirs(os.path.join(out, "logs"), exist_ok=True)
            with open(os.path.join(out, "logs", f"{name}.log"), "w") as f:
                f.write("\n".join(log))
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def perform(stage, world, plan):
    """The run itself. Returns when it began, had media, ended and stopped (ns)."""
    times = {}
    if plan.options.get("tunnel"):
        stage.through_tunnel()
    stage.record(inside=plan.options.get("tunnel") == "inside")
    times["began"] = time.time_ns()
    if plan.beside.get("on", True):
        stage.beside(**{k: v for k, v in plan.beside.items() if k != "on"})
    time.sleep(plan.options.get("lead_s", 1.5))
    for impairment in plan.impairments:
        if impairment.at is None:
            stage.impose(impairment.id, impairment.spec)
    if plan.engine == "tcp":
        make_connections(stage, world, plan, times)
        time.sleep(plan.after)
        times["stopped"] = time.time_ns()
        return times
    if plan.engine in SIGNALLING:
        stage.signal_by_tls(SIGNALLING[plan.engine], plan.seconds + 15)
    ends = Ends(stage, world, plan)
    ends.start()
    connected = ends.connected(plan.options.get("connect_s", 15))
    times["connected"] = time.time_ns() if connected else None
    if plan.needs_connection and not connected:
        raise Discarded("no media")
    perform_timeline(stage, world, plan, ends)
    times["ended"] = time.time_ns()
    ends.finish(plan.ends)
    time.sleep(plan.after)
    times["stopped"] = time.time_ns()
    return times


def perform_timeline(stage, world, plan, ends):
    """Impairments and actions at their times, from the media's beginning to its end."""
    events = []
    for impairment in plan.impairments:
        if impairment.at is not None:
            events.append((impairment.at, lambda i=impairment: stage.impose(i.id, i.spec)))
        if impairment.until is not None:
            events.append((impairment.until, lambda i=impairment: stage.relieve(i.id)))
    from .actions import ACTIONS
    for when, action, arguments in plan.actions:
        events.append((when, lambda a=action, x=arguments: ACTIONS[a](stage, world, plan, ends, **x)))
    began = time.monotonic()
    for when, do in sorted(events, key=lambda e: e[0]):
        if when > plan.seconds:
            break
        time.sleep(max(0, began + when - time.monotonic()))
        do()
    time.sleep(max(0, began + plan.seconds - time.monotonic()))


def keep_results(stage, world, plan, name, out, times):
    for kind in ("captures", "labels", "far", "nat"):
        os.makedirs(os.path.join(out, kind), exist_ok=True)
    raw = {where: pcap.read(r.path) for where, r in stage.recorders.items()}
    if not raw["client"]:
        raise Discarded("nothing was captured")
    lost = [f"{where}: {r.dropped}" for where, r in stage.recorders.items() if r.dropped]
    if lost:
        raise Discarded("the recorder lost packets: " + ", ".join(lost))
    worst = (stage.line_report or {}).get("worst_ms", 0)
    late = (stage.line_report or {}).get("late_over_3ms", 0)
    forwarded = sum((stage.line_report or {}).get("forwarded", {"x": 0}).values()) or 1
    # A download at full speed comes in bursts that a program forwards in some milliseconds; a call does not.
    if worst > 60 or late / forwarded > (0.2 if plan.engine == "tcp" else 0.03):
        raise Discarded(f"the line fell behind: {late} of {forwarded} packets over 3 ms late, the worst {worst} ms")
    frames = apply_cuts(raw["client"], plan, times)
    made = label.make(stage, world, plan, name, frames, raw["far"], times)
    made["machine"] = {"line_worst_ms": worst, "line_late_over_3ms": late, "line_packets": forwarded}
    problems = check_label(made, frames, raw["far"])
    if problems:
        if os.environ.get("RINGLAB_KEEP_THROWN"):
            os.makedirs(os.path.join(out, "thrown"), exist_ok=True)
            for where, kept in (("", frames), ("-far", raw["far"])):
                pcap.write(os.path.join(out, "thrown", f"{name}{where}.pcap"), kept)
            with open(os.path.join(out, "thrown", f"{name}.json"), "w") as f:
                json.dump(made, f, indent=1)
        raise Discarded("; ".join(problems)[:600])
    media, other = {"telegram": 86, "max": 66, "webrtc": 66, "chromium": 66}.get(plan.engine, 62), 200
    pcap.write(os.path.join(out, "captures", f"{name}.pcap"), pcap.cut(frames, media, other))
    pcap.write(os.path.join(out, "far", f"{name}.pcap"), pcap.cut(raw["far"], media, other))
    pcap.write(os.path.join(out, "nat", f"{name}.pcap"), pcap.cut(raw["nat"], media, other))
    with open(os.path.join(out, "labels", f"{name}.json"), "w") as f:
        json.dump(made, f, indent=1)
        f.write("\n")
    return made


def apply_cuts(frames, plan, times):
    """What the capture is made to lack: its beginning, its end, one direction."""
    cuts = plan.cuts
    connected = times.get("connected") or times["began"]
    kept = frames
    if "start" in cuts:
        kept = [f for f in kept if f.time_ns >= connected + cuts["start"] * 1e9]
    if "stop" in cuts:
        kept = [f for f in kept if f.time_ns <= connected + cuts["stop"] * 1e9]
    if "only" in cuts:
        up = cuts["only"] == "up"
        kept = [f for f in kept if (p := f.packet()) is not None and (p.source == cuts["client"]) == up]
    return kept
