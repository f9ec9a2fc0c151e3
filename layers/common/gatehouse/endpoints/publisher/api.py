"""The publisher API: its base path and the table of its operations. A further part is a module and a line here."""

import copy
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus

from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.publisher import schemas
from gatehouse.endpoints.publisher.forwarding import BASE, COUNTED
from gatehouse.endpoints.rest import openapi
from gatehouse.endpoints.rest.json_api import JsonApi
from gatehouse.endpoints.rest.operations import Operation


def build(table: Sequence[Operation], bearers: Bearers, issuers: Issuers) -> JsonApi:
    """Return the API; its OpenAPI document is made from the same table when it is first asked for."""
    table = tuple(_counted(one) if one.method in COUNTED else one for one in table)
    document = cache(lambda: openapi.document(BASE, "Gatehouse administration", "v1", table, schemas.SCHEMAS))
    return JsonApi(BASE, table, bearers, issuers, {"/openapi.json": document})


def _counted(one: Operation) -> Operation:
    """Return the operation with the answer of the store where the share of the organisation is used up."""
    return copy.replace(one, statuses=(*one.statuses, int(HTTPStatus.TOO_MANY_REQUESTS)))
