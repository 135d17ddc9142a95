"""Synthetic WhatsApp call end: Allocate with 0x4000 to every relay, 0x0801 pings, SRTP-shaped media with PT 120.

After public captures and published descriptions; no code of the app's. Media are random bytes behind true RTP headers
(extension 0xDEBE), sent over the relay that answered first; the others are left (relay election). The chat connection is a
TCP connection with the app's opening and noise."""

import asyncio
import os
import random
import struct
import time

from ..stun import Message
from .endpoint import Endpoint
from .pacing import Pacer


class Socket(asyncio.DatagramProtocol):
    def __init__(self, end):
        self.end = end

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.end.received(data, address)

    def error_received(self, error):
        self.end.errors += 1


class WhatsApp(Endpoint):
    async def start(self):
        o = self.options
        self.random = random.Random(o["seed"])
        self.token = bytes.fromhex(o["token"]) + self.random.randbytes(134)
        self.relays = [tuple(r) for r in o["relays"]]
        self.answered = {}
        self.elected = None
        self.errors = 0
        self.sending = True
        self.talking = True
        self.counts = {"sent": 0, "received": 0}
        self.ssrc = self.random.getrandbits(32)
        self.video_ssrc = self.random.getrandbits(32)
        self.tasks = []
        await self.open()
        if o.get("chat"):
            self.tasks.append(asyncio.create_task(self.chat()))
        self.tasks.append(asyncio.create_task(self.allocate()))
        self.emit("ready")

    async def open(self):
        _, self.socket = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Socket(self), local_addr=(self.options.get("bind", "0.0.0.0"), 0))
        self.emit("port", port=self.socket.transport.get_extra_info("sockname")[1])

    async def chat(self):
        try:
            reader, writer = await asyncio.open_connection(self.options["chat"], self.options.get("chat_port", 5222))
            writer.write(b"ED\0\x01")
            await writer.drain()
            writer.write(b"\0\0\x04\x08\x08\x05\x02" + b"WA\x06\x03" + b"\0\0\x24\x12\x22\x0a\x20" + os.urandom(32))
            while True:
                await asyncio.sleep(self.random.uniform(2, 5))
                body = os.urandom(self.random.randint(30, 180))
                writer.write(b"\0" + struct.pack(">H", len(body)) + body)
                await writer.drain()
        except OSError:
            pass

    def send_allocate(self, relay):
        message = Message(0x0003).add(0x4000, self.token).xor_address(0x0016, relay)
        for kind, ssrc in ((3, self.ssrc), (3, self.video_ssrc)):
            message.add(0x0022, bytes([kind]) + struct.pack(">I", ssrc) + b"\0\0\0")
        self.socket.transport.sendto(message.integrity(self.token[:20]).bytes(), relay)

    async def allocate(self):
        """Twice to every relay at once, then on a ladder until one has answered, at most 45 s."""
        began = time.monotonic()
        for relay in self.relays:
            self.send_allocate(relay)
        await asyncio.sleep(0.1)
        for relay in self.relays:
            self.send_allocate(relay)
        wait = 0.5
        while not self.answered and time.monotonic() - began < 45:
            await asyncio.sleep(wait)
            wait = min(2.0, wait * 1.5)
            for relay in self.relays:
                if not self.answered:
                    self.send_allocate(relay)
        if not self.answered:
            self.emit("failed", reason="no relay answered")
            return
        await asyncio.sleep(0.6)
        if self.options.get("relay_index") is not None:
            self.elected = self.relays[self.options["relay_index"]]
        else:
            self.elected = min(self.answered, key=self.answered.get)
        self.emit("elected", relay=self.elected, answered=[list(a) for a in self.answered])
        self.signal(elected=self.elected)
        self.begin()

    def begin(self):
        self.emit("connected", relay=self.elected)
        self.media_began = time.monotonic()
        self.tasks.append(asyncio.create_task(self.ping()))
        if self.options.get("ringing"):
            # Media begin with the peer's answer, which never comes.
            return
        self.tasks += [asyncio.create_task(self.audio()), asyncio.create_task(self.control())]
        if self.options.get("video_bps"):
            self.tasks.append(asyncio.create_task(self.video()))
        if self.options.get("also_index") is not None:
            self.tasks.append(asyncio.create_task(self.abandoned(self.relays[self.options["also_index"]])))

    async def on_signal(self, message):
        """The caller's relay holds for both ends, as with a call set up by one side."""
        if "elected" in message["data"] and not self.options.get("caller") and self.elected is not None:
            self.elected = tuple(message["data"]["elected"])

    async def ping(self):
        while True:
            if self.sending:
                self.socket.transport.sendto(Message(0x0801).bytes(), self.elected)
            await asyncio.sleep(1.0)

    async def abandoned(self, relay):
        """Media go over this relay for a while first; then only its pings stay."""
        self.elected, best = relay, self.elected
        await asyncio.sleep(self.options.get("also_s", 6))
        self.elected = best
        self.emit("moved", to=best)
        while True:
            self.socket.transport.sendto(Message(0x0801).bytes(), relay)
            await asyncio.sleep(1.0)

    def rtp(self, payload_type, sequence, stamp, ssrc, size, marker=False, extension=b"\xde\xbe\0\0"):
        head = struct.pack(">BBHII", 0x90, payload_type | (0x80 if marker else 0), sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
        return head + extension + os.urandom(size)

    async def audio(self):
        interval = self.options.get("interval_ms", 60) / 1000
        mean = self.options.get("audio_bps", 24000) * interval / 8
        pacer = self.pacer = Pacer(interval)
        sequence, stamp = self.random.getrandbits(15), self.random.getrandbits(32)
        while True:
            await pacer.tick()
            stamp += int(16000 * interval)
            if not self.sending:
                continue
            if not self.talking:
                # Discontinuous transmission: now and then a frame of comfort noise.
                if self.random.random() < interval / 0.4:
                    sequence += 1
                    self.put(self.rtp(120, sequence, stamp, self.ssrc, 8 + 10, extension=b"\xde\xbe\0\1\x30\1\0\0"))
                continue
            sequence += 1
            size = max(20, int(self.random.gauss(mean, mean * self.options.get("spread", 0.15)))) - 16
            self.put(self.rtp(120, sequence, stamp, self.ssrc, max(12, size)))

    async def video(self):
        rate, frames = self.options["video_bps"], self.options.get("fps", 15)
        pacer = Pacer(1 / frames)
        sequence, stamp = self.random.getrandbits(15), self.random.getrandbits(32)
        while True:
            await pacer.tick()
            stamp += 90000 // frames
            if not self.sending:
                continue
            left = max(200, int(self.random.gauss(rate / 8 / frames, rate / 8 / frames * 0.25)))
            while left > 0:
                size = min(left, 1120)
                left -= size
                sequence += 1
                self.put(self.rtp(97, sequence, stamp, self.video_ssrc, size, left <= 0, b"\xde\xbe\0\3" + b"\x30\x09\x51\0\x06\x10\0\x1d\x91\x0c\x3f\0"))
                if left > 0:
                    await asyncio.sleep(0.004)

    async def control(self):
        index = 1
        while True:
            await asyncio.sleep(1.5)
            if self.sending:
                body = struct.pack(">BBHI", 0x81, 200, 12, self.ssrc) + os.urandom(44) + struct.pack(">I", 0x80000000 | index) + os.urandom(4)
                self.put(body)
                index += 1

    def put(self, data):
        self.counts["sent"] += 1
        self.socket.transport.sendto(data, self.elected)

    def received(self, data, address):
        message = Message.read(data) if data[0] < 12 else None
        if message is None:
            self.counts["received"] += 1
        elif message.type == 0x0103 and address not in self.answered:
            self.answered[address] = time.monotonic()

    async def on_hangup(self, message):
        self.sending = False
        for task in self.tasks:
            task.cancel()
        if self.elected:
            bye = Message(0x0800).add(0x4000, self.token).add(0x802B, bytes(8)).xor_address(0x0016, self.elected).add(0x0008, os.urandom(20))
            self.socket.transport.sendto(bye.bytes(), self.elected)
        self.emit("hungup", **self.counts, worst_ms=round(getattr(self, "pacer", Pacer(1)).worst * 1000, 1))
        await asyncio.sleep(0.3)
        self.socket.transport.close()

    async def on_mute(self, message):
        self.talking = False

    async def on_unmute(self, message):
        self.talking = True

    async def on_hold(self, message):
        self.sending = False

    async def on_resume(self, message):
        self.sending = True

    async def on_reopen(self, message):
        """After a change of network: a new socket, new Allocates, the same call."""
        old, self.socket = self.socket, None
        old.transport.close()
        await self.open()
        for relay in self.relays:
            self.send_allocate(relay)


if __name__ == "__main__":
    WhatsApp.run()
