"""Filters of the line. Each sees every packet at the access end and passes, drops, changes or answers it."""

from .payloads import kind


class Rule:
    """Matches by direction, protocol, remote address and port, kind of payload and size.

    `see` returns None to pass the packet, False to drop it, or other bytes to put in its place."""

    def __init__(self, spec, line):
        self.way = spec.get("way", "both")
        self.protocol = {"udp": 17, "tcp": 6, None: None}[spec.get("protocol")]
        self.remotes = set(spec["remotes"]) if spec.get("remotes") else None
        self.ports = set(spec["ports"]) if spec.get("ports") else None
        self.kinds = set(spec["kinds"]) if spec.get("kinds") else None
        self.larger = spec.get("larger", 0)
        self.seen = self.hit = 0

    def matches(self, line, way, p):
        if self.way != "both" and way != self.way:
            return False
        if self.protocol and p.protocol != self.protocol:
            return False
        up = way == "up"
        if self.remotes is not None and (p.destination if up else p.source) not in self.remotes:
            return False
        if self.ports is not None and (p.destination_port if up else p.source_port) not in self.ports:
            return False
        if p.length <= self.larger:
            return False
        return self.kinds is None or kind(p.payload) in self.kinds

    def see(self, line, way, p, now):
        if not self.matches(line, way, p):
            return None
        self.seen += 1
        return self.act(line, way, p, now)

    def act(self, line, way, p, now):
        raise NotImplementedError

    def report(self):
        return {"seen": self.seen, "hit": self.hit}


class Drop(Rule):
    """Drops every match, or a share of them."""

    def __init__(self, spec, line):
        super().__init__(spec, line)
        self.share = spec.get("share", 1.0)

    def act(self, line, way, p, now):
        if self.share < 1 and line.random.random() >= self.share:
            return None
        self.hit += 1
        return False


class Bucket(Rule):
    """A policer: token buckets per direction, no queue. Every match shares them, so several calls share one cap."""

    def __init__(self, spec, line):
        super().__init__(spec, line)
        self.rate = spec["rate_bps"] / 8
        self.size = spec["bucket_bytes"]
        self.tokens = {"up": float(self.size), "down": float(self.size)}
        self.at = {"up": None, "down": None}
        self.passed = {"up": 0, "down": 0}

    def act(self, line, way, p, now):
        if self.at[way] is not None:
            self.tokens[way] = min(self.size, self.tokens[way] + (now - self.at[way]) * self.rate)
        self.at[way] = now
        if self.tokens[way] < p.length:
            self.hit += 1
            return False
        self.tokens[way] -= p.length
        self.passed[way] += p.length
        return None

    def report(self):
        return {**super().report(), "passed": self.passed}


class Radio(Rule):
    """Gilbert's channel: good and bad states by time, all flows at once; in the bad state most packets are lost and the
    others wait for it to end, as with retransmissions of the link layer."""

    def __init__(self, spec, line):
        super().__init__(spec, line)
        self.good, self.bad = spec.get("good_s", 4.0), spec.get("bad_s", 0.25)
        self.loss = spec.get("loss", 0.8)
        self.until = None
        self.is_bad = False

    def act(self, line, way, p, now):
        if self.until is None:
            self.until = now + line.random.expovariate(1 / self.good)
        while now >= self.until:
            self.is_bad = not self.is_bad
            self.until += line.random.expovariate(1 / (self.bad if self.is_bad else self.good))
        if not self.is_bad:
            return None
        self.hit += 1
        if line.random.random() >= self.loss:
            line.hold(way, p.data, min(self.until, now + 0.15) + line.random.random() * 0.004)
        return False


class After(Rule):
    """Lets the first packets or bytes of every flow pass, both directions summed, and drops what follows."""

    def __init__(self, spec, line):
        super().__init__(spec, line)
        self.packets, self.bytes = spec.get("packets"), spec.get("bytes")
        self.flows = {}
        self.drop_way = spec.get("drop_way", "both")
        self.needs_hello = spec.get("needs_hello", False)

    def act(self, line, way, p, now):
        flow = (p.source, p.source_port, p.destination, p.destination_port) if way == "up" else \
            (p.destination, p.destination_port, p.source, p.source_port)
        count = self.flows.setdefault(flow, [0, 0])
        over = self.packets is not None and count[0] >= self.packets or self.bytes is not None and count[1] >= self.bytes
        if over:
            if self.drop_way in ("both", way):
                self.hit += 1
                return False
            return None
        count[0] += 1
        count[1] += len(p.payload)
        return None

    def report(self):
        return {**super().report(), "flows": [[*f, *c] for f, c in self.flows.items()]}


def make_rule(spec, line):
    from . import injectors
    kinds = {"drop": Drop, "bucket": Bucket, "radio": Radio, "after": After, "reset": injectors.Reset, "rewrite": injectors.Rewrite,
             "silence": injectors.SilenceAfterHello, "dns": injectors.ForgedAnswer, "page": injectors.BlockPage}
    return kinds[spec["kind"]](spec, line)
