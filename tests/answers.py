"""What a function answers, as tests read it."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests import pages


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, or what came instead of it.

    Attributes:
        raised: What the function let out, as Lambda would see it.
        value: What it returned where that is no HTTP answer.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    cookies: tuple[str, ...] = ()
    raised: str = ""
    value: Any = None

    @classmethod
    def of(cls, response: Any) -> "Answer":
        """Read what a function returned."""
        if "statusCode" not in (response or {}):
            return cls(value=response)
        body = str(response["body"])
        if response.get("isBase64Encoded"):
            body = base64.b64decode(body).decode(errors="surrogateescape")
        return cls(response["statusCode"], response["headers"], body, tuple(response.get("cookies", ())))

    @property
    def content(self) -> bytes:
        """The body's bytes, such as those of a picture."""
        return self.body.encode(errors="surrogateescape")

    @property
    def json(self) -> Any:
        """The body's value; None without a body."""
        return json.loads(self.body or "null")

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and error code of a refusal that has the shape of RFC 6749 section 5.2."""
        assert self.headers["Content-Type"] == "application/json"
        assert (self.headers["Cache-Control"], self.headers["Pragma"]) == ("no-store", "no-cache")
        assert self.json.keys() == {"error", "error_description"}
        assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", self.json["error_description"])
        return self.status, self.json["error"]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def answer(self) -> dict[str, str]:
        """The parameters that a redirect carries to the client."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's first form."""
        return pages.hidden(self.body)

    @property
    def action(self) -> str:
        """Where the page's first form goes."""
        return pages.action(self.body)

    def secret(self, name: str) -> str:
        """What a box of the page shows once."""
        found = re.search(rf'<pre id="{name}"[^>]*>([^<]*)</pre>', self.body)
        return found[1] if found else ""
