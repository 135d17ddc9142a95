"""Connections over TCP: curl and Python clients started in the client's namespace, one after another or at once."""

import os
import time


def make_connections(stage, world, plan, times):
    """Runs the plan's steps: (seconds to wait before, kind, options). Ends when all have ended or their time is over."""
    running = []
    for wait, kind, options in plan.options["steps"]:
        time.sleep(wait)
        if kind == "impose":
            stage.impose(options["id"], options["spec"])
        elif kind == "relieve":
            stage.relieve(options["id"])
        elif kind == "wait":
            for child in running:
                child.process.wait(options.get("seconds", 60))
        elif kind == "curl":
            running.append(curl(stage, **options))
        elif kind == "python":
            running.append(stage.module("engines.client", [_json(options)], "cli", name="client", real_time=3))
        elif kind == "quic":
            running.append(stage.module("engines.quic", [_json(options)], "cli", name="quic"))
        elif kind == "forget_tcp":
            forget_connections(stage)
        elif kind == "firewall":
            reject_at_server(stage, world)
        elif kind == "kill":
            running[options.get("index", -1)].send_signal(9)
        times.setdefault("connected", time.time_ns())
    end = time.monotonic() + plan.seconds
    for child in running:
        try:
            child.process.wait(max(0.1, end - time.monotonic()))
        except Exception:
            child.stop()
    times["ended"] = time.time_ns()


def forget_connections(stage):
    """The home router loses what it knew of connections, takes none up in their middle, and resets them."""
    stage.network.run("home", "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0", check=False)
    stage.network.nft("home", "add table ip guard\nadd chain ip guard f { type filter hook forward priority 0; }\n"
                      "add rule ip guard f iifname lan0 tcp flags & (syn|rst) == 0 ct state invalid,untracked reject with tcp reset\n")
    stage.network.run("home", "conntrack -F", check=False)


def reject_at_server(stage, world):
    """The server's packet filter answers the client's packets with resets; its sockets do not know."""
    stage.network.nft("srv", "add table ip guard\nadd chain ip guard i { type filter hook input priority 0; }\n"
                      f"add rule ip guard i ip daddr {world.blocked_web} tcp dport 443 reject with tcp reset\n")


def _json(options):
    import json
    return json.dumps(options)


def curl(stage, url, seconds=20, rate=None, upload=None, extra=()):
    args = ["curl", "-k", "-s", "-S", "-4", "-m", seconds, "-o", "/dev/null", "--http1.1", "-w",
            '{"event":"curl","port":"%{local_port}","code":"%{http_code}","exit":"%{exitcode}","bytes":"%{size_download}","seconds":"%{time_total}"}\n']
    if rate:
        args += ["--limit-rate", rate]
    if upload:
        path = os.path.join(stage.folder, "upload.bin")
        if not os.path.exists(path):
            with open(path, "wb") as f:
                f.write(os.urandom(upload))
        args += ["-X", "POST", "-H", "Expect:", "--data-binary", f"@{path}"]
    return stage.child(args + list(extra) + [url], "cli", name="curl", real_time=3)
