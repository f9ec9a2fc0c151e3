"""What can be remembered of the directory: the key of each kind of item, and how it is read.

Each entry is made once; a busy function asks for the same few again and again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.apis.apis import Api, Application, Deployment
from gatehouse.domain.apis.restrictions import Restrictions
from gatehouse.domain.oauth.clients import Client
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.keys import Key
from gatehouse.storage.dynamodb.mappers import Values

type Entry[T] = tuple[Key, Callable[[Values], T]]

_MADE_MAX = 1024


@lru_cache(_MADE_MAX)
def organisation(key: str) -> Entry[Organisation]:
    """Return the entry of an organisation."""
    return keys.organisation(key), mappers.reader(Organisation)


@lru_cache(_MADE_MAX)
def client(client_id: str) -> Entry[Client]:
    """Return the entry of a client."""
    return keys.client(client_id), mappers.reader(Client)


@lru_cache(_MADE_MAX)
def application(organisation: str, application_id: str) -> Entry[Application]:
    """Return the entry of an application with its subscriptions."""
    return keys.application(organisation, application_id), mappers.reader(Application)


@lru_cache(_MADE_MAX)
def api(organisation: str, api_id: str) -> Entry[Api]:
    """Return the entry of an API."""
    return keys.api(organisation, api_id), mappers.reader(Api)


@lru_cache(_MADE_MAX)
def restricted(organisation: str) -> Entry[Restrictions]:
    """Return the entry of what is decided about the APIs of an organisation."""
    return keys.restrictions(organisation), partial(mappers.parse_restrictions, organisation)


def with_restrictions(references: Iterable[tuple[str, str]]) -> tuple[Entry[Any], ...]:
    """Return the entries of APIs by organisation and id, then those of their organisations' restrictions."""
    return _with_restrictions(tuple(references))


@lru_cache(_MADE_MAX)
def _with_restrictions(wanted: tuple[tuple[str, str], ...]) -> tuple[Entry[Any], ...]:
    publishers = dict.fromkeys(organisation for organisation, _ in wanted)
    return *(api(*one) for one in wanted), *map(restricted, publishers)


def apis(application: Application | None) -> tuple[Entry[Any], ...]:
    """Return the entries of the APIs that an application subscribes to, with the restrictions of their publishers."""
    return with_restrictions(
        [(one.api_organisation, one.api_id) for one in application.subscriptions] if application else ()
    )


@lru_cache(_MADE_MAX)
def subscriptionless(organisation: str) -> Entry[list[str]]:
    """Return the entry of the ids of an organisation's subscriptionless APIs."""
    return keys.subscriptionless(organisation), mappers.subscriptionless_ids


def holder(key: str, client_id: str, application_id: str) -> list[Entry[Any]]:
    """Return the entries of whom a token belongs to: client, organisation and, unless it is registered, application."""
    of_application = [application(key, application_id)] if application_id else []
    return [client(client_id), organisation(key), *of_application]


@lru_cache(_MADE_MAX)
def deployment(account: str, region: str, gateway_id: str, stage: str) -> Entry[Deployment]:
    """Return the entry of what runs on a stage."""
    return keys.deployment(account, region, gateway_id, stage), mappers.reader(Deployment)


def public_keys() -> Entry[Mapping[str, Any]]:
    """Return the entry of the JWK Set."""
    return keys.public_keys(), _parse_jwks


def _parse_jwks(values: Values) -> Mapping[str, Any]:
    return json.loads(values["jwks"])
