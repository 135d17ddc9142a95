"""Many scenarios, several at once: a call mostly waits, and namespaces do not meet. Each runs as a process of its own."""

import fnmatch
import os
import signal
import subprocess
import time

from . import setup
from .net import sweep
from .plan import REGISTRY, make_plan
from .shell import say

# Seconds after which a run is ended: no scenario takes longer with its three tries.
BOUND = 600


def run_batch(options):
    from . import scenarios  # noqa: F401
    python = setup.install()
    setup.certificate()
    sweep()
    names = [n for n in REGISTRY if any(fnmatch.fnmatch(n, p) for p in options.only.split(","))]
    if options.missing:
        names = [n for n in names if not os.path.exists(os.path.join(options.out, "labels", n + ".json"))]
    # The longest first, so that none is left alone at the end.
    plans = {n: make_plan(n, options.seed)[0] for n in names}
    for plan in plans.values():
        video = bool(plan.options.get("video") or plan.options.get("video_bps"))
        plan.weight = {"chromium": 5, "webrtc": 3 if video else 2, "max": 3 if video else 2, "telegram": 2 if video else 1}.get(plan.engine, 1)
    waiting = sorted(names, key=lambda n: (-plans[n].weight, -plans[n].seconds))
    say(f"{len(names)} scenarios, seed {options.seed}, into {options.out}")
    running, failed, began = {}, [], time.monotonic()
    entry = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab")

    def interrupted(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGINT, interrupted)
    try:
        while waiting or running:
            used = sum(plans[n].weight for n in running)
            for name in list(waiting):
                if used + plans[name].weight <= options.parallel or not running:
                    waiting.remove(name)
                    used += plans[name].weight
                    process = subprocess.Popen([python, entry, "run", name, "--seed", str(options.seed), "--out", options.out],
                                               stdin=subprocess.DEVNULL, start_new_session=True)
                    running[name] = (process, time.monotonic())
                    # Namespaces, interpreters and engines start hard; not all at once.
                    time.sleep(1.2)
            time.sleep(0.3)
            for name, (process, since) in list(running.items()):
                code = process.poll()
                if code is None and time.monotonic() - since > BOUND:
                    say(f"{name}: took longer than {BOUND} s")
                    process.terminate()
                    code = process.wait(30)
                if code is not None:
                    del running[name]
                    if code != 0:
                        failed.append(name)
    except KeyboardInterrupt:
        for process, _ in running.values():
            process.terminate()
        for process, _ in running.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        sweep()
        say("interrupted; what was running has been removed")
        return 130
    say(f"{len(names) - len(failed)} of {len(names)} done in {time.monotonic() - began:.0f} s" + (f"; failed: {', '.join(sorted(failed))}" if failed else ""))
    return 1 if failed else 0
