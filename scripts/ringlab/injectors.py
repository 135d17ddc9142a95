"""Filters that read a server's name and answer in somebody else's name."""

import struct

from .packets import TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, tcp, udp
from .payloads import server_name
from .rules import Rule


class Triggered(Rule):
    """Acts on a ClientHello (or HTTP request) that names one of `names`; other connections pass."""

    def __init__(self, spec, line):
        spec = {**spec, "protocol": "tcp"}
        super().__init__(spec, line)
        self.names = {n.lower() for n in spec.get("names", [])}
        self.residual = spec.get("residual_s", 0)
        self.blocked_until = {}
        self.triggered = {}
        self.flows = {}

    def name_in(self, payload):
        name = server_name(payload)
        if name is None and payload[:4] in (b"GET ", b"POST"):
            at = payload.lower().find(b"host: ")
            name = payload[at + 6:].split(b"\r")[0].decode("ascii", "replace") if at >= 0 else None
        return name and name.lower() in self.names

    def flow(self, way, p):
        return (p.source, p.source_port, p.destination, p.destination_port) if way == "up" else \
            (p.destination, p.destination_port, p.source, p.source_port)

    def act(self, line, way, p, now):
        flow = self.flow(way, p)
        state = self.flows.setdefault(flow, {"ttl": None, "ident": 0, "server_next": 0, "window": 0})
        if way == "down":
            state.update(ttl=p.ttl, ident=p.ident, window=p.window,
                         server_next=(p.sequence + p.payload_length + bool(p.flags & 3)) & 0xFFFFFFFF)
        target = (flow[0], flow[2], flow[3])
        again = way == "up" and now < self.blocked_until.get(target, 0) and not p.flags & TCP_RST
        if way == "up" and flow not in self.triggered and (self.name_in(p.payload) or again and p.payload_length > 0):
            self.triggered[flow] = now
            self.hit += 1
            if self.residual:
                self.blocked_until[target] = now + self.residual
            return self.trigger(line, p, state, now)
        return self.later(line, way, p, flow, state, now)

    def trigger(self, line, p, state, now):
        raise NotImplementedError

    def later(self, line, way, p, flow, state, now):
        return None

    def report(self):
        return {**super().report(), "flows": [list(f) for f in self.triggered]}


class Reset(Triggered):
    """Resets toward the client (and the server) when a name is asked for, in one of several styles.

    `single` one RST+ACK · `burst` one RST and three RST+ACK with sequence numbers X, X+1460, X+4380, as described for the
    Great Firewall · `copied` TTL and IP-ID continue the server's · `late` after the server's answer has passed ·
    `outside` far outside the window, which a real stack ignores. `drop` removes the request (in the path)."""

    def __init__(self, spec, line):
        super().__init__(spec, line)
        self.style = spec.get("style", "single")
        self.drop = spec.get("drop", False)
        self.after = spec.get("after_ms", 0.4) / 1000
        self.both = spec.get("both", True)
        self.ttl = spec.get("ttl", 64)
        self.ident = spec.get("ident", 0)
        self.sent = 0

    def down(self, line, p, state, sequence, flags, index, now, after):
        # What leaves here loses the line's hops before the client sees it; a copied TTL must look as the server's.
        hops = line.hops.get(p.destination, line.default_hops)
        copied = self.style in ("copied", "late")
        ttl = state["ttl"] if copied and state["ttl"] else min(255, self.ttl - line.near_hops + hops)
        ident = state["ident"] + 1 + index if copied else self.ident and self.ident + index
        self.sent += 1
        line.inject("down", tcp(p.destination, p.destination_port, p.source, p.source_port, sequence, p.sequence + p.payload_length
                                if flags & TCP_ACK else 0, flags, 0 if not copied else state["window"], b"", ttl, ident), after, now)

    def trigger(self, line, p, state, now):
        expected = p.acknowledgment
        if self.style == "burst":
            self.down(line, p, state, expected, TCP_RST, 0, now, self.after)
            for index, step in enumerate((0, 1460, 4380)):
                self.down(line, p, state, expected + step, TCP_RST | TCP_ACK, index + 1, now, self.after + 0.0002 * (index + 1))
        elif self.style == "outside":
            self.down(line, p, state, expected + 3_000_000, TCP_RST | TCP_ACK, 0, now, self.after)
        elif self.style == "late":
            self.down(line, p, state, expected, TCP_RST | TCP_ACK, 0, now, line.delay["up"] + line.delay["down"] + self.after)
        else:
            self.down(line, p, state, expected, TCP_RST | TCP_ACK, 0, now, self.after)
        if self.both and self.style != "outside":
            next_up = p.sequence if self.drop else p.sequence + p.payload_length
            line.inject("up", tcp(p.source, p.source_port, p.destination, p.destination_port, next_up, p.acknowledgment,
                                  TCP_RST | TCP_ACK, 0, b"", 64, 0), self.after, now)
        return False if self.drop else None

    def later(self, line, way, p, flow, state, now):
        if self.drop and flow in self.triggered:
            return False
        return None

    def report(self):
        return {**super().report(), "sent": self.sent}


class Rewrite(Triggered):
    """Turns the server's answer into a reset in place: outer headers stay, the payload goes (an in-path device)."""

    def trigger(self, line, p, state, now):
        return None

    def later(self, line, way, p, flow, state, now):
        if way == "down" and flow in self.triggered and not p.flags & TCP_RST:
            return tcp(p.source, p.source_port, p.destination, p.destination_port, p.sequence, p.acknowledgment,
                       TCP_RST | TCP_ACK, p.window, b"", p.ttl, p.ident)
        return None


class SilenceAfterHello(Triggered):
    """Drops everything from the request on: no reset, no answer."""

    def trigger(self, line, p, state, now):
        return False

    def later(self, line, way, p, flow, state, now):
        return False if flow in self.triggered else None


class BlockPage(Triggered):
    """Answers an HTTP request with a page of its own and ends the connection; the request goes no further."""

    PAGE = b"<html><head><title>Access restricted</title></head><body>Access to this resource is restricted.</body></html>"

    def trigger(self, line, p, state, now):
        body = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
            len(self.PAGE), self.PAGE)
        hops = line.hops.get(p.destination, line.default_hops)
        line.inject("down", tcp(p.destination, p.destination_port, p.source, p.source_port, p.acknowledgment,
                                p.sequence + p.payload_length, TCP_ACK | TCP_PSH | TCP_FIN, 29200, body,
                                64 - line.near_hops + hops, 0), 0.0005, now)
        return False

    def later(self, line, way, p, flow, state, now):
        return False if flow in self.triggered else None


class ForgedAnswer(Rule):
    """Answers a DNS query for one of `names` with a wrong address before the resolver does; the true answer follows."""

    def __init__(self, spec, line):
        super().__init__({**spec, "protocol": "udp", "ports": [53], "way": "up"}, line)
        self.names = [b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" for name in spec["names"]]
        self.address = bytes(int(x) for x in spec["address"].split("."))
        self.after = spec.get("after_ms", 0.6) / 1000

    def act(self, line, way, p, now):
        query = bytes(p.payload)
        for name in self.names:
            if query[12:12 + len(name)].lower() == name:
                question = query[12:12 + len(name) + 4]
                if question[-4:-2] != b"\0\x01":
                    return None
                answer = (query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + question + b"\xc0\x0c" +
                          struct.pack(">HHIH", 1, 1, 300, 4) + self.address)
                hops = line.hops.get(p.destination, line.default_hops)
                self.hit += 1
                line.inject("down", udp(p.destination, p.destination_port, p.source, p.source_port, answer,
                                        64 - line.near_hops + hops, 0), self.after, now)
        return None
