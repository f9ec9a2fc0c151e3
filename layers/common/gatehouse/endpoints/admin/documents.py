"""Whether a document is valid OpenAPI 3.0 or 3.1, as the OpenAPI Initiative's schemas say.

The library and its schemas are only where something is published: in `functions/admin` and on the operator's machine.
"""

from collections.abc import Mapping
from typing import Any

from gatehouse.domain.portal.errors import InvalidInputError

_SHOWN_CHARACTERS = 300


def validate(document: Mapping[str, Any]) -> None:
    """Refuse a document that is not valid. The library is imported here: it takes longer than a whole cold start.

    Raises:
        InvalidInputError: It says where and why.
    """
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    known: dict[str, Any] = {"3.0": OpenAPIV30SpecValidator, "3.1": OpenAPIV31SpecValidator}
    validator = known.get(str(document.get("openapi", ""))[:3])
    if validator is None:
        raise InvalidInputError("Only OpenAPI 3.0 and 3.1 documents are published.", field="document")
    error: Any = next(iter(validator(dict(document)).iter_errors()), None)
    if error is not None:
        where = "/".join(map(str, error.absolute_path))
        what = str(error.message).partition("\n")[0][:_SHOWN_CHARACTERS]
        raise InvalidInputError(f"{where or 'document'}: {what}", field="document")
