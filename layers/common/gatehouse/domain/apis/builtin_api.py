"""Gatehouse's own API as an API of each organisation."""

from functools import lru_cache

from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.builtin import API_ID, SCOPES


@lru_cache(maxsize=256)
def api(organisation: str) -> Api:
    """Return the built-in API as the organisation's own."""
    return Api(organisation=organisation, api_id=API_ID, name="Gatehouse", version="v3", resources=(), scopes=SCOPES)
