"""Servers of the far side in one process: DNS, STUN, TLS and HTTP, Telegram's reflector, WhatsApp's relay.

Run as `python -m ringlab.farside CONFIG.json` in the namespace of the servers. What TURN needs is coturn's (`engines/turn.py`)."""

import asyncio
import json
import ssl
import struct
import sys

from .relays import Reflector, WhatsAppRelay
from .stun import Message
from .web import serve_web


class Resolver(asyncio.DatagramProtocol):
    """A records of the names it is given; no such name otherwise."""

    def __init__(self, names):
        self.names = {b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0": address
                      for name, address in names.items()}

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        end = data.find(b"\0", 12) + 1
        if end <= 0 or len(data) < end + 4:
            return
        found = self.names.get(data[12:end].lower())
        kind = struct.unpack_from(">H", data, end)[0]
        answer = b""
        if found and kind == 1:
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 120, 4) + bytes(int(x) for x in found.split("."))
        flags = 0x8180 if found else 0x8183
        self.transport.sendto(data[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0) + data[12:end + 4] + answer, address)


class StunServer(asyncio.DatagramProtocol):
    """Answers Binding requests."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        message = Message.read(data)
        if message and message.type == 0x0001:
            self.transport.sendto(Message(0x0101, message.id).xor_address(0x0020, address).bytes(), address)


async def serve(config):
    loop = asyncio.get_running_loop()
    udp = lambda make, host, port: loop.create_datagram_endpoint(make, local_addr=(host, port))
    await udp(lambda: Resolver(config["names"]), config["resolver"], 53)
    for host, port in config.get("stun", []):
        await udp(StunServer, host, port)
    for host, port in config.get("reflectors", []):
        await udp(Reflector, host, port)
    for host, port in config.get("whatsapp", []):
        await udp(lambda h=host, p=port: WhatsAppRelay(h, p), host, port)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config["certificate"], config["key"])
    for host, port in config.get("tls", []):
        await asyncio.start_server(lambda r, w: serve_web(r, w, config), host, port, ssl=context, limit=1 << 16)
    for host, port in config.get("http", []):
        await asyncio.start_server(lambda r, w: serve_web(r, w, config), host, port, limit=1 << 16)
    if config.get("quic"):
        from .quic_server import serve_quic
        for host in [config["nginx"], *(host for host, _ in config.get("tls", []))]:
            await serve_quic(host, config["certificate"], config["key"])
    print(json.dumps({"event": "ready"}), flush=True)
    while True:
        await asyncio.sleep(3600)


def main():
    with open(sys.argv[1]) as f:
        asyncio.run(serve(json.load(f)))


if __name__ == "__main__":
    main()
