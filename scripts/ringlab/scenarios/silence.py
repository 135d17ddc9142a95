"""Silence: black holes from the start or later, one-sided, of one layer, with recovery; and what answers them."""

from ..plan import scenario
from .common import app, call, hosts, impair, media


def unreachable(name, engine, r, world, path=None, way="both", summary="", spec=None, victim=None):
    """A call whose relays never answer."""
    options, _ = media(engine, r, False, path)
    options.update(connect_s=r.randint(16, 22))
    remotes = hosts(engine, world, path)
    truth = {"outcome": "dropped", "mechanism": "blackhole", "way": "both", "imposed": "hole"}
    words = {"outcome": "dropped", "mechanism": "blackhole"}
    if path == "turn":
        # aiortc gives up after four requests: fewer trials than a claim needs.
        words = {"outcome": ["dropped", "inconclusive"], "mechanism": ["blackhole", None]}
    said = {} if victim else {"outcome": words["outcome"]}
    return call(name, engine, summary or f"UDP to {len(remotes)} relays dropped from the start, {way}", options, 2.0, needs_connection=False,
                victims="relays", impairments=[impair("hole", **(spec or {"kind": "drop", "way": way, "remotes": remotes, "protocol": "udp"}))],
                victim=victim or {"truth": truth, **words}, call={"app": app(engine), "stage": ["relay", "signalling", "connectivity"], **said})


@scenario("blackhole-start", 5, "blackhole")
def blackhole_start(r, world, variant):
    """UDP to every relay is dropped from the start; DNS and TCP work."""
    engine, path = [("telegram", None), ("whatsapp", None), ("webrtc", "turn"), ("telegram", None), ("max", "turn")][variant]
    return unreachable("blackhole-start", engine, r, world, path, ["both", "up", "both", "down", "down"][variant])


@scenario("icmp-prohibited", 3, "icmp-prohibited")
def icmp_prohibited(r, world, variant):
    """UDP to every relay is refused with ICMP administratively prohibited."""
    engine = ["telegram", "whatsapp", "whatsapp"][variant]
    code = ["admin-prohibited", "host-prohibited", "admin-prohibited"][variant]
    spec = {"kind": "reject", "with": f"icmp type {code}", "way": "up", "remotes": hosts(engine, world), "protocol": "udp"}
    truth = {"outcome": "dropped", "mechanism": "icmp", "way": "both", "imposed": "hole"}
    return unreachable("icmp-prohibited", engine, r, world, summary=f"UDP to every relay answered by ICMP {code}", spec=spec,
                       victim={"truth": truth, "outcome": ["dropped", "inconclusive"], "mechanism": ["blackhole", None]})


def cut(name, engine, r, world, path, spec, at, until, truth, words, seconds, summary, video=False, **more):
    options, _ = media(engine, r, video, path)
    options.update(more.pop("options", {}))
    spec = {"remotes": hosts(engine, world, path), "protocol": "udp", **spec}
    return call(name, engine, summary, options, seconds, impairments=[impair("hole", at=at, until=until, **spec)],
                victim={"truth": {"imposed": "hole", **truth}, **words}, ends=more.pop("ends", "local"),
                call={"app": app(engine), "stage": "media", "outcome": words["outcome"]} if engine else None, **more)


CUT = {"outcome": "dropped", "mechanism": "cutoff"}
# What is cut after a count may be called a freeze as well, if the count is one at which freezes were seen.
COUNTED = {"outcome": "dropped", "mechanism": ["cutoff", "freeze"]}


@scenario("blackhole-time", 5, "cutoff")
def blackhole_time(r, world, variant):
    """The call works, then everything on its path is dropped for good."""
    engine, path = [("telegram", None), ("whatsapp", None), ("webrtc", "p2p"), ("max", "turn"), ("telegram", "turn")][variant]
    at = r.randint(8, 30)
    return cut("blackhole-time", engine, r, world, path, {"kind": "drop"}, at, None, {**CUT, "way": "both"}, CUT, at + r.randint(22, 30),
               f"everything of the call's path is dropped from {at} s on")


@scenario("blackhole-packets", 4, "cutoff")
def blackhole_packets(r, world, variant):
    """Every flow to the relays is cut after a count of packets, both directions together."""
    engine, path = [("telegram", None), ("whatsapp", None), ("webrtc", "p2p"), ("telegram", None)][variant]
    count = [r.randint(120, 700), r.randint(120, 400), r.randint(300, 900), r.randint(40, 90)][variant]
    return cut("blackhole-packets", engine, r, world, path, {"kind": "drop", "after_packets": count}, None, None,
               {**CUT, "way": "both", "counted": True}, COUNTED, 45, f"each flow is dropped after {count} packets")


@scenario("blackhole-bytes", 2, "cutoff")
def blackhole_bytes(r, world, variant):
    """Every flow to the relays is cut after a count of bytes."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    count = r.randint(40, 160) * 1024
    return cut("blackhole-bytes", engine, r, world, path, {"kind": "drop", "after_bytes": count}, None, None,
               {**CUT, "way": "both", "counted": True}, COUNTED, 45, f"each flow is dropped after {count} bytes")


@scenario("freeze-udp", 2, "freeze")
def freeze_udp(r, world, variant):
    """Every flow to the relays freezes after some 25 packets."""
    count = r.randint(20, 32)
    words = {"outcome": "dropped", "mechanism": ["freeze", "cutoff"]}
    plan = cut("freeze-udp", "whatsapp", r, world, None, {"kind": "drop", "after_packets": count}, None, None,
               {"outcome": "dropped", "mechanism": "freeze", "way": "both", "counted": True}, words, 30, f"each flow is dropped after {count} packets",
               options={"media_flows": 1})
    return plan


@scenario("one-way", 5, "one-way")
def one_way(r, world, variant):
    """One direction is dropped while the other goes on."""
    engine, path, way = [("telegram", None, "down"), ("whatsapp", None, "up"), ("webrtc", "p2p", "down"), ("whatsapp", None, "down"),
                         ("webrtc", "p2p", "up")][variant]
    at = r.randint(8, 16)
    words = {"outcome": "dropped", "mechanism": ["one-way", "cutoff"] if way == "down" else "one-way", "direction": way}
    return cut("one-way", engine, r, world, path, {"kind": "drop", "way": way}, at, None, {"outcome": "dropped", "mechanism": "one-way", "way": way},
               words, at + 24, f"what goes {way} is dropped from {at} s on", pair=True)


@scenario("blackhole-recovers", 3, "cutoff")
def blackhole_recovers(r, world, variant):
    """The call's path is dropped for a while, then works again; other traffic goes on meanwhile."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("telegram", None)][variant]
    at = r.randint(10, 16)
    length = r.randint(9, 14) if variant != 2 else r.randint(9, 12)
    return cut("blackhole-recovers", engine, r, world, path, {"kind": "drop"}, at, at + length, {**CUT, "way": "both", "recovers": True}, CUT,
               at + length + 16, f"the call's path is dropped from {at} to {at + length} s")


@scenario("blackhole-dtls", 3, "blackhole-dtls")
def blackhole_dtls(r, world, variant):
    """STUN passes, DTLS does not: the call hangs in the handshake."""
    engine, path = [("webrtc", "p2p"), ("telegram", "p2p"), ("max", "turn")][variant]
    options, _ = media(engine, r, False, path)
    # The end that begins the handshake must be the client, or nothing of it is seen here.
    options.update(connect_s=16, incoming=engine != "telegram")
    truth = {"outcome": "dropped", "mechanism": "blackhole", "scope": "dtls", "way": "both", "imposed": "hole"}
    return call("blackhole-dtls", engine, "DTLS records are dropped from the start, STUN passes" +
                ("; the call comes in, so the client begins the handshake" if options["incoming"] else ""),
                options, 8, needs_connection=False, victims={"transport": "udp", "host": "max_turn"} if path == "turn" else "peer",
                impairments=[impair("hole", kind="drop", in_line=True, kinds=["dtls"], remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, "outcome": "dropped", "mechanism": "blackhole"},
                call={"app": app(engine), "stage": ["handshake", "connectivity"], "outcome": "dropped"})


@scenario("blackhole-media", 3, "blackhole-media")
def blackhole_media(r, world, variant):
    """Everything passes but the media that should come in."""
    engine, path = [("webrtc", "p2p"), ("whatsapp", None), ("max", "turn")][variant]
    options, _ = media(engine, r, False, path)
    truth = {"outcome": "dropped", "mechanism": "blackhole", "scope": "media", "way": "down", "imposed": "hole"}
    words, said = {"outcome": "dropped", "mechanism": ["blackhole", "one-way"]}, {"outcome": "dropped"}
    if path != "p2p":
        # A relay that answers shows a path that works; why the peer's media are missing, nobody can tell here.
        words, said = {"outcome": ["dropped", "inconclusive", "ok"]}, {}
    return call("blackhole-media", engine, "RTP and RTCP downstream are dropped from the start, the rest passes", options, 30,
                impairments=[impair("hole", kind="drop", in_line=True, way="down", kinds=["rtp", "rtcp"], remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, **words}, call={"app": app(engine), "stage": ["media", "handshake", "relay"], **said})


@scenario("size-drop", 2, "size-drop")
def size_drop(r, world, variant):
    """Datagrams above a size are dropped: the picture goes, the sound stays."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    options, _ = media(engine, r, True, path)
    at, size = r.randint(12, 18), r.choice([500, 600, 700])
    truth = {"outcome": "dropped", "mechanism": "size", "way": "down", "imposed": "hole", "larger": size}
    return call("size-drop", engine, f"downstream packets above {size} bytes are dropped from {at} s on", options, at + 30,
                impairments=[impair("hole", at=at, kind="drop", way="down", larger=size, remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, "outcome": ["dropped", "degraded", "inconclusive"]})


@scenario("random-discard", 6, "random-discard")
def random_discard(r, world, variant):
    """A share of the call's packets is dropped at random, whatever their size and rate; other flows lose nothing."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("telegram", None), ("max", "turn"), ("whatsapp", None), ("telegram", None)][variant]
    share = [round(r.uniform(0.04, 0.09), 3), round(r.uniform(0.1, 0.2), 3), round(r.uniform(0.2, 0.4), 3), round(r.uniform(0.08, 0.15), 3),
             round(r.uniform(0.5, 0.9), 3), round(r.uniform(0.05, 0.15), 3)][variant]
    options, _ = media(engine, r, False, path)
    way = ["both", "down", "both", "down", "both", "down"][variant]
    truth = {"outcome": "dropped", "mechanism": "random-discard", "way": way, "share": share, "imposed": "discard"}
    return call("random-discard", engine, f"{share:.1%} of the call's packets are dropped at random, {way}", options, r.randint(62, 70),
                impairments=[impair("discard", at=0.5, kind="discard", share=share, way=way, remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, "outcome": "dropped", "mechanism": "random-discard"},
                call={"app": app(engine), "stage": "media", "outcome": "dropped"})


@scenario("random-discard-little", 2, "random-discard")
def random_discard_little(r, world, variant):
    """So little random loss that a bad line explains it."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    share = round(r.uniform(0.012, 0.022), 3)
    options, _ = media(engine, r, False, path)
    truth = {"outcome": "dropped", "mechanism": "random-discard", "way": "both", "share": share, "imposed": "discard"}
    return call("random-discard-little", engine, f"{share:.1%} of the call's packets are dropped at random", options, 64,
                impairments=[impair("discard", at=0.5, kind="discard", share=share, remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, "outcome": ["degraded", "inconclusive", "ok"], "finding": False})


@scenario("random-discard-up", 2, "random-discard")
def random_discard_up(r, world, variant):
    """Random loss of what the client sends alone."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    share = round(r.uniform(0.15, 0.5), 3)
    options, _ = media(engine, r, False, path)
    truth = {"outcome": "dropped", "mechanism": "random-discard", "way": "up", "share": share, "imposed": "discard"}
    return call("random-discard-up", engine, f"{share:.1%} of what the client sends is dropped at random", options, 64, pair=True,
                impairments=[impair("discard", at=0.5, kind="discard", share=share, way="up", remotes=hosts(engine, world, path), protocol="udp")],
                victim={"truth": truth, "outcome": ["dropped", "degraded", "inconclusive", "ok"]})
