"""The sockets of the front: loopback only, IPv4 always and IPv6 where the machine has it."""

import socket

from local.sockets import undelayed


def listen(port: int) -> list[socket.socket]:
    """Open a port on the loopback addresses."""
    sockets = [undelayed(socket.create_server(("127.0.0.1", port)))]
    if socket.has_ipv6:
        try:
            sockets.append(undelayed(socket.create_server(("::1", port), family=socket.AF_INET6)))
        except OSError:
            return sockets  # compiled in, but this machine has no ::1
    return sockets
