"""Both ends of a call, standing in their namespaces and joined by the lab's own signalling."""

import json
import random
import time

from . import turn
from .shell import CommandFailed


def services(world, plan):
    """What the far side has to serve for this plan."""
    w = world
    made = {"nginx": w.other_web, "names": w.names(), "resolver": w.resolver, "stun": [(w.stun, 3478)],
            "tls": [(w.web, 443), (w.blocked_web, 443), (w.max_calls, 443), (w.telegram_dc, 443)],
            "http": [(w.web, 80), (w.blocked_web, 80), (w.telegram_dc, 80)]}
    if plan.engine == "telegram":
        made["reflectors"] = [(address, 596 + i) for i, address in enumerate(w.telegram_relays)]
    if plan.engine == "whatsapp":
        made["whatsapp"] = [(address, 3478) for address in w.meta_relays]
        made["http"].append((w.meta_chat, 5222))
    return made


class Ends:
    """Caller at the client, callee at the peer."""

    def __init__(self, stage, world, plan):
        self.stage, self.world, self.plan = stage, world, plan
        self.random = random.Random(f"{world.seed}/{world.name}/ends")
        self.ports = []
        self.pairs = []

    def start(self):
        for _ in range(2 if self.plan.options.get("twins") else 1):
            getattr(self, "start_" + {"max": "webrtc"}.get(self.plan.engine, self.plan.engine))()

    def join(self, module, caller, callee):
        pair = {"caller": None, "callee": None}
        self.pairs.append(pair)

        def make(role, options, name, other):
            return self.stage.module(f"engines.{module}", [self._json(options)], role, name=name,
                                     on=lambda event: self._event(event, name, pair, other))
        incoming = bool(self.plan.options.get("incoming"))
        caller, callee = {**caller, "caller": not incoming}, {**callee, "caller": incoming}
        pair["caller"] = make("cli", caller, "caller", "callee")
        if not self.plan.options.get("peer_offline"):
            pair["callee"] = make("peer", callee, "callee", "caller")
        if len(self.pairs) == 1:
            self.caller, self.callee = pair["caller"], pair["callee"]
        for child in [c for c in (pair['callee'], pair['caller']) if c]:
            if not child.wait_for("ready", 60):
                raise CommandFailed(f"{child.name} did not start: " + " | ".join(self.stage.log[-4:]))

    @staticmethod
    def _json(options):
        return json.dumps(options)

    def _event(self, event, name, pair, other):
        if event["event"] == "signal":
            # What comes before the other end stands is kept for it.
            if pair[other]:
                for kept in pair.pop("kept_" + other, []):
                    pair[other].send(do="signal", data=kept)
                pair[other].send(do="signal", data=event["data"])
            else:
                pair.setdefault("kept_" + other, []).append(event["data"])
            return True
        if event["event"] == "port" and name == "caller":
            self.ports.append(event["port"])
        if event["event"] == "ready" and pair["callee"] and name == "callee":
            for kept in pair.pop("kept_callee", []):
                pair["callee"].send(do="signal", data=kept)
        return False

    def start_whatsapp(self):
        w, o = self.world, self.plan.options
        relays = [(address, 3478) for address in w.meta_relays[:o.get("relay_count", 4)]]
        token = self.random.randbytes(16).hex()
        media = {k: o[k] for k in ("audio_bps", "interval_ms", "video_bps", "fps", "spread") if k in o}
        mine = {k: v for k, v in media.items() if k != "video_bps" or o.get("own_video", True)}
        index = o.get("relay_index", 0)
        more = {k: o[k] for k in ("also_index", "also_s", "ringing") if k in o}
        self.join("whatsapp", {"seed": self.random.getrandbits(32), "token": token, "relays": relays, "chat": w.meta_chat,
                               "relay_index": index, **mine, **more},
                  {"seed": self.random.getrandbits(32), "token": token, "relays": relays, "relay_index": index, **media, **more})

    def start_webrtc(self):
        w, o = self.world, self.plan.options
        media = {k: o[k] for k in ("audio_bps", "video_bps", "fps", "unanswered") if k in o}
        servers = []
        if o.get("path", "p2p") == "p2p":
            servers = [{"urls": f"stun:{w.stun}:3478"}]
        else:
            host, port, realm = (w.max_turn, 19302, "okcdn.ru") if self.plan.engine == "max" else (w.turn, 3478, "turn.example.org")
            transport = "tcp" if o["path"] == "turn-tcp" else "udp"
            user, password = turn.start(self.stage, host, port, realm, self.random)
            servers = [{"urls": f"turn:{host}:{port}?transport={transport}", "username": user, "credential": password}]
        relay = o.get("path", "p2p") != "p2p"
        self.join("webrtc", {"seed": self.random.getrandbits(32), "servers": servers, "relay_only": relay, **media},
                  {"seed": self.random.getrandbits(32), "servers": [] if relay else servers, **media})

    def start_telegram(self):
        w, o = self.world, self.plan.options
        tag, secret = self.random.randbytes(12), self.random.randbytes(256).hex()
        path = o.get("path", "reflector")
        servers = []
        if path in ("reflector", "all"):
            servers += [{"host": address, "port": 596 + i} for i, address in enumerate(w.telegram_relays[:o.get("relay_count", 3)])]
        if path in ("turn", "all"):
            user, password = turn.start(self.stage, w.telegram_turn, 1400, "telegram.org", self.random)
            servers.append({"host": w.telegram_turn, "port": 1400, "username": user, "password": password, "turn": True, "stun": True})
        if path == "p2p":
            servers.append({"host": w.stun, "port": 3478, "stun": True})
        ends = []
        for index in range(2):
            mine = [{**s, **({"tag": (tag + bytes([0, 0, 0, index])).hex()} if "turn" not in s and "stun" not in s else {})} for s in servers]
            ends.append({"seed": self.random.getrandbits(32), "secret": secret, "servers": mine, "folder": self.stage.folder, "p2p": path == "p2p",
                         **{k: o[k] for k in ("version", "video", "fps", "silent") if k in o}})
        self.join("telegram", *ends)
        # The engine of a peer that has not answered is idle.
        for child in filter(None, (None if o.get("unanswered") else self.callee, self.caller)):
            child.send(do="connect")

    def connected(self, timeout):
        """Waits until both ends have media; true if they do."""
        event = self.caller.wait_for(("connected", "failed"), timeout)
        return bool(event and event["event"] == "connected")

    def finish(self, how):
        """Ends the call: locally, remotely, by killing the peer, or not at all."""
        # The other end hears of it by way of the app's servers, and not before the last media have come.
        told = self.world.rtt_ms / 1000 + 0.1
        if how == "local":
            for pair in self.pairs:
                pair["caller"].send(do="hangup")
                pair["caller"].wait_for("hungup", 4)
                if pair["callee"]:
                    time.sleep(told)
                    pair["callee"].send(do="hangup")
        elif how == "remote" and self.callee:
            self.callee.send(do="hangup")
            self.callee.wait_for("hungup", 4)
            time.sleep(told)
            self.caller.send(do="hangup")
        elif how == "kill" and self.callee:
            self.callee.send_signal(9)

    def start_sip(self):
        w, o = self.world, self.plan.options
        more = {k: o[k] for k in ("codec", "unanswered") if k in o}
        self.join("sip", {"seed": self.random.getrandbits(20), "folder": self.stage.folder, "address": w.client_ip, "peer": w.peer_ip, **more},
                  {"seed": self.random.getrandbits(20), "folder": self.stage.folder, "address": w.peer_ip, "peer": w.client_ip, **more})

    def start_chromium(self):
        w, o = self.world, self.plan.options
        servers, relay = [{"urls": f"stun:{w.stun}:3478"}], False
        if o.get("path", "p2p") != "p2p":
            user, password = turn.start(self.stage, w.turn, 3478, "turn.example.org", self.random)
            kinds = {"turn": ["udp"], "turn-tcp": ["tcp"], "turn-both": ["udp", "tcp"]}[o["path"]]
            servers = [{"urls": [f"turn:{w.turn}:3478?transport={kind}" for kind in kinds], "username": user, "credential": password}]
            relay = True
        more = {"folder": self.stage.folder, "video": bool(o.get("video")), "hosts": [w.turn]}
        self.join("chromium", {"servers": servers, "relay_only": relay, **more}, {"servers": [], "relay_only": False, **more})
