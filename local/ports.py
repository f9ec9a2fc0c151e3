"""Ports for programs that are started with one."""

import random
import socket

FIRST, LAST = 30_000, 32_700
"""Above the ports of every stack (`local/testing.py`), and below those that Linux takes for outgoing connections, which
could take a port between its choice and its use."""


def choose() -> int:
    """Return a loopback port that nobody listens at."""
    while True:
        port = random.randrange(FIRST, LAST)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
