"""Items of a later release are read by an earlier one: what a mapper does not know is left out, everywhere."""

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

import msgspec
import pytest

from gatehouse import storage
from gatehouse.domain.accounts import (
    connections,
    federated_sign_ins,
    identity_providers,
    jobs,
    links,
    lockout,
    logos,
    mail_domains,
    organisations,
    pending_sign_ins,
    provider_sessions,
    remembered_browsers,
    second_factors,
    sessions,
    sign_in_history,
    users,
)
from gatehouse.domain.apis import apis, attachments, own_paths, publishing_drafts, publishing_shares, restrictions
from gatehouse.domain.kernel import audit, fetching
from gatehouse.domain.oauth import client_keys, clients, codes, consents, device_requests, tokens
from gatehouse.domain.portal import generated_tokens, statistics, subscription_blocks, subscriptions
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.grants import parse as parse_grant
from gatehouse.storage.jobs import parse_job
from gatehouse.storage.second_factors import parse as parse_factors

LATER = "from_a_later_release"

KINDS: tuple[type[Any], ...] = (
    connections.Connection,
    federated_sign_ins.FederatedSignIn,
    identity_providers.FederatedLink,
    identity_providers.IdentityProvider,
    jobs.Job,
    links.Link,
    lockout.Failures,
    logos.Logo,
    mail_domains.DomainClaim,
    mail_domains.ProvenDomain,
    organisations.Organisation,
    pending_sign_ins.PendingSignIn,
    provider_sessions.ProviderSession,
    remembered_browsers.RememberedBrowser,
    second_factors.SecondFactors,
    sessions.Session,
    sign_in_history.SignInRecord,
    users.Status,
    users.User,
    apis.Api,
    apis.Application,
    apis.Deployment,
    apis.Resource,
    apis.Subscription,
    attachments.Attachment,
    own_paths.OwnPath,
    publishing_drafts.PublishingDraft,
    publishing_shares.Place,
    restrictions.ApiRestriction,
    audit.Entry,
    fetching.Backoff,
    client_keys.FetchedKeys,
    clients.Client,
    codes.Code,
    consents.Consent,
    device_requests.DeviceRequest,
    generated_tokens.GeneratedToken,
    statistics.ApplicationCount,
    subscription_blocks.Block,
    subscriptions.ApplicationSubscription,
)
"""What is read of items."""

_READING = re.compile(r"\b(?:read|read_found|reader|find|find_many)\(\s*([A-Z]\w+)")


def _sample(hint: Any) -> Any:
    """Return a stored value of a type."""
    hint = getattr(hint, "__value__", hint)
    if isinstance(hint, UnionType):
        return _sample(get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _values(hint)
    origin = cast("Any", get_origin(hint) or hint)
    if origin in {frozenset, tuple, list}:
        return []
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {}
    if isinstance(origin, type) and issubclass(origin, Enum):
        return next(iter(origin)).value
    samples: dict[Any, Any] = {str: "x", int: 1, bool: True, bytes: b"x"}
    return get_args(hint)[0] if origin is Literal else samples[origin]


def _values(kind: Any) -> dict[str, Any]:
    """Return the plain values of an item that holds what the type cannot do without."""
    hints = get_type_hints(kind)
    needed = [one.name for one in msgspec.structs.fields(kind) if one.required]
    return {name: _sample(hints[name]) for name in needed}


def test_whatever_is_read_is_tested_here() -> None:
    sources = [path.read_text() for path in Path(storage.__path__[0]).rglob("*.py")]

    assert {name for source in sources for name in _READING.findall(source)} == {one.__name__ for one in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
def test_an_attribute_of_a_later_release_is_ignored(kind: type[Any]) -> None:
    stored = {"pk": "x", "user_key": "x", **_values(kind), LATER: {"a": [1]}}

    found = mappers.read(kind, stored)

    assert isinstance(found, kind)
    assert not hasattr(found, LATER)


@pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
def test_each_field_is_read_as_its_type(kind: type[Any]) -> None:
    wanted = get_type_hints(kind)
    stored = {name: _sample(hint) for name, hint in wanted.items() if name != "SECRETS"}
    stored = {name: value for name, value in stored.items() if value is not None}
    stored |= {"status": "pending"} if kind is device_requests.DeviceRequest else {}

    found = mappers.read(kind, stored)

    for name in stored:
        container = get_origin(wanted[name])
        assert container not in {frozenset, tuple} or isinstance(getattr(found, name), container), name


def test_an_attribute_of_a_later_release_is_ignored_in_a_grant() -> None:
    values = {"pk": "GRANT#x", "user_key": "x", **_values(tokens.Grant), LATER: {"a": [1]}}

    assert not hasattr(parse_grant(values), LATER)


def test_an_attribute_of_a_later_release_is_ignored_in_a_job() -> None:
    stored = attribute_values.render({**_values(jobs.Job), LATER: {"a": [1]}})

    assert parse_job({**keys.job("x"), **stored}) is not None


def test_attributes_of_parts_are_ignored_too() -> None:
    later = {LATER: 1}
    api = {
        **_values(apis.Api),
        "resources": [{"method": "GET", "path": "/", **later}],
        "scopes": {"s": {"name": "s", **later}},
        "deployments": [{**_values(apis.Deployment), **later}],
        "documents": [{"document_id": "d", "name": "d", **later}],
    }
    client = {**_values(clients.Client), "secrets": [{**_values(clients.Secret), **later}]}
    application = {**_values(apis.Application), "subscriptions": [{**_values(apis.Subscription), **later}]}
    decided = {mappers.RESTRICTED_API + "a": {"blocked_by": "publisher", **later}, **later}

    assert mappers.read(apis.Api, api).scopes["s"].name == "s"
    assert mappers.read(clients.Client, client).secrets
    assert mappers.read(apis.Application, application).subscriptions
    assert mappers.parse_restrictions("x", decided).apis == {"a": restrictions.ApiRestriction(blocked_by="publisher")}


def test_an_attribute_of_a_later_release_is_ignored_in_the_factors_of_a_user() -> None:
    assert parse_factors("johnsorg", "john", {"later": 1}) == parse_factors("johnsorg", "john", None)
