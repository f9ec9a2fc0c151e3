"""Send every answer at once, also on a connection that is kept open.

Hypercorn opens its sockets without naming their protocol, so asyncio does not set `TCP_NODELAY` on what it accepts.

https://docs.python.org/3.13/library/asyncio-protocol.html#tcp-and-unix-sockets
"""

import socket
from typing import Any

from local.emulator.patching import AnyCallable, Emulator, around
from local.sockets import undelayed


def install(emulator: Emulator) -> None:
    """Close the gap."""

    @around(emulator.server._HypercornConfig, "_create_sockets")
    def create(original: AnyCallable, *arguments: Any) -> list[socket.socket]:
        return [undelayed(one) if one.type == socket.SOCK_STREAM else one for one in original(*arguments)]
