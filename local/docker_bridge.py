"""How a container reaches MiniStack, which listens on loopback only.

Docker Desktop gives containers a name for the host's loopback. On Linux, a relay on the bridge's own address does, for
as long as it is needed; nothing outside this machine can reach that address.
"""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Docker CLI."""
    return subprocess.run(("docker", *arguments), capture_output=True, text=True, check=False)


def answers() -> bool:
    """Tell whether there is a Docker that answers."""
    try:
        return docker("info").returncode == 0
    except FileNotFoundError:
        return False


def has_image(name: str) -> bool:
    """Tell whether an image is here, or can be brought here."""
    return docker("image", "inspect", name).returncode == 0 or docker("pull", name).returncode == 0


def gateway() -> str:
    """Find the host's address on Docker's bridge: the first of its subnet, unless it says otherwise."""
    settings = json.loads(docker("network", "inspect", "bridge").stdout)[0]["IPAM"]["Config"][0]
    return settings.get("Gateway") or str(ipaddress.ip_network(settings["Subnet"])[1])


@contextmanager
def reach(port: int) -> Generator[str]:
    """Give the URL at which a container finds a loopback port of this machine."""
    if sys.platform != "linux":
        yield f"http://host.docker.internal:{port}"
        return
    host = gateway()
    relay = subprocess.Popen((sys.executable, "-m", "local.relay", host, str(port)), stdout=subprocess.PIPE, text=True)
    try:
        listening_port = relay.stdout.readline().strip() if relay.stdout else ""
        yield f"http://{host}:{listening_port}"
    finally:
        relay.terminate()
        relay.wait()
