"""Resets of TCP: a third party's in every style, the endpoints' own, and the local network's."""

from ..plan import Plan, scenario
from .common import impair

NAME = "news.example.net"
BLOCKED = f"https://{NAME}/bytes/"
OTHER = "https://cdn.example.com/bytes/60000"


def connections(name, summary, steps, **more):
    more.setdefault("victims", {"transport": "tcp", "name": NAME})
    more.setdefault("seconds", 60)
    return Plan(scenario=name, summary=summary, engine="tcp", options={"steps": steps, **more.pop("options", {})}, **more)


def asked(r, count=3, size=30000, seconds=12, gap=1.5):
    """A control, then some connections to the name, then the control again."""
    steps = [(0, "curl", {"url": OTHER, "seconds": 15})]
    steps += [(gap, "curl", {"url": f"{BLOCKED}{size}", "seconds": seconds}) for _ in range(count)]
    return steps + [(gap, "curl", {"url": OTHER, "seconds": 15})]


def injected(name, r, world, summary, spec, truth=None, words=None, size=30000, pair=True):
    truth = {"outcome": "reset", "mechanism": "rst-injected", "way": "down", "imposed": "injector", "resets": 1, **(truth or {})}
    return connections(name, summary, asked(r, r.randint(3, 4), size), pair=pair,
                       impairments=[impair("injector", kind="reset", names=[NAME], **spec)],
                       victim={"truth": truth, **(words or {"outcome": "reset", "mechanism": "rst-injected"})})


@scenario("reset-single", 3, "reset")
def reset_single(r, world, variant):
    """One reset to each side from beside the path, as soon as a name is asked for."""
    ttl = r.choice([40, 58, 101, 128, 244])
    return injected("reset-single", r, world, f"one RST+ACK to each side when the name is asked for; it begins with TTL {ttl}",
                    {"style": "single", "ttl": ttl, "ident": [0, r.randint(1, 60000), 0][variant], "both": variant != 2})


@scenario("reset-in-path", 3, "reset")
def reset_in_path(r, world, variant):
    """In the path: the request goes no further, both sides are reset."""
    ttl = r.choice([50, 61, 120, 250])
    return injected("reset-in-path", r, world, "the ClientHello is dropped and both sides are reset", {"style": "single", "drop": True, "ttl": ttl,
                                                                                                      "ident": r.randint(1, 60000)})


@scenario("reset-burst", 2, "reset")
def reset_burst(r, world, variant):
    """A bare reset and three with rising numbers, as described for the Great Firewall."""
    return injected("reset-burst", r, world, "one RST and three RST+ACK at X, X+1460 and X+4380",
                    {"style": "burst", "ttl": r.choice([47, 83, 110]), "ident": r.randint(1, 60000)}, {"resets": 4})


@scenario("reset-copied", 2, "reset")
def reset_copied(r, world, variant):
    """TTL and IP-ID continue the server's; only time and numbers tell."""
    return injected("reset-copied", r, world, "TTL, IP-ID and window are copied from the server's last packet", {"style": "copied"})


@scenario("reset-late", 2, "reset-ineffective")
def reset_late(r, world, variant):
    """A reset that comes after the answer it was to prevent: the client's stack ignores it."""
    return injected("reset-late", r, world, "a reset one round trip late, behind the server's data; it had no effect",
                    {"style": "late", "after_ms": r.choice([30, 45, 60]), "both": False}, {"outcome": "ok", "mechanism": "stray-reset"},
                    {"outcome": ["ok", "inconclusive", "reset"]}, size=400000)


@scenario("reset-outside", 2, "reset-ineffective")
def reset_outside(r, world, variant):
    """A reset far outside the window: ignored, the transfer goes on."""
    return injected("reset-outside", r, world, "a reset with a number 3,000,000 ahead, which the client ignores",
                    {"style": "outside", "ttl": r.choice([50, 90])}, {"outcome": "ok", "mechanism": "stray-reset"},
                    {"outcome": ["ok", "inconclusive", "reset"]}, size=200000)


@scenario("reset-rewritten", 2, "reset-rewritten")
def reset_rewritten(r, world, variant):
    """The server's own answer is turned into a reset in place."""
    truth = {"outcome": "reset", "mechanism": "rst-rewritten", "way": "down", "imposed": "injector"}
    return connections("reset-rewritten", "the answer to the ClientHello becomes a RST+ACK; outer headers stay", asked(r, 4), pair=True,
                       impairments=[impair("injector", kind="rewrite", names=[NAME])],
                       victim={"truth": truth, "outcome": "reset", "mechanism": ["rst-rewritten", "rst-injected"]})


@scenario("residual", 2, "residual")
def residual(r, world, variant):
    """After a reset, further connections to the same server are reset too for a while, whatever they ask."""
    seconds = r.randint(14, 22)
    steps = [(0, "curl", {"url": OTHER, "seconds": 10}), (1, "curl", {"url": f"{BLOCKED}30000", "seconds": 10})]
    steps += [(2.5, "curl", {"url": "https://plain.example.net/bytes/3000", "seconds": 8}) for _ in range(3)]
    steps += [(seconds, "curl", {"url": "https://plain.example.net/bytes/3000", "seconds": 8}), (1, "curl", {"url": OTHER, "seconds": 10})]
    truth = {"outcome": "reset", "mechanism": "rst-injected", "way": "down", "imposed": "injector", "resets": 1}
    return connections("residual", f"resets for the name, and for every request to its server for {seconds} s afterwards", steps,
                       victims={"transport": "tcp", "name": NAME}, impairments=[impair("injector", kind="reset", names=[NAME], style="single",
                                                                                       drop=True, ttl=r.choice([57, 99]), residual_s=seconds)],
                       victim={"truth": truth, "outcome": "reset", "mechanism": "rst-injected"}, options={"reset_flows_are_victims": True})


def ordinary(name, summary, steps, words, checks, **more):
    return connections(name, summary, steps, benign=True, victim={"finding": False, **words}, checks=checks, **more)


@scenario("refused", 3, "refused")
def refused(r, world, variant):
    """Nobody listens: the server's own resets answer the SYNs."""
    port = r.choice([8443, 5228, 4433])
    steps = [(0, "curl", {"url": OTHER, "seconds": 10})] + [(1, "curl", {"url": f"https://{NAME}:{port}/", "seconds": 8}) for _ in range(3)]
    return ordinary("refused", f"port {port} is closed", steps, {"outcome": "reset", "mechanism": "rst-refused"}, [{"kind": "resets", "least": 3}],
                    victims={"transport": "tcp", "port": port})


@scenario("server-abort", 3, "server-abort")
def server_abort(r, world, variant):
    """The server ends connections hard (linger 0) in mid-transfer."""
    steps = [(0, "curl", {"url": OTHER, "seconds": 10})]
    steps += [(1, "curl", {"url": f"https://{NAME}/abort/{r.randint(4000, 40000)}/{r.choice([0.3, 0.8])}", "seconds": 10}) for _ in range(3)]
    return ordinary("server-abort", "the server aborts its connections", steps, {"outcome": "reset", "mechanism": "rst-endpoint"},
                    [{"kind": "resets", "least": 3}])


@scenario("client-linger", 3, "client-linger")
def client_abort(r, world, variant):
    """The client ends a transfer hard."""
    steps = [(0, "curl", {"url": OTHER, "seconds": 10})]
    steps += [(1, "python", {"url": f"{BLOCKED}3000000", "seconds": 10, "stop_after": r.randint(20000, 90000), "abort": True}) for _ in range(2)]
    return ordinary("client-linger", "the client aborts with linger 0", steps, {"outcome": "reset", "mechanism": "rst-endpoint"},
                    [{"kind": "resets", "least": 2, "way": "up"}])


@scenario("client-killed", 3, "client-killed")
def client_killed(r, world, variant):
    """The client's process is killed in mid-transfer; its system ends the connection."""
    # Read slower than sent: with everything read and nothing under way, the system would end the connection by a FIN alone.
    steps = [(0, "curl", {"url": f"{BLOCKED}4000000", "seconds": 30, "rate": r.choice([40000, 60000, 90000])}), (r.uniform(3, 6), "kill", {"index": 0}),
             (1, "curl", {"url": OTHER, "seconds": 10})]
    return ordinary("client-killed", "the client's process is killed", steps, {"outcome": ["reset", "ok"], "mechanism": ["rst-endpoint", None]},
                    [{"kind": "resets", "least": 1, "way": "up"}])


@scenario("idle-close", 3, "idle-close")
def idle_close(r, world, variant):
    """The server closes after idling."""
    idle = r.randint(6, 10)
    steps = [(0, "python", {"url": f"{BLOCKED}2000", "seconds": idle + 8, "one_read": 100000, "requests": 1}), (1, "curl", {"url": OTHER, "seconds": 10})]
    return ordinary("idle-close", f"the server closes a connection that idled for {idle} s", steps, {"outcome": ["ok", "reset", "inconclusive"]},
                    [{"kind": "traffic", "least": 0.1}], options={"server": {"idle_s": idle}})


@scenario("nat-idle-reset", 3, "nat-idle-reset")
def nat_idle_reset(r, world, variant):
    """The home router forgets an idle connection and resets it when it speaks again."""
    idle = r.randint(7, 12)
    steps = [(0, "python", {"url": f"{BLOCKED}900", "seconds": 6, "requests": 2, "one_read": 900, "idle": idle, "timeout": 30}),
             (idle - 3, "forget_tcp", {}), (7, "curl", {"url": OTHER, "seconds": 10})]
    return ordinary("nat-idle-reset", f"after {idle} s the router has forgotten the connection and resets it", steps, {"outcome": ["reset", "inconclusive", "ok"]},
                    [{"kind": "resets", "least": 1}])


@scenario("host-firewall", 3, "host-firewall")
def host_firewall(r, world, variant):
    """The server's own packet filter resets connections in their middle."""
    steps = [(0, "curl", {"url": f"https://{NAME}/rate/400000/15", "seconds": 25}), (r.uniform(2, 4), "firewall", {}),
             (1, "curl", {"url": OTHER, "seconds": 10})]
    return ordinary("host-firewall", "the server's packet filter begins to reject the client's packets with resets", steps,
                    {"outcome": ["reset", "inconclusive", "ok"]}, [{"kind": "resets", "least": 1}])


@scenario("tls-silence", 3, "tls-silence")
def tls_silence(r, world, variant):
    """Everything from the ClientHello on is dropped, for one name."""
    truth = {"outcome": "dropped", "mechanism": "cutoff", "way": "both", "imposed": "filter", "counted": True}
    return connections("tls-silence", "the ClientHello with the name and everything after it is dropped, both directions", asked(r, 3, seconds=14),
                       impairments=[impair("filter", kind="silence", names=[NAME])], victim={"truth": truth, "outcome": "dropped", "mechanism": "cutoff"})


@scenario("syn-silence", 2, "syn-silence")
def syn_silence(r, world, variant):
    """Every packet to one server's address is dropped."""
    way = ["both", "down"][variant]
    truth = {"outcome": "dropped", "mechanism": "blackhole", "way": "both", "imposed": "hole"}
    return connections("syn-silence", f"packets of the server's address are dropped, {way}", asked(r, 3, seconds=12),
                       impairments=[impair("hole", kind="drop", way=way, remotes=[world.blocked_web])], victims={"transport": "tcp", "host": "blocked_web"},
                       victim={"truth": truth, "outcome": "dropped", "mechanism": "blackhole"})


@scenario("freeze-tcp", 4, "freeze")
def freeze_tcp(r, world, variant):
    """Connections to one server freeze after some 16 KB, or after some 25 packets."""
    spec = {"kind": "after", "remotes": [world.blocked_web], "protocol": "tcp", **({"bytes": r.randint(14, 20) * 1024} if variant % 2 == 0 else {"packets": r.randint(22, 30)})}
    truth = {"outcome": "dropped", "mechanism": "freeze", "way": "both", "imposed": "hole", "counted": True}
    return connections("freeze-tcp", f"each connection is dropped after {spec.get('bytes') or spec.get('packets')} {'bytes' if 'bytes' in spec else 'packets'}",
                       asked(r, 3, size=200000, seconds=16, gap=2), impairments=[impair("hole", **spec)], options={"upload_into_silence": True},
                       victim={"truth": truth, "outcome": "dropped", "mechanism": ["freeze", "cutoff"]})


@scenario("dns-injected", 2, "dns-injected")
def dns_injected(r, world, variant):
    """A forged answer overtakes the resolver's; a block page answers at the forged address."""
    steps = [(0, "curl", {"url": OTHER, "seconds": 10})]
    steps += [(1, "curl", {"url": f"http://{NAME}/bytes/3000", "seconds": 10}) for _ in range(3)]
    truth = {"outcome": "ok", "mechanism": "dns-injected", "way": "down", "imposed": "forger"}
    return connections("dns-injected", "queries for the name get a wrong address first; the true answer follows", steps, victims={"dns": NAME},
                       impairments=[impair("forger", kind="dns", names=[NAME], address=world.other_web)],
                       victim={"truth": truth, "evidence": "dns_answer_injected"})


@scenario("block-page", 2, "block-page")
def block_page(r, world, variant):
    """An HTTP request for the name is answered by a page that the server never sent."""
    steps = [(0, "curl", {"url": OTHER, "seconds": 10})]
    steps += [(1, "curl", {"url": f"http://{NAME}/bytes/3000", "seconds": 10}) for _ in range(3)]
    truth = {"outcome": "ok", "mechanism": "block-page", "way": "down", "imposed": "page"}
    return connections("block-page", "HTTP requests for the name get a page from within the path; the server sees nothing of them", steps,
                       impairments=[impair("page", kind="page", names=[NAME])], victim={"truth": truth, "evidence": "page_injected"}, pair=True)
