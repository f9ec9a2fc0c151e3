"""Relay TCP connections from one address of this machine to a loopback port: `python -m local.relay HOST PORT`.

Prints the port it listens on.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on what comes until it ends."""
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def relay(host: str, port: int) -> None:
    """Serve until terminated."""

    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, there_writer), copy(there_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(connect, host, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], int(sys.argv[2])))
