"""Whether a document is valid OpenAPI 3.0 or 3.1, as the OpenAPI Initiative's schemas say.

The library and its schemas are only where something is published: in `functions/admin` and on the operator's machine.
It reads whatever a reference names, any file and any address, and quotes it; so documents that name some are refused.
"""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.portal.errors import InvalidInputError

_SHOWN_CHARACTERS = 300
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef", "$id")
_INSIDE = "#"


def validate(document: Mapping[str, Any]) -> None:
    """Refuse a document that is not valid. The library is imported here: it takes longer than a whole cold start.

    Raises:
        InvalidInputError: It says where and why.
    """
    from jsonschema.exceptions import UnknownType
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
    from referencing.exceptions import Unresolvable

    known: dict[str, Any] = {"3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}
    validator = known.get(str(document.get("openapi", ""))[:3])
    if validator is None:
        raise InvalidInputError("Only OpenAPI 3.0 and 3.1 documents are published.", field="document")
    _refuse_references(document)
    try:
        error: Any = next(iter(validator(dict(document)).iter_errors()), None)
    except (Unresolvable, UnknownType, LookupError, AttributeError, TypeError, ValueError, RecursionError) as failure:
        raise InvalidInputError(
            "A $ref leads to nothing of the kind that belongs there.", field="document"
        ) from failure
    if error is not None:
        where = "/".join(map(str, error.absolute_path))
        what = str(error.message).partition("\n")[0][:_SHOWN_CHARACTERS]
        raise InvalidInputError(f"{where or 'document'}: {what}", field="document")


def _refuse_references(document: Mapping[str, Any]) -> None:
    """Refuse what leads out of the document, or moves the place that references are read from.

    Raises:
        InvalidInputError: Something does.
    """
    left: list[Any] = [document]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            found: Mapping[str, Any] = one  # pyright: ignore[reportUnknownVariableType]
            named = [found[name] for name in _REFERENCES if name in found]
            outside = next((text for text in named if isinstance(text, str) and not text.startswith(_INSIDE)), None)
            if outside is not None:
                text = f"{outside[:_SHOWN_CHARACTERS]}: bundle the document, references to other files are not followed"
                raise InvalidInputError(text, field="document")
            left += found.values()
        elif isinstance(one, list):
            left += one  # pyright: ignore[reportUnknownArgumentType]
