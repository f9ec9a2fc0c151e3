"""OpenAPI documents as people have them: the one loader and the one check of command line, API and pages.

`load` makes JSON values of YAML or JSON. `validate` holds these against the OpenAPI Initiative's schema of 3.0 or 3.1,
and against bounds. Neither follows a reference, looks at a default, or runs a regular expression of the document, so
what a document costs depends on its size alone.
Every refusal names the place, as a JSON Pointer or a line, and the reason.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import resources
from math import isfinite
from typing import Any, cast

from gatehouse.domain.kernel import texts
from gatehouse.endpoints.publisher import document_faults, document_references, yaml_values
from gatehouse.endpoints.publisher.document_faults import MARK, SHOWN_CHARACTERS
from gatehouse.endpoints.publisher.document_references import VALUES_MAX, DocumentWalk, Trail
from gatehouse.endpoints.publisher.yaml_values import DEPTH_MAX, TooLargeError, YamlError
from gatehouse.endpoints.rest import json_values
from gatehouse.endpoints.rest.json_values import RepeatedKeyError

FILE_MAX_BYTES = 16 * 1024 * 1024
"""What is read of a file at all. What may be published is bounded as JSON without blanks: `documents.pack`."""

YAML_VALUES_MAX = 100_000
"""How many are read from YAML, which takes several times the time of JSON; the command line sends JSON."""

_CONVERT = (
    "This is a Swagger 2.0 document; OpenAPI 3.0 and 3.1 are published. Convert it first, for example with "
    "`npx swagger2openapi FILE --outfile openapi.yaml`."
)
_JSON = re.compile(r"""\{\s*["}]""")
"""How an object of JSON begins; YAML's flow style may begin so too, and then it is held to JSON's rules."""


_DIALECTS = frozenset(
    {"https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base"}
)


def load(content: bytes, yaml_values_max: int = YAML_VALUES_MAX) -> dict[str, Any]:
    """Return the document in a file, YAML or JSON, in UTF-8 or, with a byte order mark, in UTF-16.

    Args:
        content: The file.
        yaml_values_max: How many values and keys are read from YAML.

    Raises:
        InvalidInputError: It is no such file, or not one object; it is too large or too deep; a key stands twice.
    """
    if len(content) > FILE_MAX_BYTES:
        raise document_faults.refused(
            f"The document has {len(content)} bytes; at most {FILE_MAX_BYTES // 1024**2} MB are read."
        )
    text = _decode(content)
    start = text.lstrip()
    if not start:
        raise document_faults.refused("The document is empty.")
    if start.startswith("<"):
        raise document_faults.refused(
            "This is HTML or XML, not an OpenAPI document. Was a web page saved instead of the file?"
        )
    is_json = _JSON.match(start) is not None
    found: Any = _parse_json(text, yaml_values_max) if is_json else _parse_yaml(text, yaml_values_max)
    if not isinstance(found, dict):
        raise document_faults.refused("This is not an OpenAPI document: it holds no object with the member openapi.")
    return cast("dict[str, Any]", found)


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise document_faults.refused(
            f"The document is neither YAML nor JSON: byte {error.start} is no text in UTF-8."
        ) from None
    if "\0" in text:
        raise document_faults.refused(f"The document is neither YAML nor JSON: byte {text.index('\0')} is NUL.")
    return text


def _parse_json(text: str, yaml_values_max: int) -> Any:
    try:
        return json.loads(text, object_pairs_hook=json_values.unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise document_faults.refused(f"The document is nested deeper than {DEPTH_MAX} levels.") from None
    except RepeatedKeyError:
        return _parse_yaml(text, yaml_values_max)  # which names the line
    except json.JSONDecodeError as error:
        raise document_faults.refused(
            f"The document is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except ValueError as error:
        raise document_faults.refused(f"The document is not JSON: {error!s:.160}.") from None


def _refuse_constant(constant: str) -> None:
    """Refuse NaN and Infinity, which are no JSON (RFC 8259 section 6)."""
    raise ValueError(f"{constant} is no number in JSON")


def _parse_yaml(text: str, values_max: int) -> Any:
    try:
        return yaml_values.parse(text, characters_max=FILE_MAX_BYTES, values_max=values_max)
    except TooLargeError as error:
        more = ", or send it as JSON, of which more is read" if values_max < VALUES_MAX else ""
        raise document_faults.refused(f"The document is too large: {error}. Publish it in parts{more}.") from None
    except YamlError as error:
        raise document_faults.refused(f"The document is neither YAML nor JSON: {error}.") from None


def validate(document: Mapping[str, Any]) -> None:
    """Refuse a document that is not valid OpenAPI 3.0 or 3.1.

    Raises:
        InvalidInputError: It says where and why.
    """
    version = document.get("openapi")
    if "swagger" in document and version is None:
        raise document_faults.refused(_CONVERT)
    known = next((one for one in ("3.0", "3.1") if isinstance(version, str) and version.startswith(f"{one}.")), None)
    if known is None:
        shown = "is missing" if version is None else f"is {json.dumps(version)[:SHOWN_CHARACTERS]}"
        raise document_faults.refused(
            f"Only OpenAPI 3.0 and 3.1 documents are published; the member openapi {shown}. Use 3.1.x."
        )
    DocumentWalk(document).check()
    _refuse_unstorable(document)
    dialect = document.get("jsonSchemaDialect", "")
    validator = _validator(known, is_standard=dialect == "" or dialect in _DIALECTS)
    if not validator.is_valid(document):
        raise document_faults.refused(document_faults.explain(document, validator))


def _refuse_unstorable(document: Mapping[str, Any]) -> None:
    """Refuse what JSON in UTF-8 cannot spell: JSON's escapes can name half a character, and numbers can be too large.

    Raises:
        InvalidInputError: It names the place.
    """
    with suppress(ValueError):
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
        return
    left: list[tuple[Any, Trail]] = [(document, None)]
    while left:
        value, trail = left.pop()
        for name, one in document_references.members(value):
            if document_references.holds(one):
                left.append((one, (trail, name)))
            if type(one) is float and not isfinite(one):
                raise document_faults.refused(
                    f"{document_references.place((trail, name))}: the number is larger than readers of JSON take."
                )
            for text, place in ((one, (trail, name)), (name, trail)):
                if type(text) is str and not texts.is_speakable(text):
                    raise document_faults.refused(
                        f"{document_references.place(place)}: the text names half a character (a lone surrogate)."
                    )


@cache
def _validator(version: str, *, is_standard: bool) -> Any:
    """Return what holds documents against the schema of a version; formats are not looked at.

    The schema of 3.1 leaves JSON Schemas to their dialect, which is known if it is the standard one.
    """
    import jsonschema_rs

    schema = json.loads(
        resources.files("gatehouse.endpoints.publisher").joinpath(f"openapi-{version}.schema.json").read_text()
    )
    options: dict[str, Any] = {"validate_formats": False, "mask": MARK, "offline": True}
    if version == "3.0" or not is_standard:
        return jsonschema_rs.validator_for(schema, **options)
    dialect = {"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
    based = {"$schema": dialect["$ref"], "$id": "urn:gatehouse:openapi-3.1", "$ref": schema["$id"]}
    based["$defs"] = {"schema": dialect}
    return jsonschema_rs.validator_for(based, registry=jsonschema_rs.Registry([(schema["$id"], schema)]), **options)
