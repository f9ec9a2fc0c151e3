"""Listening sockets whose connections send at once."""

import socket


def undelayed(listener: socket.socket) -> socket.socket:
    """Return the socket with its protocol named; the one given is closed.

    asyncio sets `TCP_NODELAY` only on connections whose socket says `IPPROTO_TCP`, and an accepted socket says what the
    listening one does. Without it, the second packet of an answer on a kept connection waits 40 ms for the
    acknowledgement of the first, which its reader delays.
    """
    return socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, fileno=listener.detach())
