"""Calls of further engines, calls that go on another way, and what QUIC meets."""

from ..plan import scenario
from .common import call, impair, media

BENIGN = {"finding": False}


@scenario("clean-sip", 3, "clean")
def clean_sip(r, world, variant):
    """Nothing wrong: SIP and RTP, client with a public address."""
    options, _ = media("sip", r)
    options["codec"] = ["g711", "opus", "g711"][variant]
    return call("clean-sip", "sip", f"nothing wrong: {options['codec']}", options, r.randint(18, 26), benign=True, victim={**BENIGN, "outcome": "ok"},
                ends=["local", "remote", "remote"][variant], checks=[{"kind": "loss", "low": 0, "high": 0.004}, {"kind": "traffic", "least": 20}])


@scenario("sip-one-way", 2, "one-way")
def sip_one_way(r, world, variant):
    """What the peer sends by RTP is dropped; SIP goes on."""
    options, _ = media("sip", r)
    options["codec"] = ["g711", "opus"][variant]
    at = r.randint(8, 12)
    truth = {"outcome": "dropped", "mechanism": "one-way", "way": "down", "imposed": "hole"}
    return call("sip-one-way", "sip", f"RTP and RTCP of the peer are dropped from {at} s on", options, at + 20,
                impairments=[impair("hole", at=at, kind="drop", in_line=True, way="down", kinds=["rtp", "rtcp"], remotes=[world.peer_ip], protocol="udp")],
                # Plain RTP asks for no answer: a peer that stopped sending looks the same.
                victim={"truth": truth, "outcome": ["dropped", "inconclusive", "ok"]},
                call={"app": ["sip", None], "stage": "media"})


@scenario("clean-chromium", 3, "clean")
def clean_chromium(r, world, variant):
    """Nothing wrong: Chromium's WebRTC, direct, over TURN, and TURN over TCP."""
    path = ["p2p", "turn", "turn-tcp"][variant]
    options, _ = media("chromium", r, variant == 1, path)
    more = {"victim": {**BENIGN, "outcome": "ok"}, "checks": [{"kind": "traffic", "least": 8}]}
    if path == "turn-tcp":
        more = {"victims": {"transport": "tcp", "host": "turn"}, "victim": dict(BENIGN), "checks": [{"kind": "traffic", "least": 4}], "call": None}
    return call("clean-chromium", "chromium", f"nothing wrong: {path}", options, r.randint(18, 24), benign=True, **more)


@scenario("chromium-policer", 2, "policer")
def chromium_policer(r, world, variant):
    """Policer on a call of Chromium."""
    from .caps import policed
    return policed("chromium-policer", "chromium", r, world, video=variant == 1, way=["down", "both"][variant], kernel=variant == 1, path="p2p")


@scenario("chromium-cutoff", 2, "cutoff")
def chromium_cutoff(r, world, variant):
    """Chromium's call works, then its path is dropped for good."""
    from .silence import CUT, cut
    path = ["p2p", "turn"][variant]
    at = r.randint(8, 14)
    return cut("chromium-cutoff", "chromium", r, world, path, {"kind": "drop"}, at, None, {**CUT, "way": "both"}, CUT, at + 24,
               f"everything of the call's path is dropped from {at} s on")


@scenario("masked", 2, "masked")
def masked(r, world, variant):
    """UDP to the relay is dead; the call goes over TCP to the same relay, and its user notices nothing."""
    options, _ = media("chromium", r, False, "turn-both")
    options.update(connect_s=30)
    truth = {"outcome": "dropped", "mechanism": "blackhole", "way": "both", "imposed": "hole"}
    way = ["both", "up"][variant]
    return call("masked", "chromium", f"UDP to the relay is dropped, {way}; the call goes on over TCP", options, 26,
                impairments=[impair("hole", kind="drop", way=way, remotes=[world.turn], protocol="udp")], victims={"transport": "udp", "host": "turn"},
                victim={"truth": truth, "outcome": "dropped", "mechanism": "blackhole"}, call=None,
                others=[({"transport": "tcp", "host": "turn"}, {"finding": False})])
