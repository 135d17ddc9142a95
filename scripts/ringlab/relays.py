"""Relays of messengers, as far as a client on the wire can tell them from the real ones."""

import asyncio
import os
import struct
import time

from .stun import Message


class Reflector(asyncio.DatagramProtocol):
    """Telegram's UDP reflector: answers hellos, and passes frames between the two ends that share 12 bytes of tag.

    Framing as in tgcalls' ReflectorPort: tag 12, own or destination id 4, sender 4, length 4, payload."""

    def __init__(self):
        self.calls = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if len(data) < 32:
            return
        tag, mark = data[:12], data[12:16]
        ends = self.calls.setdefault(tag, {})
        if data[16:28] == b"\xff" * 12:
            ends[mark] = address
            # The answer holds the same tag; the client checks its first 12 bytes and takes the port as ready.
            self.transport.sendto(data[:16] + b"\xff" * 12 + b"\xfe\xff\xff\xff" + data[32:40], address)
            return
        ends[data[16:20]] = address
        for other, where in ends.items():
            if where != address and (other == mark or len(ends) <= 2 or mark == b"\0\0\0\0"):
                self.transport.sendto(data, where)


class WhatsAppRelay(asyncio.DatagramProtocol):
    """A relay of WhatsApp: answers Allocate (0x4000) with its clock (0x4002), pings, and passes media to the other end.

    Synthetic: after published descriptions and public captures, no code of the app's. The two ends of a call share the
    first 16 bytes of the token."""

    def __init__(self, host, port):
        self.where = (host, port)
        self.calls = {}
        self.ends = {}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        kind = struct.unpack_from(">H", data)[0] if len(data) >= 20 else 0
        message = Message.read(data) if kind & 0xC000 == 0 else None
        if message is None:
            call = self.ends.get(address)
            for other in self.calls.get(call, ()):
                if other != address:
                    self.transport.sendto(data, other)
            return
        if kind == 0x0003:
            call = (message.get(0x4000) or b"")[:16]
            if address not in self.ends:
                self.ends[address] = call
                self.calls.setdefault(call, []).append(address)
            answer = Message(0x0103, message.id).xor_address(0x0020, address)
            answer.add(0x4002, struct.pack(">Q", int(time.time() * 1000))).add(0x0008, os.urandom(20))
            self.transport.sendto(answer.bytes(), address)
        elif kind == 0x0801:
            self.transport.sendto(Message(0x0802, message.id).bytes(), address)
        elif kind == 0x0800:
            call = self.ends.pop(address, None)
            if call in self.calls and address in self.calls[call]:
                self.calls[call].remove(address)
