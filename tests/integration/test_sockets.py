"""Nothing that the front sends waits for an acknowledgement."""

import asyncio
import socket

from local.front import listeners
from tests import coroutines


async def accept_one(listener: socket.socket) -> int:
    """Connect once, and return how the accepted connection is set."""
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(look, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        found = await accepted
        writer.close()
    return found


def test_the_connections_that_the_front_accepts_send_at_once() -> None:
    settings = [coroutines.run(accept_one(one)) for one in listeners.listen(0)]

    assert settings
    assert all(settings)
