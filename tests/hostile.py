"""What strangers send on purpose: strategies of Hypothesis for texts, forms, credentials, tokens, cookies and JSON.

`HOSTILE_EXAMPLES` says how many are tried, 7 in `make unit` and 25 in `make faults` unless it is set. `make hostile`
sets it to many; Schemathesis tries a twentieth of them on each described operation of a stack.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests import examples

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", examples.of(25)))


def _settings(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        derandomize="HOSTILE_EXAMPLES" not in os.environ,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
        database=None,
    )


many, few = _settings(EXAMPLES), _settings(-(-EXAMPLES // 5))
"""For a test of a whole kind of input, and for each of many operations."""


def schemathesis_amount(usual: int) -> list[str]:
    """Return how many examples of an operation Schemathesis tries: the same few ones in `make e2e`."""
    if "HOSTILE_EXAMPLES" in os.environ:
        return [f"--max-examples={max(usual, EXAMPLES // 20)}"]
    return [f"--max-examples={usual}", "--seed=1"]


KNOWN = (
    "john@gmail.com", "john@gmail.com@johnsorg", "johnsorg", "orders", "app-1", "PRODUCTION", "user-john",
    "orders@acme", "client_credentials", "password", "refresh_token", "authorization_code",
    "correct horse battery", "read", "openid",
)  # fmt: skip
"""What means something here, so that not everything is refused by the first check."""

STRANGE = (
    "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\ud83d\ude00", "\U0001f600" * 300, "\u00e9" * 700,
    "a" * 1_100, "a" * 2_100, "b" * 9_000, 'a"b', "a\\b", "a b", "../../x", "#", "a#b", "%00", "%ed%a0%80",
    "\u202e", "<script>", "@", "a@b@c@d", "@@", "-1", "99999999999999999999999", "1e999", "NaN", "null",
    "\r\nSet-Cookie: a=b", "=", "A" * 64, "\ufffd", "\u2028",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(STRANGE),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=30),
)
scalars = st.one_of(
    texts,
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
"""JSON values, with names and texts that are hostile."""

deep = st.integers(1, 3_000).map(lambda depth: "[" * depth + "]" * depth)
json_texts = st.one_of(
    values.map(json.dumps), deep, st.text(max_size=40), st.sampled_from(["{", "[1,]", '{"a":1,"a":2}', "NaN"])
)


def objects(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects, some of whose members are known."""
    return st.dictionaries(st.one_of(st.sampled_from(names), texts), values, max_size=len(names))


def encode(value: str) -> bytes:
    """Return the bytes of a text, half characters included."""
    return value.encode(errors="surrogatepass")


def query(parameters: Mapping[str, str]) -> str:
    """Return a query or a form, half characters included."""
    return urlencode(parameters, errors="surrogatepass")


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


_SCIM = (
    "schemas", "userName", "externalId", "active", "emails", "name", "displayName", "roles", "groups", "members",
    "password", "Operations", "op", "path", "value", "primary", "type", "meta", "$ref", "givenName", "familyName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
)  # fmt: skip
"""Members of SCIM's resources and patches (RFC 7643, RFC 7644)."""

_scim_values = st.recursive(
    st.one_of(
        scalars,
        st.sampled_from(["add", "remove", "replace", "urn:ietf:params:scim:schemas:core:2.0:User", "True", "work"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(_SCIM), texts), inner, max_size=6),
    ),
    max_leaves=20,
)
scim = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from(_SCIM), texts), _scim_values, max_size=len(_SCIM)),
    st.fixed_dictionaries(
        {"schemas": st.just(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]), "Operations": _scim_values}
    ),
)
"""Bodies as identity providers send them: users, groups and patches, broken in some places."""

scim_paths = st.one_of(
    texts,
    st.sampled_from(
        [
            'emails[type eq "work"].value', "members[value eq \"x\"", "userName", "roles[", "name.", ".familyName",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName", "a" * 3_000, "[" * 500, 'x eq "' + "\\" * 99 + '"',
        ]
    ),
    st.lists(
        st.sampled_from(["userName", "eq", "co", "pr", "and", "or", "not", "(", ")", "[", "]", '"x"', "1", "true"]),
        max_size=40,
    ).map(" ".join),
)  # fmt: skip
"""Filters and paths of patches."""


@st.composite
def jwts(draw: st.DrawFn, claims: tuple[str, ...] = ("sub", "iss", "aud", "exp", "jti", "iat", "nbf")) -> str:
    """Three parts that look like a JWT, signed by nobody."""
    header = draw(
        st.one_of(st.just({"alg": "RS256", "typ": "at+jwt", "kid": "1"}), objects(("alg", "kid", "typ", "crit")))
    )
    payload = draw(st.one_of(objects(claims), values))
    parts = [
        base64url(json.dumps(header).encode()),
        base64url(json.dumps(payload).encode()),
        draw(st.sampled_from(["", "AAAA", "\u00e9"])),
    ]
    return ".".join(parts)


tokens = st.one_of(
    texts,
    jwts(),
    texts.map(lambda text: f"gha_{text}"),
    st.sampled_from(["gha_" + "A" * 22 + "." + "B" * 43, "ghr_" + ".".join(["A" * 22, "B" * 22, "C" * 22, "D" * 43])]),
)


@st.composite
def basics(draw: st.DrawFn) -> str:
    """An Authorization header."""
    credentials = encode(f"{draw(texts)}:{draw(texts)}")
    encoded = draw(st.sampled_from([base64.b64encode(credentials).decode(), credentials.decode(errors="replace")]))
    scheme = draw(st.sampled_from(["Basic", "basic", "Bearer", "Digest", ""]))
    return f"{scheme} {draw(st.one_of(st.just(encoded), tokens))}"


def forms(names: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Bodies of forms, some of whose fields are known."""
    fields = st.dictionaries(st.one_of(st.sampled_from(names), texts), st.one_of(texts, tokens), max_size=len(names))
    encoded = fields.map(lambda found: urlencode(found, errors="surrogatepass").encode())
    return st.one_of(encoded, encoded, st.binary(max_size=60))
