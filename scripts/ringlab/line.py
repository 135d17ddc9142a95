"""The access line as a program: delay, jitter, hidden hops, and the filters that no part of the kernel offers.

Run as `python -m ringlab.line ACCESS_NETNS CORE_NETNS CONFIG.json`. Forwards between TUN devices in two namespaces. The
filters (`rules.py`) stand at the access end: upstream packets meet them before the delay, downstream packets after it.
Commands come as lines of JSON on standard input; at the end it writes how late it forwarded, so that a run whose line did
not keep up can be thrown away."""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time

from .packets import Packet, with_ttl
from .rules import make_rule
from .shell import enter_netns

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
UP, DOWN = "up", "down"


def open_tun(netns, name):
    enter_netns(netns)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


class Line:
    def __init__(self, access, core, config):
        self.fds = {UP: open_tun(access, "line0"), DOWN: open_tun(core, "line1")}
        self.out = {UP: self.fds[DOWN], DOWN: self.fds[UP]}
        self.random = random.Random(config["seed"])
        self.delay = {UP: config["rtt_ms"] * config.get("up_share", 0.5) / 1000, DOWN: config["rtt_ms"] * (1 - config.get("up_share", 0.5)) / 1000}
        self.near = config["near_ms"] / 1000
        self.jitter = config["jitter_ms"] / 1000
        self.hops = config["hops"]
        self.default_hops = 8
        self.near_hops = config["near_hops"]
        self.rules = {}
        self.heap = []
        self.count = 0
        self.last_due = {UP: 0.0, DOWN: 0.0}
        self.late = []
        self.worst = 0.0
        self.forwarded = {UP: 0, DOWN: 0}

    def remote(self, packet, way):
        return packet.destination if way == UP else packet.source

    def push(self, due, way, data, ruled):
        self.count += 1
        heapq.heappush(self.heap, (due, self.count, way, data, ruled))

    def accept(self, way, data, now):
        """A packet from outside: what the filters let through goes into the delay."""
        packets = [data]
        if way == UP:
            packets = self.filter(way, data, now)
        for each in packets:
            due = now + self.delay[way] + abs(self.random.gauss(0, self.jitter))
            due = max(due, self.last_due[way] + 1e-5)
            self.last_due[way] = due
            self.push(due, way, each, way == UP)

    def filter(self, way, data, now):
        """Runs the filters over a packet; returns the packets that go on in its direction."""
        if not self.rules:
            return [data]
        packet = Packet(data)
        for rule in list(self.rules.values()):
            verdict = rule.see(self, way, packet, now)
            if verdict is False:
                return []
            if verdict is not None:
                data = verdict
                packet = Packet(data)
        return [data]

    def inject(self, way, data, after=0.0, now=None):
        """A filter's own packet: toward the client it leaves at once, toward the server it takes the line."""
        now = now if now is not None else time.monotonic()
        due = now + after + (self.delay[UP] if way == UP else 0)
        self.push(due, way, data, True)

    def hold(self, way, data, due):
        """Puts a packet that a filter keeps back into the line at its time."""
        self.push(due + (self.delay[UP] if way == UP else 0), way, data, True)

    def flush(self, now):
        while self.heap and self.heap[0][0] <= now:
            due, _, way, data, ruled = heapq.heappop(self.heap)
            packets = [data] if ruled else self.filter(way, data, now)
            for each in packets:
                self.write(way, each)
            lateness = time.monotonic() - due
            self.worst = max(self.worst, lateness)
            if lateness > 0.003:
                self.late.append(lateness)
            self.forwarded[way] += 1

    def write(self, way, data):
        remote = ".".join(str(b) for b in (data[16:20] if way == UP else data[12:16]))
        hops = self.hops.get(remote, self.default_hops)
        ttl = data[8] - hops
        if data[0] >> 4 != 4 or ttl <= 0:
            return
        try:
            os.write(self.out[way], with_ttl(data, ttl))
        except OSError:
            pass

    def command(self, line):
        message = json.loads(line)
        if message["do"] == "rule":
            self.rules[message["id"]] = make_rule(message["rule"], self)
        elif message["do"] == "remove":
            rule = self.rules.pop(message["id"], None)
            if rule:
                print(json.dumps({"event": "rule", "id": message["id"], **rule.report()}), flush=True)
        elif message["do"] == "reports":
            for name, rule in self.rules.items():
                print(json.dumps({"event": "rule", "id": name, **rule.report()}), flush=True)
            self.late.sort()
            print(json.dumps({"event": "line", "forwarded": self.forwarded, "late_over_3ms": len(self.late),
                              "worst_ms": round(self.worst * 1000, 2)}), flush=True)

    def run(self):
        reading = {self.fds[UP]: UP, self.fds[DOWN]: DOWN}
        buffer = b""
        while True:
            now = time.monotonic()
            self.flush(now)
            wait = min(0.5, max(0.0, self.heap[0][0] - time.monotonic())) if self.heap else 0.5
            ready = select.select(list(reading) + [0], [], [], wait)[0]
            now = time.monotonic()
            for fd in ready:
                if fd == 0:
                    data = os.read(0, 65536)
                    if not data:
                        return
                    buffer += data
                    while b"\n" in buffer:
                        line, buffer = buffer.split(b"\n", 1)
                        self.command(line)
                    continue
                for _ in range(64):
                    try:
                        data = os.read(fd, 2048)
                    except BlockingIOError:
                        break
                    if len(data) >= 20 and data[0] >> 4 == 4:
                        self.accept(reading[fd], data, now)


def main():
    with open(sys.argv[3]) as f:
        line = Line(sys.argv[1], sys.argv[2], json.load(f))
    print(json.dumps({"event": "ready"}), flush=True)
    line.run()


if __name__ == "__main__":
    main()
