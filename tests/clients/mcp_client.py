"""The official Python client of MCP, and fastmcp's, with nothing but a server's URL.

One process plays one client: it prints JSON lines, and reads from its input where the user's browser was sent back to.
"""
# pyright: basic
# It runs in an environment of its own, which has these packages.

import asyncio
import json
import sys
import warnings
from typing import Any
from urllib.parse import parse_qs, urlsplit

warnings.simplefilter("ignore")
ASKED = json.loads(sys.argv[1])
_TRIES = 75
CALLBACK = "http://127.0.0.1:4713/callback"


def say(**message: Any) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


async def hear() -> str:
    return (await asyncio.to_thread(sys.stdin.readline)).strip()


class MemoryTokenStorage:
    """What the client stores."""

    tokens: Any = None
    client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


def provider(kept: MemoryTokenStorage) -> Any:
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

    async def redirect(url: str) -> None:
        say(authorize=url)

    async def callback() -> Any:
        back = await hear()
        if back == "stop":
            raise PermissionError("the user was disconnected")
        query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))

    return OAuthClientProvider(
        server_url=ASKED["url"],
        client_metadata=OAuthClientMetadata(
            client_name="Agent",
            redirect_uris=[CALLBACK],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
        ),
        storage=kept,
        redirect_handler=redirect,
        callback_handler=callback,
        client_metadata_url=ASKED["document"],
    )


async def run() -> None:
    from fastmcp import Client
    from fastmcp.client.transports import StreamableHttpTransport

    auth = fastmcp_auth() if ASKED["package"] == "fastmcp" else provider(MemoryTokenStorage())
    async with Client(StreamableHttpTransport(ASKED["url"], auth=auth)) as client:
        tools = await client.list_tools()
        await client.call_tool("list_orders", {})
        first = auth.context.current_tokens
        created = await client.call_tool("create_order", {"item": "tea"})
        second = auth.context.current_tokens
        auth.context.token_expiry_time = 1  # so it refreshes before the next call
        await client.call_tool("list_orders", {})
        say(
            tools=[one.name for one in tools],
            client_id=auth.context.client_info.client_id,
            scopes=[first.scope, second.scope],
            created=created.content[0].text,
            refreshed=auth.context.current_tokens.access_token != second.access_token,
        )
        await hear()
        say(refused=await is_refused(client))


async def is_refused(client: Any) -> bool:
    """Call until the gate, which repeats its answers for some seconds, sends the user to the browser again."""
    for _ in range(_TRIES):
        try:
            await client.call_tool("list_orders", {})
        except BaseException:  # noqa: BLE001 - however it says so
            return True
        await asyncio.sleep(0.2)
    return False


def fastmcp_auth() -> Any:
    """Return the client's own way to sign in: it opens a browser first, and listens for the answer afterwards."""
    import threading
    import webbrowser

    from fastmcp.client.auth import OAuth

    def browse(url: str) -> None:
        say(authorize=url)
        back = sys.stdin.readline().strip()
        sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if back == "stop":
            back = f"{sent['redirect_uri']}?error=access_denied&state={sent['state']}"
        arrive(back)

    def show(url: str, *_: Any, **__: Any) -> bool:
        threading.Thread(target=browse, args=(url,), daemon=True).start()
        return True

    webbrowser.open = show
    return OAuth(ASKED["url"], client_name="Agent", client_metadata_url=ASKED["document"])


def arrive(url: str) -> None:
    """Open an address of this machine as a browser does, as soon as somebody listens there."""
    import time
    import urllib.error
    import urllib.request

    for _ in range(_TRIES):
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - the redirect URI that the client made
                return
        except urllib.error.HTTPError:
            return  # it listens, and says what it thinks of an error
        except OSError:
            time.sleep(0.2)


asyncio.run(run())
