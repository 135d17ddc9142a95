"""One run's surroundings, standing: namespaces, line, servers, recorders, traffic beside the call, impairments."""

import json
import os
import signal
import sys
import time

from . import nginx
from .kernel import Kernel
from .net import Network
from .pcap import Recorder
from .shell import Child, CommandFailed
from .vpn import Tunnel

IN_KERNEL = {"drop", "discard", "policer", "reject", "shaper"}


class Stage:
    """`with Stage(...) as stage:` makes everything and removes it, whatever happens inside."""

    def __init__(self, tag, world, services, folder, up_share=0.5):
        self.world, self.services, self.folder = world, services, folder
        self.up_share = up_share
        self.network = Network(tag, world)
        self.kernel = Kernel(self.network)
        self.log = []
        self.handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        self.children = []
        self.recorders = {}
        self.imposed = []
        self.rule_reports = {}
        self.line_report = None
        self.tunnel = None

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exception):
        self.close()

    def child(self, args, role=None, **more):
        made = Child(args, netns=self.network.ns(role) if role else None, log=self.log, **more)
        self.children.append(made)
        return made

    def module(self, program, arguments, role=None, **more):
        """A program of this package, run by the lab's interpreter."""
        return self.child([sys.executable, "-m", f"ringlab.{program}", *arguments], role,
                          env={"PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}, **more)

    def config(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            json.dump(content, f)
        return path

    def make(self):
        w = self.world
        self.network.make()
        line = self.config("line.json", {"seed": f"{w.seed}/{w.name}", "rtt_ms": w.rtt_ms, "near_ms": w.near_ms, "jitter_ms": w.jitter_ms,
                                         "hops": w.hops, "near_hops": w.near_hops, "up_share": self.up_share})
        self.line = self.module("line", [self.network.ns("acc"), self.network.ns("core"), line], name="line", real_time=20)
        if not self.line.wait_for("ready", 10):
            raise CommandFailed("the line did not start: " + " ".join(self.log[-3:]))
        self.network.line_ready()
        far = self.module("farside", [self.config("farside.json", self.services)], "srv", name="farside", real_time=5)
        if not far.wait_for("ready", 10):
            raise CommandFailed("the servers did not start: " + " ".join(self.log[-3:]))
        nginx.start(self, self.services["nginx"], self.services["certificate"], self.services["key"])
        self.line.on(self._line_event)

    def _line_event(self, event):
        if event["event"] == "rule":
            self.rule_reports[event["id"]] = event
            return True
        if event["event"] == "line":
            self.line_report = event
        return False

    def through_tunnel(self):
        """All of the client's traffic goes through a VPN from now on."""
        self.tunnel = Tunnel(self, self.world)
        self.tunnel.raise_up()

    def record(self, which=("client", "nat", "far"), inside=False):
        where = {"client": ("cli", self.tunnel.names["cli"] if inside else "eth0"), "nat": ("home", "wan0"), "far": ("core", "line1")}
        for name in which:
            role, link = where[name]
            self.recorders[name] = Recorder(self.network.ns(role), link, os.path.join(self.folder, f"{name}.raw.pcap"))
            self.children.append(self.recorders[name].child)
        end = time.monotonic() + 5
        while time.monotonic() < end and not all(any("listening" in line for line in r.child.log) for r in self.recorders.values()):
            time.sleep(0.05)
        time.sleep(0.1)

    def beside(self, dns_every_s=3.0, web_every_s=1.5, web=True):
        w = self.world
        path = self.config("beside.json", {"seed": f"{w.seed}/{w.name}/beside", "resolver": w.resolver, "dns_every_s": dns_every_s,
                                           "web": w.web if web else None, "web_name": "www.example.org", "web_every_s": web_every_s,
                                           "names": ["www.example.org", "cdn.example.com", "stun.example.org", "mail.example.net"]})
        self.beside_child = self.module("beside", [path], "cli", name="beside")
        self.beside_child.wait_for("ready", 5)

    def signal_by_tls(self, name, seconds):
        """The app's own connection to its servers: a name asked for, TLS, a request now and then, as long as the call lasts."""
        self.module("engines.client", [json.dumps({"url": f"https://{name}/ping/300", "seconds": seconds, "requests": int(seconds / 3), "one_read": 300,
                                                   "idle": 3, "timeout": 30})], "cli", name="signalling")

    def impose(self, name, spec):
        """Puts an impairment in; its time is noted for the label."""
        entry = {"id": name, **spec, "by": "kernel" if spec["kind"] in IN_KERNEL and not spec.get("in_line") else "line",
                 "start_ns": time.time_ns(), "stop_ns": None}
        if entry["by"] == "kernel":
            self.kernel.add(name, spec)
        else:
            self.line.send(do="rule", id=name, rule={k: v for k, v in spec.items() if k != "in_line"})
        # Holds from now on; and until just before it is taken out.
        entry["start_ns"] = time.time_ns()
        self.imposed.append(entry)

    def relieve(self, name):
        for entry in self.imposed:
            if entry["id"] == name and entry["stop_ns"] is None:
                entry["stop_ns"] = time.time_ns()
                if entry["by"] == "kernel":
                    entry["report"] = self.kernel.report(name)
                    self.kernel.remove(name)
                else:
                    self.line.send(do="remove", id=name)

    def finish(self):
        """Stops the recorders, then asks kernel and line what they did."""
        for recorder in self.recorders.values():
            recorder.stop()
        for entry in self.imposed:
            if entry["stop_ns"] is None:
                entry["stop_ns"] = time.time_ns()
                if entry["by"] == "kernel":
                    entry["report"] = self.kernel.report(entry["id"])
        self.line.send(do="reports")
        self.line.wait_for("line", 5)
        for entry in self.imposed:
            if entry["id"] in self.rule_reports:
                entry["report"] = {k: v for k, v in self.rule_reports[entry["id"]].items() if k not in ("event", "id")}

    def close(self):
        # Nothing may interrupt this: what is left over would stand in the way of the next run.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for child in self.children:
            if child.alive():
                child.send_signal(signal.SIGTERM)
        for child in reversed(self.children):
            try:
                child.stop(patience=1.0)
            except Exception as error:
                self.log.append(f"close: {error!r}")
        if self.tunnel:
            self.tunnel.lower()
        self.network.remove()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
