"""OpenAPI documents as they are stored: compressed JSON without blanks, small enough for one item of DynamoDB."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.refusals import InvalidInputError

DOCUMENT_MAX_BYTES = 4 * 1024 * 1024
"""How large a document may be, as JSON without blanks in UTF-8."""

STORED_MAX_BYTES = 350 * 1024
"""How large it may be when it is compressed: an item has at most 400 KB, with its key and what stands beside."""

_LEVEL = 6
_COMPRESSED_FROM_CHARACTERS = 1024  # DynamoDB bills writes by the KiB


def pack(document: Mapping[str, Any]) -> str | bytes:
    """Return what is stored of a document: its JSON, compressed unless it is so small that nothing is saved.

    Raises:
        InvalidInputError: It is no JSON, or too large before or after it was compressed.
    """
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        content = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError("The document is not JSON.", field="document") from error
    if len(content) > DOCUMENT_MAX_BYTES:
        raise _too_large(f"The document has {len(content)} bytes as JSON without blanks; at most 4 MiB are published.")
    if texts.carried_bytes(text) > texts.ANSWER_MAX_BYTES:
        raise _too_large("The document holds so many quotes that no answer of the store could carry it.")
    if len(text) < _COMPRESSED_FROM_CHARACTERS:
        return text
    packed = zlib.compress(content, _LEVEL)
    if len(packed) > STORED_MAX_BYTES:
        raise _too_large(
            f"The document has {len(packed)} bytes when it is compressed; at most 350 KiB are stored. "
            "Leave out long examples, or publish the API in parts."
        )
    return packed


def unpack(stored: str | bytes) -> str:
    """Return the JSON of a stored document."""
    return stored if isinstance(stored, str) else zlib.decompress(stored).decode()


def _too_large(text: str) -> InvalidInputError:
    return InvalidInputError(text, field="document")
