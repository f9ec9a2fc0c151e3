"""TXT records, asked of a public resolver by the fetcher: plain DNS has no name or key to trust.

The resolver answers JSON as described at https://developers.google.com/speed/public-dns/docs/doh/json.
"""

import json
from typing import Any, cast

import msgspec

from gatehouse.domain.kernel.fetching import FetchError, LimitedFetcher

RESOLVER = "https://dns.google/resolve"

_ANSWER_MAX_BYTES = 32 * 1024
_TXT = 16
_NO_ERROR, _NO_SUCH_NAME = 0, 3  # RFC 1035 section 4.1.1


class TextRecords(msgspec.Struct, frozen=True):
    """Finds them."""

    fetcher: LimitedFetcher

    def find(self, organisation: str, name: str, source: str, now: int) -> frozenset[str]:
        """Return the texts of a name's TXT records; none if there is no such name.

        Raises:
            FetchError: The resolver cannot be reached, or does not know.
        """
        url = f"{RESOLVER}?name={name}&type=TXT"
        document = self.fetcher.fetch(organisation, url, max_bytes=_ANSWER_MAX_BYTES, source=source, now=now)
        answer = _parse(document.body)
        status = answer.get("Status")
        if status == _NO_SUCH_NAME:
            return frozenset()
        if status != _NO_ERROR:
            raise FetchError("status", url)
        listed = answer.get("Answer", [])
        records = cast("list[Any]", listed) if isinstance(listed, list) else []
        return frozenset(_text(one["data"]) for one in records if _is_text(one))


def _is_text(one: Any) -> bool:
    return isinstance(one, dict) and cast("dict[str, Any]", one).get("type") == _TXT and "data" in one


def _text(data: Any) -> str:
    """Return the text of a record: a long one comes in parts, each in quotes (RFC 1035 section 3.3.14)."""
    return str(data).replace('" "', "").strip('"')


def _parse(text: str) -> dict[str, Any]:
    try:
        parsed: Any = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
