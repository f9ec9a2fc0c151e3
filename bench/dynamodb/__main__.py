"""`python -m bench.dynamodb PORTS_FILE [CERTIFICATE]`: serve on free ports of 127.0.0.1 and write them to the file.

The first is plain HTTP; the second, if there is a certificate (PEM with its key), TLS.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path
from typing import cast

from bench.dynamodb.operations import Database, RefusedError

_HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection; requests come one after the other."""

    def __init__(self, database: Database) -> None:
        """Share the database with the other connections."""
        self._database = database
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            headers = _parse_head(self._buffer[:end])
            start = end + len(_HEAD_END)
            stop = start + int(headers.get("content-length", "0"))
            if len(self._buffer) < stop:
                return
            body, self._buffer = self._buffer[start:stop], self._buffer[stop:]
            self._answer(headers.get("x-amz-target", "").rpartition(".")[2], body)

    def _answer(self, operation: str, body: bytes) -> None:
        try:
            status, answer = "200 OK", self._database.answer(operation, json.loads(body or b"{}"))
        except RefusedError as error:
            status, answer = "400 Bad Request", error.body
        except (KeyError, ValueError) as error:
            message = f"{operation}: {error!r}"
            status = "400 Bad Request"
            answer = {"__type": "com.amazon.coral.validate#ValidationException", "message": message}
        content = json.dumps(answer, separators=(",", ":")).encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(content)}\r\n"
            "Server: Server\r\nx-amzn-RequestId: BENCH0123456789BENCH0123456789BENCH0123456789BENCH\r\n"
            "Connection: keep-alive\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\n\r\n"
        )
        if self._transport is not None:
            self._transport.write(head.encode() + content)


def _parse_head(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}


async def serve(ports_file: Path, certificate: str | None) -> None:
    """Serve until killed."""
    database = Database()
    loop = asyncio.get_running_loop()
    contexts: list[ssl.SSLContext | None] = [None]
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        contexts.append(context)
    servers = [await loop.create_server(lambda: Connection(database), "127.0.0.1", 0, ssl=one) for one in contexts]
    partial = ports_file.with_suffix(".partial")
    partial.write_text(json.dumps([server.sockets[0].getsockname()[1] for server in servers]))
    partial.rename(ports_file)
    await asyncio.Event().wait()


asyncio.run(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
