"""aiortc call end: ICE with a STUN or TURN server, DTLS-SRTP, Opus audio and VP8 video; also in Max's shape."""

import asyncio
import fractions
import random
import time

import av
import numpy

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs import opus, vpx
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from .endpoint import Endpoint


class Voice(MediaStreamTrack):
    """Speech-like noise: syllables and pauses, so that frames differ in size; silence while muted."""

    kind = "audio"

    def __init__(self, seed):
        super().__init__()
        self.random = numpy.random.default_rng(seed)
        self.began = None
        self.stamp = 0
        self.muted = False
        self.level, self.until = 0.3, 0

    async def recv(self):
        if self.readyState != "live":
            raise MediaStreamError
        count = 960
        if self.began is None:
            self.began = time.monotonic()
        self.stamp += count
        wait = self.began + self.stamp / 48000 - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        if self.stamp > self.until:
            self.level = float(self.random.choice([0.02, 0.2, 0.5, 0.8]))
            self.until = self.stamp + int(48000 * self.random.uniform(0.08, 0.5))
        level = 0.0 if self.muted else self.level
        samples = (self.random.standard_normal(count) * level * 6000).clip(-32768, 32767).astype("int16")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self.stamp, 48000, fractions.Fraction(1, 48000)
        return frame


class Picture(MediaStreamTrack):
    """Video with a moving pattern of noise, so that the encoder needs its bits."""

    kind = "video"

    def __init__(self, seed, rate=10, width=192, height=144):
        super().__init__()
        self.random = numpy.random.default_rng(seed)
        self.rate, self.width, self.height = rate, width, height
        self.began, self.count = None, 0

    async def recv(self):
        if self.readyState != "live":
            raise MediaStreamError
        if self.began is None:
            self.began = time.monotonic()
        self.count += 1
        wait = self.began + self.count / self.rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        coarse = self.random.integers(0, 255, (self.height // 8, self.width // 8, 3), dtype="uint8")
        frame = av.VideoFrame.from_ndarray(coarse.repeat(8, 0).repeat(8, 1), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = int(self.count * 90000 / self.rate), fractions.Fraction(1, 90000)
        return frame


class WebRTC(Endpoint):
    async def start(self):
        o = self.options
        self.random = random.Random(o["seed"])
        if o.get("audio_bps"):
            self.limit_audio(o["audio_bps"])
        if o.get("video_bps"):
            vpx.DEFAULT_BITRATE = vpx.MIN_BITRATE = vpx.MAX_BITRATE = o["video_bps"]
        servers = [RTCIceServer(**server) for server in o.get("servers", [])]
        policy = RTCIceTransportPolicy.RELAY if o.get("relay_only") else RTCIceTransportPolicy.ALL
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=servers, iceTransportPolicy=policy))
        self.voice = Voice(o["seed"])
        self.peer.addTrack(self.voice)
        if o.get("video_bps"):
            self.peer.addTrack(Picture(o["seed"] + 1, o.get("fps", 10)))
        self.sinks = []
        self.began = time.monotonic()

        @self.peer.on("track")
        def track(track):
            self.sinks.append(asyncio.create_task(self.drain(track)))

        @self.peer.on("connectionstatechange")
        def state():
            name = self.peer.connectionState
            self.emit("connected" if name == "connected" else "failed" if name == "failed" else "state", state=name)
        self.emit("ready")
        if o.get("caller"):
            await self.peer.setLocalDescription(await self.peer.createOffer())
            self.signal(type="offer", sdp=self.peer.localDescription.sdp)

    def limit_audio(self, rate):
        original = opus.OpusEncoder.__init__

        def limited(encoder):
            original(encoder)
            encoder.codec.bit_rate = rate
        opus.OpusEncoder.__init__ = limited

    async def drain(self, track):
        try:
            while True:
                await track.recv()
        except MediaStreamError:
            pass

    async def on_signal(self, message):
        data = message["data"]
        await self.peer.setRemoteDescription(RTCSessionDescription(data["sdp"], data["type"]))
        if data["type"] == "offer":
            if self.options.get("unanswered"):
                return
            await self.peer.setLocalDescription(await self.peer.createAnswer())
            self.signal(type="answer", sdp=self.peer.localDescription.sdp)

    async def on_mute(self, message):
        self.voice.muted = True

    async def on_unmute(self, message):
        self.voice.muted = False

    async def on_hold(self, message):
        for sender in self.peer.getSenders():
            sender.replaceTrack(None)

    async def on_hangup(self, message):
        await self.peer.close()
        self.emit("hungup")


if __name__ == "__main__":
    WebRTC.run()
