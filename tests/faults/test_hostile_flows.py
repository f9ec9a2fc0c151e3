"""Every request that works is sent with one hostile part: a field, a member, a header, a cookie or a part of the path.

So the rest of it is right, and the hostile part goes as deep as it can: into challenges of passkeys, into answers of
identity providers, into tables of members, pictures, documents, filters and cursors.
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import hostile
from tests.faults.catalogue import FLOWS
from tests.faults.scene import Scene
from tests.faults.world import Call

type Draw = Any
"""`data.draw`, or what `composite` gives."""

LEAVES = st.one_of(hostile.texts, hostile.scalars, hostile.values, hostile.tokens)
BYTES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        [b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"--limit--\r\n", b"{}"]
    ),
    hostile.texts.map(hostile.encode),
)
REQUESTS = {name: flow for name, flow in FLOWS.items() if not flow.covers.startswith("function ")}


def is_answered(answer: Any) -> bool:
    """A failure is none; an outage of somebody outside is told as such."""
    return not answer.raised and (answer.status < 500 or (answer.status == 503 and "Retry-After" in answer.headers))


@pytest.mark.sampled(30)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_part_of_a_request_that_works_is_answered(scene: Scene, name: str) -> None:
    call = REQUESTS[name].prepare(scene)
    assert "http" in call.event["requestContext"]
    state, now_ms = scene.world.services.copy(), scene.world.now_ms

    @hostile.few
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        scene.world.services.put_back(state)
        scene.world.now_ms = now_ms
        changed = mutate(call.event, data.draw)

        answer = scene.world.send(Call(function=call.function, event=changed))

        assert is_answered(answer), (answer.raised, answer.status, answer.body[:300])

    attack()


def mutate(event: Any, draw: Draw) -> dict[str, Any]:
    """Return the event with one hostile part."""
    made = dict(event)
    ways = [_path, _query, _header, _cookie, *([_body] * 6 if event.get("body") else [])]
    draw(st.sampled_from(ways))(made, draw)
    return made


def _path(made: dict[str, Any], draw: Draw) -> None:
    parts = made["rawPath"].split("/")
    number = draw(st.integers(0, len(parts) - 1))
    parts[number] = draw(hostile.texts)
    made["rawPath"] = "/" + "/".join(quote(hostile.encode(one), safe="%") for one in parts).lstrip("/")


def _query(made: dict[str, Any], draw: Draw) -> None:
    pairs = parse_qsl(made["rawQueryString"], keep_blank_values=True)
    made["rawQueryString"] = _form(pairs, draw)


def _header(made: dict[str, Any], draw: Draw) -> None:
    made["headers"] = dict(made["headers"])
    known = st.sampled_from(sorted({*made["headers"], "content-type", "authorization", "accept", "if-match", "origin"}))
    made["headers"][draw(known)] = draw(st.one_of(hostile.texts, hostile.basics(), hostile.tokens))


def _cookie(made: dict[str, Any], draw: Draw) -> None:
    cookies: list[str] = list(made.get("cookies") or ["a=b"])
    number: int = draw(st.integers(0, len(cookies) - 1))
    name, _, value = cookies[number].partition("=")
    cookies[number] = f"{name}={draw(st.one_of(hostile.texts, hostile.tokens, _cut(value)))}"
    made["cookies"] = cookies


def _cut(text: str) -> st.SearchStrategy[str]:
    """Return the text with an end or a character changed."""
    at = st.integers(0, max(len(text) - 1, 0))
    return st.one_of(at.map(lambda one: text[:one]), at.map(lambda one: f"{text[:one]}~{text[one + 1 :]}"))


def _body(made: dict[str, Any], draw: Draw) -> None:
    body = base64.b64decode(made["body"]) if made["isBase64Encoded"] else hostile.encode(made["body"])
    kind = made["headers"].get("content-type", "")
    if kind.startswith("multipart"):
        changed = _multipart(body, draw)
    elif kind.startswith("application/json"):
        changed = hostile.encode(json.dumps(_json(json.loads(body), draw)))
    else:
        changed = _form(parse_qsl(body.decode(), keep_blank_values=True), draw).encode()
    made["isBase64Encoded"], made["body"] = True, base64.b64encode(changed).decode()


def _form(pairs: list[tuple[str, str]], draw: Draw) -> str:
    """Return the form with one field changed, left out, repeated, renamed or added."""
    names = [name for name, _ in pairs]
    at: int = draw(st.integers(0, len(pairs)))
    if at == len(pairs):
        pairs = [*pairs, (draw(st.one_of(hostile.texts, st.sampled_from(names or ["a"]))), draw(hostile.texts))]
    else:
        name, value = pairs[at]
        pairs[at : at + 1] = draw(
            st.one_of(
                st.builds(lambda one: [(name, one)], st.one_of(hostile.texts, hostile.tokens, _cut(value))),
                st.builds(lambda one: [(name, one)], _inside(value)),
                st.just([]),
                st.just([(name, value)] * 2),
                st.builds(lambda one: [(one, value)], hostile.texts),
            )
        )
    return "&".join(f"{quote(hostile.encode(name))}={quote(hostile.encode(value))}" for name, value in pairs)


@st.composite
def _inside(draw: st.DrawFn, value: str) -> str:
    """Change what a field holds as JSON, as passkeys do."""
    if not value.startswith(("{", "[")):
        return draw(hostile.texts)
    return json.dumps(_json(json.loads(value), draw))


def _json(value: Any, draw: Draw) -> Any:
    """Return the value with one part of it hostile, at any depth."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        members: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        name = draw(st.sampled_from(sorted(members)))
        way = draw(st.integers(0, 6))
        if way == 0:
            members[draw(hostile.texts)] = draw(LEAVES)
        elif way == 1:
            del members[name]
        else:
            members[name] = _json(members[name], draw)
        return members
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        elements: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        number = draw(st.integers(0, len(elements) - 1))
        elements[number] = _json(elements[number], draw)
        return elements
    if isinstance(value, str) and len(value) > 20 and draw(st.booleans()):
        return draw(st.one_of(_cut(value), _bytes_inside(value)))
    return draw(LEAVES)


@st.composite
def _bytes_inside(draw: st.DrawFn, value: str) -> str:
    """Change one byte of what is encoded in base64, if it is."""
    try:
        content = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except ValueError:
        return draw(hostile.texts)
    if content:
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return hostile.base64url(bytes(content))


def _multipart(body: bytes, draw: Draw) -> bytes:
    """Change the content of one part, or its head."""
    parts = body.split(b"--limit")
    number: int = draw(st.integers(1, max(1, len(parts) - 2)))
    head, _, content = parts[number].partition(b"\r\n\r\n")
    way = draw(st.integers(0, 3))
    if way == 0:
        head = b"\r\n" + draw(BYTES)
    elif way == 1:
        at: int = draw(st.integers(0, len(content)))
        content = content[:at] + draw(BYTES) + content[at:]
    else:
        content = draw(st.one_of(BYTES, st.sampled_from(TABLES))) + b"\r\n"
    parts[number] = head + b"\r\n\r\n" + content
    return b"--limit".join(parts)


TABLES = (
    b"username\n", b"username,roles\n", b"username;roles\na;b\n", b"username,username\na,b\n", b'username\n"a',
    b"username\n\0\n",
    b"username,roles\n" + b"a@x.example,admin\n" * 3, b"username,email\n=cmd|x!A1,@SUM(1)\n", b"\xff\xfeu\0s\0e\0r\0",
    b"username,passwordHash\na@x.example,$2b$12$\n", b"username,roles\n" + b"a" * 300 + b"@x.example,b\n", b",\n,\n",
    b"\n\n\n",
    b"username,roles\n\xed\xa0\x80@x.example,b\n", b"username,displayName\na@x.example,\xe2\x80\xae\n", b"a" * 200_000,
)  # fmt: skip
"""Tables of members as people save them, and as nobody should."""


def test_a_mutation_changes_something_hostile() -> None:
    """The change of each kind of body reaches the fields: else nothing would be tried."""

    @settings(hostile.many, max_examples=25)
    @given(st.data())
    def looks(data: st.DataObject) -> None:
        event: dict[str, Any] = {
            "rawPath": "/a/b", "rawQueryString": "", "headers": {"content-type": "application/json"}, "cookies": [],
            "body": '{"a": {"b": ["c"]}}', "isBase64Encoded": False,
        }  # fmt: skip
        _body(event, data.draw)
        seen.add(unquote(base64.b64decode(event["body"]).decode(errors="replace"))[:12])

    seen: set[str] = set()
    looks()

    assert len(seen) > 5
