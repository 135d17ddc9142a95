"""Calls that scenarios are built on: engines with drawn media, and the rate they will offer."""

from ..plan import Impairment, Plan


def hosts(engine, world, path=None):
    """Addresses that the call's media go to."""
    if path == "p2p":
        return [world.peer_ip]
    return {"whatsapp": world.meta_relays, "telegram": world.telegram_relays + [world.telegram_turn], "max": [world.max_turn],
            "webrtc": [world.turn] if path == "turn" else [world.peer_ip], "chromium": [world.turn] if path and path != "p2p" else [world.peer_ip], "sip": [world.peer_ip]}[engine]


def media(engine, r, video=False, path=None, high=False):
    """Options of a call with drawn media, and the rate in IP bits per second it offers in one direction."""
    if engine == "whatsapp":
        interval = r.choice([20, 40, 60])
        audio = r.choice([24000, 32000, 40000])
        options = {"audio_bps": audio, "interval_ms": interval, "relay_count": r.choice([2, 3, 4]), "spread": r.choice([0.08, 0.15, 0.25])}
        offered = audio + 28 * 8 * 1000 / interval
        if video:
            # A good picture is the peer's alone: the client's own camera is off.
            options.update(video_bps=r.choice([520000, 640000, 760000] if high else [160000, 240000, 320000]), fps=r.choice([12, 15]), own_video=not high)
            offered += options["video_bps"] * 1.06
        return options, offered
    if engine in ("webrtc", "max"):
        audio = r.choice([20000, 28000, 40000])
        options = {"audio_bps": audio, "path": path or "p2p"}
        offered = audio * 0.95 + 50 * 8 * (28 + 12 + 10 + 8 + (4 if path == "turn" else 0))
        if video:
            options.update(video_bps=r.choice([150000, 220000]), fps=r.choice([8, 10]))
            offered += options["video_bps"] * 1.1
        return options, offered
    if engine == "telegram":
        return {"path": path or "reflector", "version": r.choice(["8.0.0", "9.0.0", "12.0.0"]), **({"video": True} if video else {})}, \
            300000 if video else 46000
    if engine == "sip":
        codec = r.choice(["g711", "opus"])
        return {"codec": codec}, 80000 if codec == "g711" else 60000
    if engine == "chromium":
        return {"path": path or "p2p", "video": video}, 250000 if video else 55000
    raise ValueError(engine)


def call(name, engine, summary, options, seconds, **more):
    more.setdefault("call", {"app": app(engine), "stage": "media"})
    more.setdefault("synthetic", engine in ("whatsapp", "max"))
    more.setdefault("ends", "local")
    if engine == "sip":
        more["tweaks"] = {**more.get("tweaks", {}), "nat": False}
    return Plan(scenario=name, summary=summary, engine=engine, options=options, seconds=seconds, **more)


def app(engine):
    return {"whatsapp": ["whatsapp"], "telegram": ["telegram", "webrtc"], "max": ["max", "webrtc"], "webrtc": "webrtc", "chromium": "webrtc",
            "sip": ["sip", None]}[engine]


def kbit(rate):
    return f"{rate / 1000:.0f} kbit/s"


def impair(name, at=None, until=None, **spec):
    return Impairment(name, spec, at, until)


def draw_rate(r, offered, low=0.45, high=0.8, floor=24000):
    """A cap below what the call offers, on a whole kbit/s."""
    return max(floor, int(offered * r.uniform(low, high) / 1000) * 1000)
