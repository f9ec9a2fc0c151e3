"""What the gate reads of a call: grant and status as they are now, the rest as it is cached, by one read if it can.

Whom a grant belongs to never changes. So an instance remembers it for good, and reads client, organisation and
application beside the grant when it meets the token again; a token that it never met may take a second read.
"""

import math
from collections.abc import Sequence
from typing import Any

from gatehouse.domain.accounts.users import Status
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.oauth.tokens import AccessToken, Grant
from gatehouse.storage import grants, users
from gatehouse.storage.directory import DynamoDBDirectory, restrict
from gatehouse.storage.dynamodb import cache_keys
from gatehouse.storage.dynamodb.cache_keys import Entry
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache


class DynamoDBCalls:
    """Implements `CallStore`."""

    def __init__(self, tables: Tables, directory: DynamoDBDirectory) -> None:
        """Use these tables, and what the directory remembers."""
        self._tables = tables
        self._cache = directory.cache
        self._holders = TtlCache(math.inf)

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
        (grant, status), wanted = self._learn(items), _api(deployment)
        if wanted != guessed:
            found, _ = self._cache.gather(wanted, prefetch=self._holder(token))
        api = next(iter(restrict(found)), None)
        if not is_asked and (api is None or api.checks_revocation):
            grant, status = self._learn(self._cache.gather((), wanted_now, self._holder(token))[1])
        return deployment, api, grant, status

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """See `CallStore.find_deployment`."""
        (found,), _ = self._cache.gather([cache_keys.deployment(account, region, gateway_id, stage)])
        return found

    def _learn(self, items: list[Values | None]) -> tuple[Grant | None, Status | None]:
        """Return grant and status, and remember whom the grant belongs to."""
        if not items or items[0] is None:
            return None, None
        grant, status = grants.parse(items[0]), users.parse_status(next(iter(items[1:]), None))
        self._holders.put(grant.grant_id, cache_keys.holder(grant.organisation, grant.client_id, grant.application_id))
        return grant, status

    def _holder(self, token: AccessToken) -> Sequence[Entry[Any]]:
        return self._holders.get(token.grant_id)[1] or []


def _api(deployment: Deployment | None) -> Sequence[Entry[Any]]:
    return cache_keys.with_restrictions([(deployment.organisation, deployment.api_id)]) if deployment else []
