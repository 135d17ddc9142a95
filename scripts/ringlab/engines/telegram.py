"""Telegram call end: ntgcalls, the call engine of Telegram clients, led from outside; its signalling goes over the lab."""

import asyncio
import base64

import numpy
from ntgcalls import (AudioDescription, ConnectionState, MediaDescription, MediaSource, NTgCalls, RTCServer, StreamMode,
                      VideoDescription)

from .endpoint import Endpoint

PEER = 1001


class Telegram(Endpoint):
    async def start(self):
        o = self.options
        self.loop = asyncio.get_running_loop()
        self.calls = NTgCalls()
        self.connecting = False
        self.early = []
        self.calls.on_signaling_data(lambda user, data: self.loop.call_soon_threadsafe(
            lambda: self.signal(data=base64.b64encode(data).decode())))
        self.calls.on_connection_change(lambda user, info: self.loop.call_soon_threadsafe(self.changed, info))
        await self.calls.create_p2p_call(PEER)
        await self.calls.set_stream_sources(PEER, StreamMode.CAPTURE, self.media())
        await self.calls.skip_exchange(PEER, bytes.fromhex(o["secret"]), bool(o.get("caller")))
        self.emit("ready")

    def media(self):
        o = self.options
        folder = o["folder"]
        path = f"{folder}/voice-{'a' if o.get('caller') else 'b'}.raw"
        r = numpy.random.default_rng(o["seed"])
        seconds, rate = 30, 48000
        steps = r.choice([0.0 if o.get("silent") else 0.02, 0.0 if o.get("silent") else 0.5, 0.0 if o.get("silent") else 0.2], size=seconds * 5)
        samples = (r.standard_normal(seconds * rate) * numpy.repeat(steps, rate // 5) * 6000).clip(-32768, 32767).astype("int16")
        with open(path, "wb") as f:
            f.write(samples.tobytes())
        voice = AudioDescription(media_source=MediaSource.SHELL, sample_rate=rate, channel_count=1,
                                 input=f"sh -c 'while cat {path}; do :; done'", keep_open=False)
        picture = None
        if o.get("video"):
            frame = f"{folder}/picture.raw"
            width, height = 320, 240
            with open(frame, "wb") as f:
                f.write(r.integers(0, 255, width * height * 3 // 2 * 20, dtype="uint8").tobytes())
            picture = VideoDescription(media_source=MediaSource.SHELL, width=width, height=height, fps=o.get("fps", 12),
                                       input=f"sh -c 'while cat {frame}; do :; done'", keep_open=False)
        return MediaDescription(microphone=voice, speaker=None, camera=picture, screen=None)

    def changed(self, info):
        state = info.state
        if state == ConnectionState.CONNECTED:
            self.emit("connected")
        elif state in (ConnectionState.FAILED, ConnectionState.TIMEOUT, ConnectionState.CLOSED):
            self.emit("failed", state=str(state))
        else:
            self.emit("state", state=str(state))

    async def on_connect(self, message):
        o = self.options
        servers = [RTCServer(id=i + 1, ipv4=s["host"], ipv6="", port=s["port"], username=s.get("username"), password=s.get("password"),
                             turn=s.get("turn", False), stun=s.get("stun", False), tcp=s.get("tcp", False),
                             peer_tag=bytes.fromhex(s["tag"]) if s.get("tag") else None) for i, s in enumerate(o["servers"])]
        self.connecting = True
        task = asyncio.create_task(self._connect(servers))
        await asyncio.sleep(0.05)
        for data in self.early:
            await self.calls.send_signaling_data(PEER, data)
        self.early = []
        await task

    async def _connect(self, servers):
        o = self.options
        try:
            await self.calls.connect_p2p(PEER, servers, [o.get("version", "9.0.0")], bool(o.get("p2p")), None)
        except Exception as error:
            self.emit("failed", state=repr(error)[:200])

    async def on_signal(self, message):
        data = base64.b64decode(message["data"]["data"])
        if not self.connecting:
            self.early.append(data)
            return
        try:
            await self.calls.send_signaling_data(PEER, data)
        except Exception as error:
            self.emit("note", text=repr(error)[:200])

    async def on_mute(self, message):
        await self.calls.mute(PEER)

    async def on_unmute(self, message):
        await self.calls.unmute(PEER)

    async def on_hangup(self, message):
        await self.calls.stop(PEER)
        self.emit("hungup")


if __name__ == "__main__":
    Telegram.run()
