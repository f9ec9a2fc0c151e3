"""Run the front: `python -m local.front <settings file>`, with its key in the environment variable FRONT_KEY."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import uvicorn

from local.front.forwarding import Front
from local.front.listeners import listen
from local.front.settings import Settings

# An integration of an HTTP API may take 30 seconds.
TIMEOUT = httpx.Timeout(35, connect=5)
# A server that closes an idle connection while a request is under way loses the request, so each side that sends must
# give up an idle connection before the side that serves: httpx after 5 seconds by default, MiniStack (Hypercorn) too.
CLIENTS_IDLE_SECONDS = 75
EMULATOR_IDLE_SECONDS = 2


def server(front: Front, **tls: str) -> uvicorn.Server:
    """Make a server that believes no forwarding header and adds none but the date."""
    config = uvicorn.Config(
        front,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=CLIENTS_IDLE_SECONDS,
        **tls,  # pyright: ignore[reportArgumentType]
    )
    return uvicorn.Server(config)


async def serve(settings: Settings, key: str) -> None:
    """Serve both ports until a signal says stop."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=EMULATOR_IDLE_SECONDS)
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False) as client:
        front = Front(settings=settings, client=client, key=key)
        encrypted = server(front, ssl_certfile=settings.certificate, ssl_keyfile=settings.private_key)
        plain = server(front)
        await asyncio.gather(
            encrypted.serve(listen(settings.tls_port)),
            plain.serve(listen(settings.plain_port)),
        )


if __name__ == "__main__":
    asyncio.run(serve(Settings.read(Path(sys.argv[1])), os.environ["FRONT_KEY"]))
