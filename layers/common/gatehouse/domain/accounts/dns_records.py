"""TXT records, asked of a public resolver by the fetcher: plain DNS has no name or key to trust.

The resolver answers JSON as described at https://developers.google.com/speed/public-dns/docs/doh/json.
"""

from typing import Any

import msgspec

from gatehouse.domain.kernel import json_values
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
        answer = json_values.parse_members(document.body)
        status = answer.get("Status")
        if status == _NO_SUCH_NAME:
            return frozenset()
        if status != _NO_ERROR:
            raise FetchError("status", url)
        records = map(json_values.members, json_values.elements(answer.get("Answer")))
        return frozenset(_text(one["data"]) for one in records if one.get("type") == _TXT and "data" in one)


def _text(data: Any) -> str:
    """Return the text of a record: a long one comes in parts, each in quotes (RFC 1035 section 3.3.14)."""
    return str(data).replace('" "', "").strip('"')
