"""APIs that administrators restrict, and their publishers."""

from typing import Any

import pytest

from gatehouse.domain.apis import publishing
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.published_apis import ApiDraft
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests import factories
from tests.unit import portal

ROOT = portal.caller(user_id="user-root", username="root", roles=frozenset({"admin", "publisher"}))
PETE = portal.caller(user_id="user-pete", username="pete", roles=frozenset({"publisher"}))
MANAGERS = frozenset({"manager"})


def document(post: Any, *more: tuple[str, Any], roles: str = "") -> dict[str, Any]:
    """Return an API whose POST has this security; `more` are paths with GETs."""
    flow = {"scopes": {"read": "", "update": ""}, "x-scopes-bindings": {"update": roles}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Orders", "version": "1.0.0"},
        "paths": {"/orders": {"post": {"security": post}}, **{path: {"get": {"security": one}} for path, one in more}},
        "components": {"securitySchemes": {"gatehouse": {"type": "oauth2", "flows": {"password": flow}}}},
    }


UPDATE = [{"gatehouse": ["update"]}]
EITHER = [{"gatehouse": ["update", "read"]}]
GUARDED = document(UPDATE)


@pytest.fixture
def store(tables: Tables) -> DynamoDBPublishedApis:
    DirectoryWriter(tables).save_organisation(factories.organisation())
    return DynamoDBPublishedApis(tables)


@pytest.fixture
def administration(tables: Tables) -> DynamoDBRestrictions:
    return DynamoDBRestrictions(tables)


def publish(
    store: DynamoDBPublishedApis, caller: Caller, found: Any = GUARDED, api_id: str = "orders", **more: Any
) -> Api:
    return publishing.publish(store, caller, ApiDraft(document=found, api_id=api_id, **more))


def log(tables: Tables) -> list[tuple[str, str, str]]:
    return [
        (one.actor, one.action, one.detail) for one in DynamoDBAuditLog(tables).find_entries("johnsorg", Window()).items
    ]
