"""An identity provider in memory: metadata, keys and ID tokens, right ones and wrong ones; it is its own fetcher."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from gatehouse.domain.accounts import dns_records
from gatehouse.domain.kernel import jose
from gatehouse.domain.kernel.fetching import Fault, FetchedDocument, FetchError, Form

ISSUER = "https://login.example.com"
CLIENT_ID, SECRET = "gatehouse", "the+secret:of%gatehouse"


@dataclass
class FakeProvider:
    """Plays `issuer`.

    Attributes:
        claims: What ID tokens say besides or instead; None leaves a claim out.
        spends_codes: Whether a code works once; a suite that lets one call fail in many ways sends it as often.
        fault: What the fetcher says instead of any answer.
        posted: The forms that were posted.
        userinfo: What the UserInfo endpoint says; None if there is none. A fault instead is what the fetcher says.
        texts: The TXT records of names, which the public resolver tells.
        dns_status: What it says instead of "no error", such as 2 for SERVFAIL.
    """

    now: int
    issuer: str = ISSUER
    sends_iss: bool = False
    algorithm: Any = "ES256"
    claims: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: Fault | None = None
    spends_codes: bool = True
    posted: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    fetched: list[str] = field(default_factory=list[str])
    userinfo: dict[str, Any] | Fault | None = None
    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    dns_status: int = 0
    signs: Callable[[dict[str, Any]], str] | None = None

    def __post_init__(self) -> None:
        self.key = jose.generate(self.algorithm, "one")
        self.codes: dict[str, dict[str, str]] = {}

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token", "end_session")},
            "jwks_uri": f"{self.issuer}/jwks",
            **({} if self.userinfo is None else {"userinfo_endpoint": f"{self.issuer}/userinfo"}),
            "response_types_supported": ["code"],
            "authorization_response_iss_parameter_supported": self.sends_iss,
        }

    def rotate(self) -> None:
        """Use another key from now on, and publish it alone."""
        self.key = jose.generate(self.algorithm, f"{self.key['kid']}+")

    def authorize(self, location: str, **answer: str | None) -> str:
        """Do what the provider does with a person who signs in; return where the browser goes, as a path."""
        url = urlsplit(location)
        assert location.startswith(f"{self.issuer}/authorization?"), location
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        given = {"code": code, "state": asked["state"], **({"iss": self.issuer} if self.sends_iss else {}), **answer}
        query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
        return f"{urlsplit(asked['redirect_uri']).path}?{query}"

    def sign(self, claims: dict[str, Any]) -> str:
        left = {name: value for name, value in claims.items() if value is not None}
        return self.signs(left) if self.signs else jose.sign(json.dumps(self.key), left, typ="JWT")

    def logout_token(self, **claims: Any) -> str:
        said: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": self.now,
            "jti": "logout-1",
            "sub": "subject-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        return self.sign({**said, **claims})

    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        """See `OutsideFetcher.fetch`."""
        del organisation, max_bytes
        self.fetched.append(url)
        if self.fault is not None:
            raise FetchError(self.fault, url)
        if url == f"{self.issuer}/userinfo" and form is not None:
            return self._tell(url, form)
        if form is not None:
            return self._token(form)
        if url.startswith(f"{dns_records.RESOLVER}?"):
            return self._resolve(parse_qs(urlsplit(url).query)["name"][0])
        pages = {
            f"{self.issuer}/.well-known/openid-configuration": self.metadata,
            f"{self.issuer}/jwks": {"keys": [jose.public(self.key)]},
        }
        if url not in pages:
            raise FetchError("status", url)
        return FetchedDocument(body=json.dumps(pages[url]))

    def _tell(self, url: str, form: Form) -> FetchedDocument:
        """Answer as a UserInfo endpoint does."""
        if isinstance(self.userinfo, str):
            raise FetchError(self.userinfo, url)
        assert (form.body, form.authorization) == ("", "Bearer x")
        return FetchedDocument(body=json.dumps(self.userinfo))

    def _resolve(self, name: str) -> FetchedDocument:
        """Answer as https://dns.google/resolve does; an alias comes before what it leads to."""
        alias = {"name": f"{name}.", "type": 5, "TTL": 60, "data": "elsewhere.example."}
        found = [{"name": f"{name}.", "type": 16, "TTL": 60, "data": text} for text in self.texts.get(name, ())]
        status = self.dns_status or (0 if name in self.texts else 3)
        return FetchedDocument(body=json.dumps({"Status": status, **({"Answer": [alias, *found]} if found else {})}))

    def _token(self, form: Form) -> FetchedDocument:
        sent = {name: values[0] for name, values in parse_qs(form.body).items()}
        self.posted.append(sent)
        expected = base64.b64encode(f"{CLIENT_ID}:{quote(SECRET, safe='')}".encode()).decode()
        if form.authorization != f"Basic {expected}":
            return FetchedDocument(body=json.dumps({"error": "invalid_client"}))
        asked = self.codes.get(sent["code"])
        if self.spends_codes:
            self.codes.pop(sent["code"], None)
        if asked is None or asked["redirect_uri"] != sent["redirect_uri"]:
            return FetchedDocument(body=json.dumps({"error": "invalid_grant"}))
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        said = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "exp": self.now + 300,
            "iat": self.now,
            "nonce": asked["nonce"],
            "email": "paula@example.com",
            "email_verified": True,
            "name": "Paula",
        }
        return FetchedDocument(body=json.dumps({"id_token": self.sign({**said, **self.claims}), "access_token": "x"}))
