"""What a form's answer shows once: a cookie carries it to the page behind the redirect, and that page ends it.

So reloading a page never generates anything again, and never shows it again. The cookie is hidden from scripts, comes
from this host alone, and lives for two minutes at most. The server keeps nothing.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import cast

import msgspec

from gatehouse.domain.kernel import texts
from gatehouse.endpoints import paths
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.web import cookies

COOKIES = ("__Host-gatehouse.store-shown", "__Host-gatehouse.store-shown-more")

_SECONDS = 120
_PIECE_CHARACTERS = 3800
_CONTENT_MAX_BYTES = 64 * 1024


class TooLargeToShowError(Exception):
    """It fits into no two cookies, so it would fit into no request either."""


class ShownOnce(msgspec.Struct, frozen=True, kw_only=True):
    """New credentials, for the page and the user that they are meant for.

    Attributes:
        dropped: Scopes that were asked for and not granted.
    """

    secret: str = ""
    token: str = ""
    expires_in: int = 0
    scopes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def send(path: str, user_id: str, shown: ShownOnce) -> tuple[str, ...]:
    """Return the cookies that carry it.

    Raises:
        TooLargeToShowError: It is too large.
    """
    content = {
        "for": f"{user_id} {path}",
        "secret": shown.secret,
        "token": shown.token,
        "expires_in": str(shown.expires_in),
        "scopes": " ".join(shown.scopes),
        "dropped": " ".join(shown.dropped),
    }
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode(), 9)).decode()
    pieces = [packed[start : start + _PIECE_CHARACTERS] for start in range(0, len(packed), _PIECE_CHARACTERS)]
    if len(pieces) > len(COOKIES):
        raise TooLargeToShowError
    return tuple(
        cookies.render(name, piece, _SECONDS if piece else 0)
        for name, piece in zip(COOKIES, [*pieces, ""][: len(COOKIES)], strict=True)
    )


def receive(request: Request, user_id: str) -> tuple[ShownOnce, tuple[str, ...]]:
    """Return what is to be shown on the page that was asked for, and the cookies that end it; nothing for others."""
    content = _unpack("".join(request.cookies.get(name, "") for name in COOKIES))
    if content.get("for") != f"{user_id} {paths.spell(request.path).rstrip('/')}":
        return ShownOnce(), ()
    shown = ShownOnce(
        secret=content["secret"],
        token=content["token"],
        expires_in=int(content["expires_in"]),
        scopes=tuple(content["scopes"].split()),
        dropped=tuple(content["dropped"].split()),
    )
    return shown, tuple(cookies.expire(name) for name in COOKIES)


def _unpack(text: str) -> Mapping[str, str]:
    """Return the content; nothing if the browser made it up."""
    try:
        unpacking = zlib.decompressobj()
        content = json.loads(unpacking.decompress(base64.urlsafe_b64decode(text), _CONTENT_MAX_BYTES))
    except (ValueError, zlib.error, RecursionError):
        return {}
    names = {"for", "secret", "token", "expires_in", "scopes", "dropped"}
    if not isinstance(content, dict) or content.keys() != names or not texts.are_texts(content):
        return {}
    found = {name: str(value) for name, value in cast("dict[str, object]", content).items()}
    is_number = found["expires_in"].isascii() and found["expires_in"].isdigit() and len(found["expires_in"]) < 10
    return found if is_number else {}
