"""A small web server for the kinds of transfers the lab needs; the path says what to do.

/bytes/N  N bytes at once · /rate/BPS/SECONDS  application-limited · /ping  a short answer, connection kept ·
/stall  accepts and never answers · /idle/SECONDS  closes after idling · /abort  linger 0 · /upload  reads all"""

import asyncio
import os
import socket
import struct

NOISE = os.urandom(1 << 16)


def noise(count):
    return (NOISE * (count // len(NOISE) + 1))[:count]


async def serve_web(reader, writer, config):
    idle = config.get("idle_s")
    try:
        while True:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), idle)
            words = head.split(b" ", 2)
            path = words[1].decode().strip("/").split("/")
            if not await answer(path, head, reader, writer):
                break
    except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError, asyncio.LimitOverrunError, OSError):
        pass
    finally:
        writer.close()


async def answer(path, head, reader, writer):
    def start(length):
        writer.write(b"HTTP/1.1 200 OK\r\nServer: web\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % length)

    if path[0] == "bytes":
        left = int(path[1])
        start(left)
        while left > 0:
            part = min(left, 16384)
            writer.write(noise(part))
            await writer.drain()
            left -= part
    elif path[0] == "rate":
        rate, seconds = int(path[1]) // 8, float(path[2])
        start(int(rate * seconds))
        left = int(rate * seconds)
        while left > 0:
            part = min(left, max(1, rate // 10))
            writer.write(noise(part))
            await writer.drain()
            left -= part
            await asyncio.sleep(0.1)
    elif path[0] == "upload":
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while length > 0:
            got = await reader.read(16384)
            if not got:
                return False
            length -= len(got)
        start(2)
        writer.write(b"ok")
    elif path[0] == "stall":
        await asyncio.sleep(3600)
    elif path[0] == "abort":
        start(1 << 20)
        writer.write(noise(int(path[1]) if len(path) > 1 else 20000))
        await writer.drain()
        await asyncio.sleep(float(path[2]) if len(path) > 2 else 0.5)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False
    elif path[0] == "close":
        start(10)
        writer.write(noise(10))
        await writer.drain()
        return False
    else:
        size = int(path[1]) if len(path) > 1 else 60
        start(size)
        writer.write(noise(size))
    await writer.drain()
    return True
