"""Items of a later release are read by an earlier one: what a mapper does not know is left out, everywhere."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, cast, get_args, get_origin, get_type_hints

import msgspec
import pytest

from gatehouse import storage
from gatehouse.domain.accounts import (
    connections,
    identity_providers,
    jobs,
    links,
    lockout,
    mail_domains,
    organisations,
    passkeys,
    remembered_browsers,
    users,
)
from gatehouse.domain.accounts import sessions as sessions_domain
from gatehouse.domain.apis import apis, own_paths
from gatehouse.domain.apis.restrictions import ApiRestriction
from gatehouse.domain.kernel import audit
from gatehouse.domain.oauth import clients, codes, consents, device_requests, tokens
from gatehouse.domain.portal import generated_tokens as generated_domain
from gatehouse.domain.portal import subscriptions as subscriptions_domain
from gatehouse.storage import second_factors
from gatehouse.storage.dynamodb import attribute_values, keys, mappers

LATER = "from_a_later_release"

KINDS: Mapping[str, type[Any]] = {
    "audit._parse": audit.Entry,
    "codes._parse": codes.Code,
    "connections.parse": connections.Connection,
    "device_requests._parse": device_requests.DeviceRequest,
    "failure_counters.parse": lockout.Failures,
    "generated_tokens._parse": generated_domain.GeneratedToken,
    "grants.parse": tokens.Grant,
    "identity_providers.parse": identity_providers.IdentityProvider,
    "links._parse": links.Link,
    "jobs.parse_job": jobs.Job,
    "mail_domains._parse": mail_domains.ProvenDomain,
    "mappers.parse_api": apis.Api,
    "mappers.parse_application": apis.Application,
    "mappers.parse_client": clients.Client,
    "mappers.parse_deployment": apis.Deployment,
    "mappers.parse_organisation": organisations.Organisation,
    "mappers.parse_status": users.Status,
    "mappers.parse_subscription": apis.Subscription,
    "mappers.parse_user": users.User,
    "own_paths._parse": own_paths.OwnPath,
    "publishing_drafts._parse": importlib.import_module("gatehouse.domain.apis.publishing_drafts").PublishingDraft,
    "second_factors._parse_passkey": passkeys.Passkey,
    "remembered_browsers.parse": remembered_browsers.RememberedBrowser,
    "sessions.parse": sessions_domain.Session,
    "sessions.parse_consent": consents.Consent,
    "subscription_blocks.parse": importlib.import_module("gatehouse.storage.subscription_blocks").Block,
    "subscriptions._parse": subscriptions_domain.ApplicationSubscription,
    "users.parse_status": users.Status,
}
"""What each mapper makes."""

STORED: Mapping[str, dict[str, Any]] = {
    "mappers.parse_api": {"scopes": {}},
    "device_requests._parse": {"status": "pending"},
    "failure_counters.parse": {"count": 1, "locked_until": 1, "expires_at": 1},
    "subscriptions._parse": {"api_organisation": "x", "api_id": "x"},
}
"""What is always stored although the type has defaults, or a type of its own."""

NO_MAPPERS = frozenset(
    {
        "counters.parse_event",
        "credentials._parse",
        "enforcement.parse_change",
        "cache_keys._parse_jwks",
        "attribute_values.parse",
        "grants.parse_items",  # two mappers that are tested here
        "attribute_values._parse_list",
        "listings._parse_cursor",
        "mappers.parse_resources",
        "mappers.parse_restrictions",
        "second_factors.parse",
        "user_copies.parse_change",
    }
)
"""What reads something else than one item, or is tested below."""


def _mappers() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for module in pkgutil.walk_packages(storage.__path__, "gatehouse.storage."):
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if name.lstrip("_").startswith("parse") and function.__module__ == loaded.__name__:
                found[f"{module.name.rpartition('.')[2]}.{name}"] = function
    return found


def _sample(hint: Any) -> Any:
    """Return a stored value of a type."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _values(hint)
    origin = cast("Any", get_origin(hint) or hint)
    if origin in {frozenset, tuple, list}:
        return []
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {}
    samples: dict[Any, Any] = {str: "x", int: 1, bool: True, bytes: b"x"}
    return samples.get(origin) if origin in samples else "x" if get_args(hint) else None


def _values(kind: Any) -> dict[str, Any]:
    """Return the plain values of an item that holds what the type cannot do without."""
    hints = get_type_hints(kind)
    needed = [one.name for one in msgspec.structs.fields(kind) if one.required]
    return {name: _sample(getattr(hints[name], "__value__", hints[name])) for name in needed}


def test_every_mapper_is_tested_here() -> None:
    assert _mappers().keys() == KINDS.keys() | NO_MAPPERS


@pytest.mark.parametrize("name", sorted(KINDS))
def test_an_attribute_of_a_later_release_is_ignored(name: str) -> None:
    parse = _mappers()[name]
    stored = {"pk": "x", "user_key": "x", **_values(KINDS[name]), **STORED.get(name, {}), LATER: {"a": [1]}}
    if name == "jobs.parse_job":
        stored = attribute_values.render({**stored, "pk": keys.job("x")["pk"]["S"]})

    found = parse(stored)

    assert isinstance(found, KINDS[name])
    assert not hasattr(found, LATER)


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

    assert mappers.parse_api(api).scopes["s"].name == "s"
    assert mappers.parse_client(client).secrets
    assert mappers.parse_application(application).subscriptions
    assert mappers.parse_restrictions("x", decided).apis == {"a": ApiRestriction(blocked_by="publisher")}
    assert mappers.parse_resources([{"method": "GET", "path": "/", **later}])[0].path == "/"


def test_an_attribute_of_a_later_release_is_ignored_in_the_factors_of_a_user() -> None:
    assert second_factors.parse("johnsorg", "john", {"later": 1}) == second_factors.parse("johnsorg", "john", None)
