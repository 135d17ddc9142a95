"""A QUIC client (aioquic): a handshake and some streams, or attempts that are never answered."""

import asyncio
import json
import ssl
import sys

from aioquic.asyncio import connect
from aioquic.quic.configuration import QuicConfiguration


async def run(o):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE, server_name=o["name"],
                                      idle_timeout=o.get("seconds", 8))
    try:
        async with connect(o["host"], 443, configuration=configuration) as client:
            for _ in range(o.get("streams", 5)):
                reader, writer = await client.create_stream()
                writer.write(b"GET /\r\n")
                writer.write_eof()
                got = await reader.read()
                print(json.dumps({"event": "stream", "bytes": len(got)}), flush=True)
                await asyncio.sleep(o.get("pause", 1.0))
    except (ConnectionError, OSError, asyncio.TimeoutError) as error:
        print(json.dumps({"event": "error", "text": str(error)[:100]}), flush=True)


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
