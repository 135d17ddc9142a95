"""Caps on calls - policers and shapers - and what looks like them without being one."""

from ..plan import scenario
from .common import call, draw_rate, hosts, impair, kbit, media


# Shares of what a good picture offers, so that caps end at some 512 kbit/s.
HIGH = 0.35, 0.6


def policed(name, engine, r, world, video=False, way="both", kernel=False, path=None, seconds=None, twins=False, high=False):
    options, offered = media(engine, r, video, path, high)
    total = offered * (2 if twins else 1)
    rate = draw_rate(r, total, *HIGH) if high else draw_rate(r, total)
    seconds = seconds or r.randint(62, 75)
    onset = r.choice([0.5, 6, 10])
    remotes = hosts(engine, world, path)
    if kernel:
        burst = r.choice([2000, 6000, 12000])
        spec = {"kind": "policer", "rate_bps": rate // 8 * 8, "burst_bytes": burst}
        bucket = rate // 8 + burst
    else:
        bucket = r.choice([1500, 3000, 6000]) if not video else r.choice([4000, 8000, 16000])
        spec = {"kind": "bucket", "rate_bps": rate, "bucket_bytes": bucket}
    spec.update(way=way, remotes=remotes, protocol="udp")
    rate = spec["rate_bps"]
    truth = {"outcome": "capped", "mechanism": "policer", "way": way, "cap_bps": rate, "imposed": "cap"}
    if way == "up":
        victim = {"truth": truth, "outcome": ["capped", "degraded", "inconclusive", "ok"], "mechanism": ["policer", None]}
    elif twins:
        # Each flow has a share of the cap that changes; what both get together is the cap.
        victim = {"truth": truth, "outcome": "capped", "mechanism": "policer"}
        options["twins"], options["media_flows"] = True, 2
    else:
        victim = {"truth": truth, "outcome": "capped", "mechanism": "policer", "cap_bps": rate}
    outcome = {} if way == "up" else {"outcome": "capped"}
    return call(name, engine, f"policer of {kbit(rate)} with a bucket of {bucket} bytes, {way}, "
                f"{'one for two calls, ' if twins else ''}from {onset} s on; offered {kbit(total)}", options, seconds,
                impairments=[impair("cap", at=onset, **spec)], victim=victim,
                call=[{"app": _app(engine), "stage": "media", **outcome}] * (2 if twins else 1), pair=way == "up")


def _app(engine):
    from .common import app
    return app(engine)


@scenario("policer-audio", 6, "policer")
def policer_audio(r, world, variant):
    """Policer with a small bucket on an audio call (token bucket of the line)."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("telegram", None), ("max", "turn"), ("whatsapp", None), ("webrtc", "turn")][variant]
    return policed("policer-audio", engine, r, world, way=["both", "down", "both", "both", "down", "both"][variant], path=path)


@scenario("policer-audio-second", 3, "policer")
def policer_audio_second(r, world, variant):
    """Policer with a bucket of more than a second (nftables' limit) on an audio call."""
    engine, path = [("webrtc", "p2p"), ("whatsapp", None), ("telegram", None)][variant]
    return policed("policer-audio-second", engine, r, world, kernel=True, way=["both", "down", "both"][variant], path=path)


@scenario("policer-video", 4, "policer")
def policer_video(r, world, variant):
    """Policer on a video call; the line's bucket, or nftables' of a second."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("max", "turn"), ("whatsapp", None)][variant]
    return policed("policer-video", engine, r, world, video=True, kernel=variant in (1, 3), path=path, way=["both", "down", "both", "down"][variant])


@scenario("policer-high", 2, "policer")
def policer_high(r, world, variant):
    """Policer of some hundred kbit/s on a video call of a good picture."""
    return policed("policer-high", "whatsapp", r, world, video=True, high=True, kernel=variant == 1, way=["both", "down"][variant])


@scenario("policer-up", 2, "policer")
def policer_up(r, world, variant):
    """Policer on what the client sends: only the far side's capture shows the loss."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p")][variant]
    return policed("policer-up", engine, r, world, way="up", path=path, kernel=variant == 1)


@scenario("policer-shared", 2, "policer")
def policer_shared(r, world, variant):
    """One policer shared by two calls at once."""
    return policed("policer-shared", ["whatsapp", "whatsapp"][variant], r, world, twins=True, kernel=variant == 1, way=["both", "down"][variant])


def shaped(name, engine, r, world, video=False, way="both", path=None, high=False):
    options, offered = media(engine, r, video, path, high)
    rate = draw_rate(r, offered, *(HIGH if high else (0.5, 0.85)))
    seconds, onset = r.randint(68, 80), r.randint(12, 20)
    until = onset + r.randint(28, 36)
    queue = max(3000, int(rate / 8 * r.uniform(0.25, 1.2)))
    truth = {"outcome": "capped", "mechanism": "shaper", "way": way, "cap_bps": rate, "imposed": "cap"}
    victim = {"truth": truth, "outcome": "capped", "mechanism": "shaper", "cap_bps": rate}
    if way == "up":
        victim = {"truth": truth, "outcome": ["capped", "degraded", "inconclusive", "ok"], "mechanism": ["shaper", "congestion", None]}
    return call(name, engine, f"shaper of {kbit(rate)}, queue of {queue} bytes, {way}, from {onset} to {until} s; offered {kbit(offered)}",
                options, seconds, pair=way == "up", victim=victim,
                impairments=[impair("cap", at=onset, until=until, kind="shaper", rate_bps=rate, queue_bytes=queue, way=way,
                                    remotes=hosts(engine, world, path))],
                call={"app": _app(engine), "stage": "media", **({} if way == "up" else {"outcome": "capped"})})


@scenario("shaper-audio", 4, "shaper")
def shaper_audio(r, world, variant):
    """Shaper on an audio call, with onset and end inside the capture (HTB, first-in first-out queue)."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("telegram", None), ("max", "turn")][variant]
    return shaped("shaper-audio", engine, r, world, way=["both", "down", "both", "down"][variant], path=path)


@scenario("shaper-video", 3, "shaper")
def shaper_video(r, world, variant):
    """Shaper on a video call, with onset and end inside the capture."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("max", "turn")][variant]
    return shaped("shaper-video", engine, r, world, video=True, way=["both", "down", "down"][variant], path=path)


@scenario("shaper-high", 2, "shaper")
def shaper_high(r, world, variant):
    """Shaper of some hundred kbit/s on a video call of a good picture."""
    return shaped("shaper-high", "whatsapp", r, world, video=True, high=True, way=["down", "both"][variant])


@scenario("shaper-up", 2, "shaper")
def shaper_up(r, world, variant):
    """Shaper on what the client sends."""
    return shaped("shaper-up", ["whatsapp", "webrtc"][variant], r, world, way="up", path=[None, "p2p"][variant])


BENIGN = {"finding": False}


@scenario("slow-line", 4, "slow-line")
def slow_line(r, world, variant):
    """A slow line from the first packet on, for all traffic: a plain bottleneck."""
    engine, path, video = [("whatsapp", None, True), ("webrtc", "p2p", False), ("telegram", None, False), ("max", "turn", False)][variant]
    options, offered = media(engine, r, video, path)
    # The traffic beside the call takes some 3 kbit/s of the line.
    rate = int(offered * r.uniform(0.7, 0.88)) // 1000 * 1000 + 3000
    queue = int(rate / 8 * r.uniform(0.3, 0.9))
    return call("slow-line", engine, f"a line of {kbit(rate)} in both directions from the first packet, queue of {queue} bytes", options,
                r.randint(60, 66), benign=True, impairments=[impair("line", kind="shaper", rate_bps=rate, queue_bytes=queue)],
                victim={**BENIGN}, checks=[{"kind": "queue", "least_ms": 30}, {"kind": "traffic", "least": 5, "since": 5}])


@scenario("congestion", 4, "congestion")
def congestion(r, world, variant):
    """A competing flow on the same line: a queue that comes and goes, at a rate that is not the call's."""
    engine, path, video = [("whatsapp", None, False), ("webrtc", "p2p", False), ("telegram", None, False), ("whatsapp", None, True)][variant]
    options, offered = media(engine, r, video, path)
    rate = int(offered * r.uniform(4, 9) / 1000) * 1000
    queue = int(rate / 8 * r.uniform(0.12, 0.4))
    at, length = r.randint(12, 18), r.randint(18, 25)
    return call("congestion", engine, f"a line of {kbit(rate)} with a queue of {queue} bytes, filled by downloads from {at} to {at + length} s",
                options, r.randint(60, 68), benign=True, impairments=[impair("line", kind="shaper", rate_bps=rate, queue_bytes=queue)],
                actions=[(at, "compete", {"seconds": length, "streams": r.choice([1, 2, 3])})], victim={**BENIGN},
                checks=[{"kind": "queue", "least_ms": 25}, {"kind": "traffic", "least": 5, "since": 2}])


@scenario("congestion-up", 2, "congestion")
def congestion_up(r, world, variant):
    """Uploads of the client's own fill its line: what it sends waits in the queue, and so do its requests."""
    engine, path = [("webrtc", "p2p"), ("whatsapp", None)][variant]
    options, offered = media(engine, r, False, path)
    rate = int(offered * r.uniform(4, 9) / 1000) * 1000
    queue = int(rate / 8 * r.uniform(0.12, 0.4))
    at, length = r.randint(12, 18), r.randint(18, 25)
    return call("congestion-up", engine, f"a line of {kbit(rate)} with a queue of {queue} bytes, filled by uploads from {at} to {at + length} s",
                options, r.randint(60, 68), benign=True, impairments=[impair("line", kind="shaper", rate_bps=rate, queue_bytes=queue)],
                actions=[(at, "compete", {"seconds": length, "streams": r.choice([1, 2]), "way": "up"})], victim={**BENIGN},
                checks=[{"kind": "queue", "least_ms": 25}, {"kind": "traffic", "least": 5, "since": 2}])


@scenario("wifi-loss", 4, "wifi-loss")
def wifi_loss(r, world, variant):
    """Bursty loss of a radio link, all flows at once."""
    engine, path, video = [("whatsapp", None, False), ("webrtc", "p2p", False), ("telegram", None, False), ("whatsapp", None, True)][variant]
    options, _ = media(engine, r, video, path)
    spec = {"good_s": round(r.uniform(2.0, 5.0), 1), "bad_s": round(r.uniform(0.15, 0.5), 2), "loss": round(r.uniform(0.6, 0.9), 2)}
    return call("wifi-loss", engine, f"radio: good for {spec['good_s']} s, bad for {spec['bad_s']} s on average, {spec['loss']:.0%} lost while bad",
                options, r.randint(60, 66), benign=True, impairments=[impair("radio", kind="radio", **spec)], victim={**BENIGN},
                checks=[{"kind": "loss", "low": 0.008, "high": 0.4}])


@scenario("bad-line", 4, "bad-line")
def bad_line(r, world, variant):
    """Uniform loss of a bad line, on everything that passes."""
    engine, path, video = [("whatsapp", None, False), ("webrtc", "p2p", False), ("telegram", None, False), ("max", "turn", True)][variant]
    options, _ = media(engine, r, video, path)
    share = round(r.uniform(0.006, 0.025), 4)
    return call("bad-line", engine, f"{share:.1%} of all packets are lost, both directions, all flows", options, r.randint(60, 66), benign=True,
                impairments=[impair("line", kind="discard", share=share)], victim={**BENIGN},
                checks=[{"kind": "loss", "low": share * 0.3, "high": share * 2.2 + 0.005}])


@scenario("flat-video", 3, "flat-video")
def flat_video(r, world, variant):
    """Video of constant rate, with nothing wrong: flat, and not capped."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("max", "turn")][variant]
    options, _ = media(engine, r, True, path)
    if engine == "whatsapp":
        options["spread"] = 0.02
    return call("flat-video", engine, "nothing wrong: video at a flat rate", options, r.randint(32, 40), benign=True, victim={**BENIGN, "outcome": "ok"},
                checks=[{"kind": "loss", "low": 0, "high": 0.004}, {"kind": "traffic", "least": 15}])


@scenario("dtx-silence", 3, "dtx-silence")
def dtx_silence(r, world, variant):
    """One side, then both, fall silent: discontinuous transmission."""
    engine, path = [("whatsapp", None), ("webrtc", "p2p"), ("telegram", None)][variant]
    options, _ = media(engine, r, False, path)
    actions = [(8, "mute_callee", {}), (14, "mute_caller", {}), (28, "unmute_callee", {}), (32, "unmute_caller", {})]
    return call("dtx-silence", engine, "the peer mutes at 8 s, the client at 14 s; both speak again at 28 and 32 s", options, 42, benign=True,
                actions=actions, victim={**BENIGN, "outcome": ["ok", "inconclusive"]}, checks=[{"kind": "traffic", "least": 0.2}])


@scenario("clean", 6, "clean")
def clean(r, world, variant):
    """Nothing wrong: calls of every engine, ended by one side or the other."""
    engine, path, video = [("whatsapp", None, False), ("webrtc", "p2p", False), ("telegram", None, False), ("max", "turn", False),
                           ("webrtc", "turn", False), ("telegram", "turn", False)][variant]
    options, _ = media(engine, r, video, path)
    return call("clean", engine, "nothing wrong", options, r.randint(22, 30), benign=True, victim={**BENIGN, "outcome": "ok"},
                ends=["local", "remote"][variant % 2], checks=[{"kind": "loss", "low": 0, "high": 0.004}, {"kind": "traffic", "least": 8}])


TELEGRAM = [("p2p", "8.0.0", False), ("turn", "9.0.0", False), ("reflector", "12.0.0", True), ("p2p", "13.0.0", True), ("reflector", "13.0.0", False), ("turn", "8.0.0", True)]


@scenario("clean-telegram", len(TELEGRAM), "clean")
def clean_telegram(r, world, variant):
    """Nothing wrong: Telegram's engine direct, over TURN and reflector, in several versions of its protocol, with and without video."""
    path, version, video = TELEGRAM[variant]
    options, _ = media("telegram", r, video, path)
    options["version"] = version
    return call("clean-telegram", "telegram", f"nothing wrong: {path}, {'video' if video else 'audio'}, protocol version {version}", options, r.randint(24, 32),
                benign=True, victim={**BENIGN, "outcome": "ok"}, ends=["remote", "local"][variant % 2],
                checks=[{"kind": "loss", "low": 0, "high": 0.01}, {"kind": "traffic", "least": 8}])
