"""How YAML and JSON of publishers are read."""

import itertools
import json
from typing import Any

import pytest

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import documents, yaml_values
from gatehouse.endpoints.publisher.yaml_values import YamlError
from tests.unit.endpoints.publisher.written import invalid

HEAD = "openapi: 3.0.3\ninfo: {title: T, version: 1.0.0}\n"


def yaml(text: str) -> Any:
    return yaml_values.parse(text, characters_max=10_000, values_max=1_000)


def refused(content: bytes | str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        documents.load(content.encode() if isinstance(content, str) else content)
    assert caught.value.field == "document"
    return caught.value.description


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("200: a", {"200": "a"}, id="a number as a key"),
        pytest.param("on: off", {"on": "off"}, id="on and off"),
        pytest.param("yes: no", {"yes": "no"}, id="yes and no"),
        pytest.param("true: null", {"true": None}, id="a flag as a key"),
        pytest.param("a: 2024-01-01", {"a": "2024-01-01"}, id="a date"),
        pytest.param("a: 2001-12-14t21:59:43.10-05:00", {"a": "2001-12-14t21:59:43.10-05:00"}, id="a moment"),
        pytest.param("2024-01-01: a", {"2024-01-01": "a"}, id="a date as a key"),
        pytest.param("a: 12:30:45", {"a": "12:30:45"}, id="a number to the base of 60"),
        pytest.param("a: 1_000", {"a": "1_000"}, id="a number with a low line"),
        pytest.param("a: 0b11", {"a": "0b11"}, id="a binary number"),
        pytest.param("a: [010, 0o10, 0x1F, +3, -4]", {"a": [10, 8, 31, 3, -4]}, id="whole numbers"),
        pytest.param("a: [1.5, .5, 1e3, 1.]", {"a": [1.5, 0.5, 1000.0, 1.0]}, id="other numbers"),
        pytest.param("a: [true, False, TRUE, tRUE]", {"a": [True, False, True, "tRUE"]}, id="flags"),
        pytest.param("a: [~, null, NULL, '', ]", {"a": [None, None, None, ""]}, id="nulls"),
        pytest.param("a:", {"a": None}, id="nothing"),
        pytest.param("a: '1'\nb: !!str 2\nc: !!int 3", {"a": "1", "b": "2", "c": 3}, id="types that are named"),
        pytest.param("=: =", {"=": "="}, id="YAML 1.1's value key"),
        pytest.param(
            "info: {version: 1.0}\nopenapi: 3.1", {"info": {"version": "1.0"}, "openapi": "3.1"}, id="version"
        ),
        pytest.param("info: {x: {version: 1.0}}", {"info": {"x": {"version": 1.0}}}, id="another version"),
        pytest.param("a: &a {x: 1}\nb: *a", {"a": {"x": 1}, "b": {"x": 1}}, id="an alias"),
        pytest.param("b: {<<: {x: 1, y: 2}, x: 3}", {"b": {"x": 3, "y": 2}}, id="a merge key"),
        pytest.param("b: {x: 3, <<: [{x: 1, y: 2}, {y: 4, z: 5}]}", {"b": {"x": 3, "y": 2, "z": 5}}, id="merged lists"),
        pytest.param("'<<': 1", {"<<": 1}, id="a quoted merge key is none"),
        pytest.param('{"a": "\\/\\u00e9", b: [1,],}', {"a": "/é", "b": [1]}, id="flow style"),
        pytest.param("a: '^[\\w-\\.]+@'", {"a": "^[\\w-\\.]+@"}, id="an ECMA pattern"),
        pytest.param("%YAML 1.2\n---\na: 1\n...\n", {"a": 1}, id="a directive"),
    ],
)
def test_yaml_has_the_types_of_json(text: str, expected: Any) -> None:
    found = yaml(text)

    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' stands twice", id="a key twice"),
        pytest.param('a: {200: x, "200": y}', "the key '200' stands twice", id="a key twice, spelled otherwise"),
        pytest.param("? [a]\n: b", "a key is no text", id="a list as a key"),
        pytest.param("a: &a b\n*a : c", "a key is no text", id="an alias as a key"),
        pytest.param("a: &a [*a]", "inside of what it repeats", id="an alias of itself"),
        pytest.param("a: *b", "repeats nothing before it", id="an alias of nothing"),
        pytest.param("a: !Ref b", "line 1, column 4: the type !Ref", id="CloudFormation's types"),
        pytest.param("a: !!python/name:os.system", "none of JSON's", id="Python's types"),
        pytest.param("a: !!binary aGk=", "none of JSON's", id="binary"),
        pytest.param("a: !!set {b}", "none of JSON's", id="a set"),
        pytest.param("a: !!timestamp 2024-01-01", "none of JSON's", id="a date that is named"),
        pytest.param("a: .inf", ".inf is no number", id="infinity"),
        pytest.param("a: -.INF", "is no number", id="less than any number"),
        pytest.param("a: .nan", ".nan is no number", id="not a number"),
        pytest.param("a: 1e999", "1e999 is no number", id="a number beyond the largest"),
        pytest.param("a: " + "9" * 5000, "is no number", id="5,000 digits"),
        pytest.param("<<: 3", "a merge key", id="a merge key of a number"),
        pytest.param("<<: [{a: 1}, 2]", "a merge key", id="a merge key of another list"),
        pytest.param("a: 1\n---\nb: 2", "line 2, column 1: a second document", id="two documents"),
        pytest.param("# nothing", "empty", id="a comment"),
        pytest.param("a:\n\tb: 1", "line 2, column 1: ", id="a tab"),
        pytest.param("a: [b", "line 2, column 1: ", id="an open list"),
        pytest.param("a: \x07", "characters that YAML does not allow", id="a control character"),
        pytest.param("[" * 1000, "deeper than 100 levels", id="deep lists"),
        pytest.param("{a: " * 1000, "deeper than 100 levels", id="deep objects"),
        pytest.param("- a\n" * 1000, "over 1000 values", id="many values"),
        pytest.param("a: " + "x" * 10_001, "over 10000 characters", id="a long text"),
    ],
)
def test_what_yaml_cannot_say_in_json_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        yaml(text)

    assert said in str(caught.value)


def test_aliases_of_aliases_are_counted_in_full() -> None:
    names = "abcdefghij"
    laughs = "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
        f"{after}: &{after} [{', '.join([f'*{one}'] * 10)}]\n" for one, after in itertools.pairwise(names)
    )

    with pytest.raises(YamlError, match="everything that its aliases repeat"):
        yaml(laughs)
    with pytest.raises(YamlError, match="characters, with everything that its aliases repeat"):
        yaml("a: &a " + "x" * 1000 + "\n" + "".join(f"b{one}: *a\n" for one in range(20)))
    with pytest.raises(YamlError, match="everything that its aliases repeat"):
        yaml("a: &a {" + ", ".join(f"k{one}: 1" for one in range(100)) + "}\nb:\n" + "  <<: *a\n" * 20)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEAD.encode(), id="YAML"),
        pytest.param(b"\xef\xbb\xbf" + HEAD.encode(), id="YAML with a byte order mark"),
        pytest.param(HEAD.encode("utf-16"), id="UTF-16"),
        pytest.param(HEAD.replace("\n", "\r\n").encode(), id="Windows"),
        pytest.param(b'{"openapi": "3.0.3", "info": {"title": "T", "version": "1.0.0"}}', id="JSON"),
        pytest.param(b'\n\t {"openapi": "3.0.3", "info": {"title": "T", "version": "1.0.0"}}', id="JSON after blanks"),
        pytest.param(b"{openapi: 3.0.3, info: {title: T, version: 1.0.0},}", id="YAML that begins like JSON"),
    ],
)
def test_a_document_is_read_whatever_it_is_written_in(content: bytes) -> None:
    assert documents.load(content) == {"openapi": "3.0.3", "info": {"title": "T", "version": "1.0.0"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b" \n\t", "is empty", id="blanks"),
        pytest.param(b"\xef\xbb\xbf", "is empty", id="a byte order mark"),
        pytest.param(b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML or XML", id="HTML"),
        pytest.param(b"\n<?xml version='1.0'?><definitions/>", "HTML or XML", id="WSDL"),
        pytest.param(b"PK\x03\x04\x14\0\0\0", "NUL", id="a ZIP file"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "byte 0 is no text", id="a picture"),
        pytest.param(bytes(range(256)), "neither YAML nor JSON", id="bytes"),
        pytest.param("title: é".encode("latin-1"), "byte 7 is no text in UTF-8", id="Latin-1"),
        pytest.param(b"just words", "not an OpenAPI document", id="words"),
        pytest.param(b"[]", "not an OpenAPI document", id="a list"),
        pytest.param(b"3", "not an OpenAPI document", id="a number"),
        pytest.param(b'{"a": 1,\n "b": }', "is not JSON: line 2, column 7", id="broken JSON"),
        pytest.param(b'{"a": NaN}', "NaN is no number", id="not a number"),
        pytest.param(b'{"a": {"b": 1,\n"b": 2}}', "line 2, column 1: the key 'b' stands twice", id="JSON's key twice"),
        pytest.param(b'{"a":' * 500 + b"1" + b"}" * 500, "deeper than 100", id="deep JSON", marks=()),
        pytest.param(b"[" * 200_000 + b"]" * 200_000, "deeper than 100", id="very deep JSON"),
        pytest.param(b"a:\n" + b"x" * documents.FILE_MAX_BYTES, "at most 16 MB", id="17 MB"),
        pytest.param(
            b"- a\n" * (documents.YAML_VALUES_MAX + 1),
            "is too large: line 100000, column 3: it holds over 100000 values and keys, with everything that its "
            "aliases repeat. Publish it in parts, or send it as JSON, of which more is read.",
            id="much YAML, as Okta has it",
        ),
    ],
)
def test_what_is_no_document_is_refused_with_the_reason(content: bytes, said: str) -> None:
    if said == "deeper than 100" and content.startswith(b"{"):
        assert said in invalid({**documents.load(content), "openapi": "3.0.3"})
    else:
        assert said in refused(content)
