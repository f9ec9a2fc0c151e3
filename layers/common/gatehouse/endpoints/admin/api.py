"""The admin API: its base path and the whole table of its operations. A further part is a module and a line here."""

from collections.abc import Sequence
from functools import cache

from gatehouse.endpoints.admin import schemas
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.issuers import Issuers
from gatehouse.endpoints.portal import openapi
from gatehouse.endpoints.portal.operations import JsonApi, Operation

BASE = "/api/am/admin/v1"


def build(table: Sequence[Operation], bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    document = cache(lambda: openapi.document(BASE, "Gatehouse administration", "v1", table, schemas.SCHEMAS))
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": document})
