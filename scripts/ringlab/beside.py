"""Traffic that runs beside every call: DNS queries, and a TLS connection that asks and answers.

So that a dead line can be told from a blocked call. Run as `python -m ringlab.beside CONFIG.json` in the client's namespace."""

import asyncio
import json
import os
import random
import ssl
import struct
import sys


class Query(asyncio.DatagramProtocol):
    def __init__(self):
        self.answered = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, address):
        if not self.answered.done():
            self.answered.set_result(True)


async def dns(config, r, counts):
    loop = asyncio.get_running_loop()
    while True:
        name = r.choice(config["names"])
        transport, protocol = await loop.create_datagram_endpoint(Query, remote_addr=(config["resolver"], 53))
        packet = os.urandom(2) + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + b"".join(
            bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
        for _ in range(2):
            transport.sendto(packet)
            try:
                await asyncio.wait_for(asyncio.shield(protocol.answered), 2)
                counts["dns"] += 1
                break
            except asyncio.TimeoutError:
                counts["dns_lost"] += 1
        transport.close()
        await asyncio.sleep(r.uniform(0.6, 1.4) * config["dns_every_s"])


async def web(config, r, counts):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection(config["web"], 443, ssl=context, server_hostname=config["web_name"])
            while True:
                writer.write(b"GET /ping/%d HTTP/1.1\r\nHost: %s\r\n\r\n" % (r.randint(60, 900), config["web_name"].encode()))
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
                counts["web"] += 1
                await asyncio.sleep(r.uniform(0.6, 1.4) * config["web_every_s"])
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            counts["web_lost"] += 1
            await asyncio.sleep(2)
        finally:
            if writer:
                writer.close()


async def run(config):
    r = random.Random(config["seed"])
    counts = {"dns": 0, "dns_lost": 0, "web": 0, "web_lost": 0}
    tasks = [asyncio.create_task(dns(config, r, counts))]
    if config.get("web"):
        tasks.append(asyncio.create_task(web(config, r, counts)))
    print(json.dumps({"event": "ready"}), flush=True)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def command():
        line = sys.stdin.readline()
        if not line or "stop" in line:
            stopped.set()
    loop.add_reader(0, command)
    await stopped.wait()
    print(json.dumps({"event": "beside", **counts}), flush=True)
    for task in tasks:
        task.cancel()


def main():
    with open(sys.argv[1]) as f:
        asyncio.run(run(json.load(f)))


if __name__ == "__main__":
    main()
