"""QUIC that meets silence while TCP to the same server works, and QUIC that works."""

from ..plan import scenario
from .common import impair
from .resets import NAME, OTHER, connections


@scenario("quic-blackhole", 2, "quic-blackhole")
def quic_blackhole(r, world, variant):
    """QUIC to one server is never answered; TCP to the same server and QUIC to others work."""
    steps = [(0, "quic", {"host": world.other_web, "name": "cdn.example.com", "streams": 3})]
    for _ in range(r.randint(2, 3)):
        steps += [(1.5, "quic", {"host": world.blocked_web, "name": NAME, "seconds": r.randint(7, 10)}),
                  (1, "curl", {"url": f"https://{NAME}/bytes/30000", "seconds": 8})]
    steps += [(1.5, "quic", {"host": world.other_web, "name": "cdn.example.com", "streams": 2}), (1, "curl", {"url": OTHER, "seconds": 10})]
    truth = {"outcome": "dropped", "mechanism": "blackhole", "way": "both", "imposed": "hole"}
    way = ["both", "up"][variant]
    return connections("quic-blackhole", f"UDP port 443 of one server is dropped, {way}; TCP to it works", steps, options={"server": {"quic": True}},
                       impairments=[impair("hole", kind="drop", way=way, remotes=[world.blocked_web], protocol="udp", ports=[443])],
                       victims={"transport": "udp", "host": "blocked_web"}, victim={"truth": truth, "outcome": "dropped", "mechanism": "blackhole"})


@scenario("quic-clean", 3, "quic-clean")
def quic_clean(r, world, variant):
    """QUIC that works, to two servers."""
    steps = [(0, "quic", {"host": world.other_web, "name": "cdn.example.com", "streams": r.randint(3, 8)}),
             (1, "quic", {"host": world.blocked_web, "name": NAME, "streams": r.randint(3, 8), "pause": r.uniform(0.3, 2)})]
    return connections("quic-clean", "nothing wrong: QUIC to two servers", steps, benign=True, options={"server": {"quic": True}},
                       victims={"transport": "udp", "port": 443}, victim={"finding": False}, checks=[{"kind": "traffic", "least": 1, "until": 5}])
