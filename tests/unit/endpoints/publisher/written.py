"""Documents as publishers write them."""

from typing import Any

import pytest

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import documents

OK = {"responses": {"200": {"description": "OK"}}}


def document(paths: Any = None, **more: Any) -> dict[str, Any]:
    found = {"/a": {"get": OK}} if paths is None else paths
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": found, **more}


def invalid(found: Any) -> str:
    with pytest.raises(InvalidInputError) as caught:
        documents.validate(found)
    assert caught.value.field == "document"
    return caught.value.description
