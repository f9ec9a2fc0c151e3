"""What the gate reads of a call: grant and status as they are now, the rest as it is cached, by one read if it can.

Whom a grant belongs to never changes. So an instance remembers it for good, and reads client, organisation and
application beside the grant when it meets the token again; a token that it never met may take a second read.

Grant and status are read at each call. Where their items are as they were at the last one, they are not parsed again.
"""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from gatehouse.domain.accounts.users import Status
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.oauth.tokens import AccessToken, Grant
from gatehouse.storage import grants
from gatehouse.storage.directory import DynamoDBDirectory, restrict
from gatehouse.storage.dynamodb import cache_keys
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.cache_keys import Entry
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

_PARSED_MAX = 512
"""How many grants are kept parsed, with their items: some 10 KB each."""


class _Parsed(msgspec.Struct, frozen=True):
    """The items of grant and status, and what they say."""

    items: list[Item | None]
    grant: Grant
    status: Status | None


class DynamoDBCalls:
    """Implements `CallStore`."""

    def __init__(self, tables: Tables, directory: DynamoDBDirectory) -> None:
        """Use these tables, and what the directory remembers."""
        self._tables = tables
        self._cache = directory.cache
        self._holders = TtlCache(math.inf)
        self._parsed = TtlCache(math.inf, _PARSED_MAX)

    def find_call(
        self, account: str, region: str, gateway_id: str, stage: str, token: AccessToken
    ) -> tuple[Deployment | None, Api | None, Grant | None, Status | None]:
        """See `CallStore.find_call`."""
        running = cache_keys.deployment(account, region, gateway_id, stage)
        guessed = _api(self._cache.find_stale(running))
        last: Api | None = next(map(self._cache.find_stale, guessed), None)
        wanted_now = grants.wanted(self._tables, token.grant_id, token.status_id)
        is_asked = last is None or last.checks_revocation or not token.is_jwt
        (deployment, *found), items = self._cache.gather(
            [running, *guessed],
            wanted_now if is_asked else [],
            [*self._holder(token), *([] if is_asked else [cache_keys.public_keys()])],
        )
        (grant, status), wanted = self._learn(token, items), _api(deployment)
        if wanted != guessed:
            found, _ = self._cache.gather(wanted, prefetch=self._holder(token))
        api = next(iter(restrict(found)), None)
        if not is_asked and (api is None or api.checks_revocation):
            grant, status = self._learn(token, self._cache.gather((), wanted_now, self._holder(token))[1])
        return deployment, api, grant, status

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """See `CallStore.find_deployment`."""
        return self._cache.find(cache_keys.deployment(account, region, gateway_id, stage))

    def _learn(self, token: AccessToken, items: list[Item | None]) -> tuple[Grant | None, Status | None]:
        """Return grant and status, and remember whom the grant belongs to."""
        if not items or items[0] is None:
            return None, None
        last: _Parsed | None = self._parsed.peek_stale(token.grant_id)
        if last is not None and last.items == items:
            return last.grant, last.status
        grant, status = grants.parse_items(items[0], items[1] if len(items) > 1 else None)
        if grant is not None:
            holder = cache_keys.holder(grant.organisation, grant.client_id, grant.application_id)
            self._holders.put(grant.grant_id, holder)
            self._parsed.put(grant.grant_id, _Parsed(items, grant, status))
        return grant, status

    def _holder(self, token: AccessToken) -> Sequence[Entry[Any]]:
        return self._holders.get(token.grant_id)[1] or []


def _api(deployment: Deployment | None) -> Sequence[Entry[Any]]:
    return cache_keys.with_restrictions([(deployment.organisation, deployment.api_id)]) if deployment else []
