"""Caps on TCP, and transfers that are slow for other reasons."""

from ..plan import Plan, scenario
from .common import impair, kbit

BENIGN = {"finding": False}
# Bytes that a receiver takes before its reader is asked.
BUFFERED = 200_000


def transfer(name, summary, steps, **more):
    more.setdefault("victims", {"transport": "tcp", "name": "news.example.net"})
    return Plan(scenario=name, summary=summary, engine="tcp", options={"steps": steps}, **more)


@scenario("tcp-policer", 4, "tcp-policer")
def tcp_policer(r, world, variant):
    """Download from one server under a policer; another server's stays fast."""
    rate = r.choice([64, 96, 128, 150, 192, 256, 384, 512]) * 1000
    world.congestion = ["cubic", "bbr", "cubic", "reno"][variant]
    if variant % 2:
        spec = {"kind": "policer", "rate_bps": rate, "burst_bytes": r.choice([4000, 16000])}
    else:
        spec = {"kind": "bucket", "rate_bps": rate, "bucket_bytes": r.choice([8000, 16000, 32000])}
    seconds = r.randint(25, 35)
    steps = [(0, "curl", {"url": "https://cdn.example.com/bytes/300000", "seconds": 20}),
             (1.5, "curl", {"url": f"https://news.example.net/bytes/{rate // 8 * seconds}", "seconds": seconds * 2}),
             (seconds / 2, "curl", {"url": "https://cdn.example.com/bytes/300000", "seconds": 20})]
    truth = {"outcome": "capped", "mechanism": "policer", "way": "down", "cap_bps": rate, "imposed": "cap"}
    return transfer("tcp-policer", f"download policed to {kbit(rate)} ({world.congestion}); another server is not", steps, seconds=seconds * 2 + 3,
                    impairments=[impair("cap", way="down", remotes=[world.blocked_web], protocol="tcp", **spec)],
                    victim={"truth": truth, "outcome": "capped", "mechanism": "policer", "cap_bps": rate}, tweaks={"congestion": world.congestion})


@scenario("tcp-policer-up", 2, "tcp-policer")
def tcp_policer_up(r, world, variant):
    """Upload under a policer."""
    rate = r.choice([96, 128, 192, 256]) * 1000
    spec = {"kind": "bucket", "rate_bps": rate, "bucket_bytes": r.choice([8000, 16000])} if variant else \
        {"kind": "policer", "rate_bps": rate, "burst_bytes": 6000}
    seconds = r.randint(25, 35)
    steps = [(0, "curl", {"url": "https://news.example.net/upload", "upload": rate // 8 * seconds, "seconds": seconds * 2}),
             (seconds / 2, "curl", {"url": "https://cdn.example.com/bytes/300000", "seconds": 20})]
    truth = {"outcome": "capped", "mechanism": "policer", "way": "up", "cap_bps": rate, "imposed": "cap"}
    return transfer("tcp-policer-up", f"upload policed to {kbit(rate)}", steps, seconds=seconds + 3, pair=True,
                    impairments=[impair("cap", way="up", remotes=[world.blocked_web], protocol="tcp", **spec)],
                    victim={"truth": truth, "outcome": "capped", "mechanism": "policer", "cap_bps": rate}, up_share=0.5)


@scenario("tcp-shaper", 3, "tcp-shaper")
def tcp_shaper(r, world, variant):
    """Download under a shaper that sets in while it runs (and ends again); another server's stays fast."""
    rate = r.choice([128, 192, 256, 384]) * 1000
    world.congestion = ["cubic", "bbr", "cubic"][variant]
    queue = int(rate / 8 * r.uniform(0.3, 1.0))
    length = r.randint(20, 28)
    free = r.choice([900, 1200, 1500]) * 1000
    total = free // 8 * 6 + rate // 8 * length + (free // 8 * 4 if variant != 1 else 0)
    spec = {"kind": "shaper", "rate_bps": rate, "queue_bytes": queue, "way": "down", "remotes": [world.blocked_web]}
    steps = [(0, "curl", {"url": f"https://news.example.net/rate/{free}/{total * 8 / free:.2f}", "seconds": length * 2 + 26}),
             (6, "impose", {"id": "cap", "spec": spec}),
             (length / 2, "curl", {"url": "https://cdn.example.com/bytes/300000", "seconds": 20})]
    if variant != 1:
        steps.append((length / 2, "relieve", {"id": "cap"}))
    truth = {"outcome": "capped", "mechanism": "shaper", "way": "down", "cap_bps": rate, "imposed": "cap"}
    return transfer("tcp-shaper", f"download at {kbit(free)} shaped to {kbit(rate)} after 6 s ({world.congestion}); another server is not", steps,
                    seconds=length * 2 + 28, victim={"truth": truth, "outcome": "capped", "mechanism": "shaper", "cap_bps": rate},
                    tweaks={"congestion": world.congestion})


def benign_transfer(name, summary, steps, checks, **more):
    return transfer(name, summary, steps, benign=True, victim={**BENIGN, **more.pop("victim", {})}, checks=checks, **more)


@scenario("tcp-app-limited", 3, "tcp-app-limited")
def tcp_app_limited(r, world, variant):
    """A server that sends at a fixed rate: flat, and nothing is lost."""
    rate = r.choice([96, 128, 256, 400]) * 1000
    seconds = r.randint(20, 30)
    # What a slow reader leaves unread comes in at once; only then does its own rate show.
    slack = 5 if variant != 1 else 10 + BUFFERED * 8 // rate
    steps = [(0, "curl", {"url": f"https://news.example.net/rate/{rate}/{seconds}", "seconds": seconds + 5})] if variant != 1 else \
        [(0, "curl", {"url": f"https://news.example.net/bytes/{BUFFERED + rate // 8 * seconds}", "seconds": seconds + slack, "rate": rate // 8})]
    who = "server sends" if variant != 1 else "client reads"
    return benign_transfer("tcp-app-limited", f"the {who} at {kbit(rate)}", steps,
                           [{"kind": "rate", "low": rate * 0.5, "high": rate * 1.6, "since": 3, "until": seconds - 4}], seconds=seconds + slack + 3)


@scenario("tcp-window-limited", 3, "tcp-window-limited")
def tcp_window_limited(r, world, variant):
    """A small receive window bounds the rate."""
    window = r.choice([6000, 9000, 12000])
    seconds = 20
    steps = [(0, "python", {"url": "https://news.example.net/bytes/40000000", "seconds": seconds, "receive_buffer": window})]
    return benign_transfer("tcp-window-limited", f"receive buffer of {window} bytes", steps,
                           [{"kind": "traffic", "least": 3, "ways": ["down"]}], seconds=seconds + 5, victim={"outcome": ["ok", "inconclusive", "reset"]})


@scenario("tcp-slow-line", 3, "tcp-slow-line")
def tcp_slow_line(r, world, variant):
    """A slow line from the first packet on, for all traffic."""
    rate = r.choice([128, 256, 384, 512]) * 1000
    world.congestion = ["cubic", "bbr", "reno"][variant]
    queue = int(rate / 8 * r.uniform(0.2, 0.8))
    seconds = r.randint(25, 32)
    steps = [(0, "curl", {"url": f"https://news.example.net/bytes/{rate // 8 * seconds}", "seconds": seconds * 2})]
    return benign_transfer("tcp-slow-line", f"a line of {kbit(rate)}, queue of {queue} bytes ({world.congestion})", steps,
                           [{"kind": "rate", "low": rate * 0.6, "high": rate * 1.05, "since": 4, "until": seconds - 2}], seconds=seconds + 3,
                           impairments=[impair("line", kind="shaper", rate_bps=rate, queue_bytes=queue)], tweaks={"congestion": world.congestion})


@scenario("tcp-bad-line", 3, "tcp-bad-line")
def tcp_bad_line(r, world, variant):
    """Uniform loss of a bad line."""
    share = round(r.uniform(0.01, 0.04), 3)
    seconds = 22
    world.congestion = ["cubic", "bbr", "reno"][variant]
    steps = [(0, "curl", {"url": f"https://news.example.net/rate/{r.choice([300, 600])}000/{seconds}", "seconds": seconds + 8})]
    return benign_transfer("tcp-bad-line", f"{share:.1%} of all packets are lost ({world.congestion})", steps,
                           [{"kind": "traffic", "least": 4}], seconds=seconds + 8, tweaks={"congestion": world.congestion},
                           impairments=[impair("line", kind="discard", share=share)])


@scenario("tcp-congestion", 3, "tcp-congestion")
def tcp_congestion(r, world, variant):
    """Several downloads share a line."""
    rate = r.choice([600, 900, 1200]) * 1000
    queue = int(rate / 8 * r.uniform(0.1, 0.5))
    seconds = 24
    many = [(0.2, "curl", {"url": "https://cdn.example.com/bytes/4000000", "seconds": seconds - 4}) for _ in range(r.randint(2, 4))]
    steps = [(0, "curl", {"url": "https://news.example.net/bytes/4000000", "seconds": seconds})] + many
    return benign_transfer("tcp-congestion", f"{len(many) + 1} downloads share a line of {kbit(rate)}, queue of {queue} bytes", steps,
                           [{"kind": "traffic", "least": 4}], seconds=seconds + 3,
                           impairments=[impair("line", kind="shaper", rate_bps=rate, queue_bytes=queue)])
