"""A QUIC server that answers every stream with some bytes."""

import asyncio

from aioquic.asyncio import serve
from aioquic.quic.configuration import QuicConfiguration

from .web import noise


async def serve_quic(host, certificate, key):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
    configuration.load_cert_chain(certificate, key)

    def stream(reader, writer):
        async def answer():
            await reader.read()
            writer.write(noise(6000))
            writer.write_eof()
        asyncio.ensure_future(answer())
    await serve(host, 443, configuration=configuration, stream_handler=stream)
