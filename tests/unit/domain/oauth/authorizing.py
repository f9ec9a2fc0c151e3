"""Authorization requests of a client."""

import copy
from collections.abc import Mapping
from typing import Any

from gatehouse.domain.oauth import authorization
from gatehouse.domain.oauth.authorization import AuthorizationRequest, Destination
from tests import factories
from tests.factories import CLIENT_ID
from tests.vectors import authorization as vectors

PARAMETERS = vectors.request(client_id=CLIENT_ID)
CLIENT = factories.client(grant_types=frozenset({"authorization_code"}), redirect_uris=vectors.REDIRECT_URIS)
DESTINATION = Destination(client=CLIENT, redirect_uri=vectors.REDIRECT_URI, state="xyz")


def without(*names: str, **changes: str) -> Mapping[str, str]:
    return {name: value for name, value in PARAMETERS.items() if name not in names} | changes


def parse(parameters: Mapping[str, str], **client: Any) -> AuthorizationRequest:
    return authorization.parse(parameters, copy.replace(DESTINATION, client=copy.replace(CLIENT, **client)))
