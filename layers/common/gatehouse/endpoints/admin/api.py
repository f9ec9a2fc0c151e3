"""`/api/am/admin/v4`: what WSO2's developer portal lacks, in its manner, for administrators."""

from functools import cache

from gatehouse.endpoints.admin import schemas
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.rest import openapi
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Operation

BASE = "/api/am/admin/v4"
SCOPE = "apim:admin"
ADMIN = frozenset({SCOPE})
PAGING = ("limit", "offset", "cursor")


def build(table: tuple[Operation, ...], bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    title = "Gatehouse organisation administration"
    document = cache(lambda: openapi.document(BASE, title, "v4", table, schemas.SCHEMAS))
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": document})
