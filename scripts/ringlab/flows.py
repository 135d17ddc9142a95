"""Flows of a capture: five-tuples with counts, seen from the client."""

from dataclasses import dataclass, field

from .payloads import kind, server_name


@dataclass
class Flow:
    transport: str
    client: tuple
    server: tuple
    packets: dict = field(default_factory=lambda: {"up": 0, "down": 0})
    bytes: dict = field(default_factory=lambda: {"up": 0, "down": 0})
    kinds: dict = field(default_factory=dict)
    first_ns: int = 0
    last_ns: int = 0
    name: str = None
    resets: dict = field(default_factory=lambda: {"up": 0, "down": 0})
    frames: list = field(default_factory=list)

    @property
    def key(self):
        return self.transport, self.client, self.server

    def media(self):
        """Packets of media, in both directions."""
        return sum(n for (what, _), n in self.kinds.items() if what in ("rtp", "other"))


def flows_of(frames, clients):
    """All TCP and UDP flows of the client's addresses, in the order of their first packets."""
    flows = {}
    for frame in frames:
        p = frame.packet()
        if p is None or p.protocol not in (6, 17) or p.fragment or not p.source_port:
            continue
        way = "up" if p.source in clients else "down"
        ends = ((p.source, p.source_port), (p.destination, p.destination_port))
        client, server = ends if way == "up" else ends[::-1]
        transport = "udp" if p.protocol == 17 else "tcp"
        flow = flows.get((transport, client, server))
        if flow is None:
            flow = flows[(transport, client, server)] = Flow(transport, client, server, first_ns=frame.time_ns)
        flow.packets[way] += 1
        flow.bytes[way] += p.length
        flow.last_ns = frame.time_ns
        flow.frames.append((frame.time_ns, way, p))
        if p.protocol == 17:
            what = kind(p.payload, p.payload_length)
            flow.kinds[(what, way)] = flow.kinds.get((what, way), 0) + 1
        else:
            if p.flags & 4:
                flow.resets[way] += 1
            if flow.name is None and way == "up" and p.payload_length:
                flow.name = server_name(p.payload)
                if flow.name is None and p.payload[:4] == b"GET ":
                    at = p.payload.find(b"Host: ")
                    flow.name = bytes(p.payload[at + 6:]).split(b"\r")[0].decode("ascii", "replace") if at > 0 else None
    return list(flows.values())
