"""Calls with nothing wrong on the path that look as if there were."""

from ..plan import scenario
from .common import app, call, impair, media

BENIGN = {"finding": False}


def quiet(name, engine, r, world, summary, seconds, path=None, video=False, options=None, **more):
    drawn, _ = media(engine, r, video, path)
    drawn.update(options or {})
    more.setdefault("victim", dict(BENIGN))
    return call(name, engine, summary, drawn, seconds, benign=True, **more)


@scenario("unanswered", 4, "unanswered")
def unanswered(r, world, variant):
    """The peer's device rings and nobody answers; then the client gives up."""
    engine, path = [("whatsapp", None), ("telegram", None), ("webrtc", "turn"), ("sip", None)][variant]
    return waiting("unanswered", engine, r, world, "the peer's device rings, nobody answers", path, {"unanswered": True})


@scenario("peer-offline", 3, "peer-offline")
def peer_offline(r, world, variant):
    """The peer's device is off: nothing of it ever comes."""
    engine, path = [("whatsapp", None), ("telegram", None), ("sip", None)][variant]
    return waiting("peer-offline", engine, r, world, "the peer's device is off", path, {"peer_offline": True})


def waiting(name, engine, r, world, summary, path, options):
    """A call set up as far as the client can alone, until it gives up."""
    seconds = r.randint(12, 20)
    if engine == "whatsapp":
        # The client's relays answer: as far as it is concerned, the call is connected, and waits for its peer.
        return quiet(name, engine, r, world, summary, seconds, path, options={**options, "ringing": True}, victims="relays",
                     checks=[{"kind": "traffic", "least": 0.5}], call={"app": app(engine), "stage": ["relay", "connectivity", "signalling"]})
    where = {"telegram": "relays", "webrtc": {"transport": "udp", "host": "turn"}, "sip": {"transport": "udp", "port": 5060}}[engine]
    return quiet(name, engine, r, world, summary, 3, path, options={**options, "connect_s": seconds}, victims=where, needs_connection=False, call=None,
                 checks=[{"kind": "traffic", "least": 0.02, "ways": ["up"], "since": -seconds}])


@scenario("peer-gone", 3, "peer-gone")
def peer_gone(r, world, variant):
    """The peer's device loses its network in mid-call; the client's path is well."""
    engine, path = [("whatsapp", None), ("telegram", None), ("webrtc", "turn")][variant]
    at = r.randint(10, 18)
    return quiet("peer-gone", engine, r, world, f"the peer's link goes down at {at} s; relays still answer", at + 20, path,
                 actions=[(at, "stop_peer", {})], checks=[{"kind": "traffic", "least": 0.2, "since": at + 2, "until": at + 18, "ways": ["up"]}])


@scenario("peer-killed", 3, "peer-killed")
def peer_killed(r, world, variant):
    """The peer's app dies: ICMP port unreachable, or silence behind the relay."""
    engine, path = [("webrtc", "p2p"), ("telegram", None), ("whatsapp", None)][variant]
    at = r.randint(10, 18)
    return quiet("peer-killed", engine, r, world, f"the peer's process is killed at {at} s", at + 16, path, actions=[(at, "kill_peer", {})],
                 checks=[{"kind": "traffic", "least": 3, "since": 1, "until": at}])


@scenario("nat-rebinding", 3, "nat-rebinding")
def nat_rebinding(r, world, variant):
    """The home router forgets its mappings in mid-call and gives new ports."""
    engine, path = [("telegram", None), ("whatsapp", None), ("max", "turn")][variant]
    at = r.randint(10, 18)
    return quiet("nat-rebinding", engine, r, world, f"new ports at the router at {at} s", at + 22, path, actions=[(at, "rebind", {})],
                 checks=[{"kind": "traffic", "least": 2, "since": 1, "until": at, "ways": ["up"]}])


@scenario("network-change", 3, "network-change")
def network_change(r, world, variant):
    """The client moves to another network in mid-call."""
    at = r.randint(10, 18)
    address = r.choice(["10.64.7.{}", "192.168.43.{}"]).format(r.randint(3, 250))
    router = address.rsplit(".", 1)[0] + ".1"
    return quiet("network-change", "whatsapp", r, world, f"the client gets another address at {at} s and opens new sockets", at + 22,
                 options={"more_clients": [address], "media_flows": 2}, actions=[(at, "new_address", {"address": address, "router": router})],
                 checks=[{"kind": "traffic", "least": 2, "since": 1}])


@scenario("roaming-gap", 3, "roaming-gap")
def roaming_gap(r, world, variant):
    """All flows at once are silent for a while."""
    engine, path = [("whatsapp", None), ("telegram", None), ("webrtc", "p2p")][variant]
    at, length = r.randint(10, 16), r.randint(4, 9)
    return quiet("roaming-gap", engine, r, world, f"nothing passes from {at} to {at + length} s, of any flow", at + length + 14, path,
                 actions=[(at, "link_down", {"seconds": length})], victim={**BENIGN, "outcome": ["ok", "degraded", "inconclusive"]},
                 checks=[{"kind": "silence", "least_s": length - 1}])


@scenario("relay-election", 3, "relay-election")
def relay_election(r, world, variant):
    """Media move to another relay after some seconds; the first one keeps its pings alone."""
    moved = r.randint(4, 9)
    return quiet("relay-election", "whatsapp", r, world, f"media leave the first relay for another after {moved} s", r.randint(26, 34),
                 options={"relay_count": 3, "also_index": 1, "also_s": moved, "relay_index": 0}, victim={**BENIGN, "outcome": "ok"},
                 checks=[{"kind": "traffic", "least": 4, "since": moved + 2}])


@scenario("hold", 2, "hold")
def hold(r, world, variant):
    """The call is on hold for a while: no media, the path is kept."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    if engine == "webrtc":
        actions = [(10, "hold_caller", {}), (10.3, "hold_callee", {})]
        return quiet("hold", engine, r, world, "on hold from 10 s on", 34, path, actions=actions,
                     checks=[{"kind": "traffic", "least": 0.05, "since": 12, "most": 6}])
    actions = [(10, "hold_callee", {}), (26, "resume_callee", {})]
    return quiet("hold", engine, r, world, "the peer holds from 10 to 26 s", 36, path, actions=actions,
                 checks=[{"kind": "traffic", "least": 0.3, "since": 12, "until": 25, "most": 4, "ways": ["down"]}])


@scenario("nat-expiry", 3, "nat-expiry")
def nat_expiry(r, world, variant):
    """Both ends are silent for longer than the router keeps its mapping; the old mapping is gone afterwards."""
    idle = r.randint(36, 44)
    return quiet("nat-expiry", "whatsapp", r, world, f"no packet of the call for {idle} s from 10 s on, and the router forgets the mapping", 10 + idle + 14,
                 actions=[(10, "hold_caller", {}), (10, "hold_callee", {}), (10 + idle - 4, "forget", {}), (10 + idle, "resume_caller", {}),
                          (10 + idle, "resume_callee", {})],
                 checks=[{"kind": "silence", "least_s": 30}])


@scenario("stopped-early", 3, "stopped-early")
def stopped_early(r, world, variant):
    """The capture stops while the call goes on."""
    engine, path = [("telegram", None), ("webrtc", "p2p"), ("whatsapp", None)][variant]
    stop = r.randint(8, 14)
    return quiet("stopped-early", engine, r, world, f"the capture ends {stop} s into the call", stop + 6, path, cuts={"stop": stop},
                 victim={**BENIGN, "outcome": ["ok", "inconclusive"]}, checks=[{"kind": "traffic", "least": 4, "until": stop}])


@scenario("mid-call", 3, "mid-call")
def mid_call(r, world, variant):
    """The capture begins while the call goes on."""
    engine, path = [("telegram", None), ("webrtc", "p2p"), ("whatsapp", None)][variant]
    start = r.randint(6, 10)
    return quiet("mid-call", engine, r, world, f"the capture begins {start} s into the call", start + 20, path, cuts={"start": start},
                 options={"guess_app": True}, victim={**BENIGN, "outcome": ["ok", "inconclusive"]},
                 checks=[{"kind": "traffic", "least": 4, "since": start}], call=None)


@scenario("one-sided", 3, "one-sided")
def one_sided(r, world, variant):
    """The capture holds one direction alone."""
    engine, path = [("webrtc", "p2p"), ("whatsapp", None), ("telegram", None)][variant]
    way = ["up", "down", "up"][variant]
    return quiet("one-sided", engine, r, world, f"the capture holds what goes {way} and nothing else", r.randint(20, 28), path,
                 cuts={"only": way, "client": world.client_ip}, options={"guess_app": True}, victim={**BENIGN, "outcome": ["inconclusive", "ok"]},
                 checks=[{"kind": "traffic", "least": 4, "ways": [way]}], call=None)


@scenario("tun-capture", 3, "tun-capture")
def tun_capture(r, world, variant):
    """Captured at the client's end of a VPN, inside: no Ethernet, no ARP, a smaller MTU (as phones' capture apps see it)."""
    engine, path = [("telegram", None), ("max", "turn"), ("whatsapp", None)][variant]
    return quiet("tun-capture", engine, r, world, "a call through a WireGuard tunnel, captured inside it, at its TUN device", r.randint(20, 28), path,
                 options={"tunnel": "inside"}, victim={**BENIGN, "outcome": "ok"}, checks=[{"kind": "traffic", "least": 4}])


@scenario("vpn-outside", 3, "vpn-outside")
def vpn_outside(r, world, variant):
    """The same outside: all there is to see is one flow of WireGuard's."""
    engine, path = [("whatsapp", None), ("telegram", None), ("max", "turn")][variant]
    return quiet("vpn-outside", engine, r, world, "a call through a WireGuard tunnel, captured outside it", r.randint(20, 28), path,
                 options={"tunnel": "outside", "guess_app": True}, victim={**BENIGN, "outcome": ["ok", "inconclusive"]},
                 victims={"transport": "udp", "host": "vpn"}, checks=[{"kind": "traffic", "least": 8}], call=None)


@scenario("mtu-hole", 3, "mtu-hole")
def mtu_hole(r, world, variant):
    """A path whose large packets vanish without ICMP, for every server alike."""
    engine, path = [("whatsapp", None), ("max", "turn"), ("webrtc", "p2p")][variant]
    size = r.choice([1000, 1060, 1100])
    return quiet("mtu-hole", engine, r, world, f"packets above {size} bytes vanish, of all flows, from the start", 34, path, video=True,
                 impairments=[impair("hole", kind="drop", larger=size)], victim={**BENIGN, "outcome": ["degraded", "inconclusive", "ok"]},
                 checks=[{"kind": "traffic", "least": 4}])
