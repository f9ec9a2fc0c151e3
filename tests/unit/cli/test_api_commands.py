"""What the commands of APIs do and print."""

import json
from pathlib import Path

from gatehouse_cli.stack import Stack

from gatehouse.domain.portal import api_restrictions
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.restrictions import DynamoDBRestrictions
from tests.unit.cli.clock import now as now
from tests.unit.cli.conftest import Operator


def test_an_api_is_published_shown_listed_moved_and_deleted(johnsorg: Operator) -> None:
    made = johnsorg.publish("--stage", "abc123/v1", "--url", "https://api.example.com/orders", "--tier", "Gold")

    assert made == {
        "api_id": "orders-1.0.0",
        "name": "Orders",
        "version": "1.0.0",
        "lifecycle": "PUBLISHED",
        "visibility": "ORGANISATION",
        "resources": 2,
        "check_revocation": True,
        "stages": ["abc123/v1"],
        "revision": 1,
    }
    assert johnsorg.json("apis", "list", "johnsorg") == [made]
    assert johnsorg.json("apis", "show", "johnsorg", "orders-1.0.0") == [
        {"method": "DELETE", "path": "/orders", "security": "any", "scopes": ["delete"]},
        {"method": "GET", "path": "/orders", "security": "any", "scopes": ["read"]},
    ]
    assert johnsorg.json("apis", "change-lifecycle", "johnsorg", "orders-1.0.0", "blocked")["lifecycle"] == "BLOCKED"
    johnsorg.done("apis", "delete", "johnsorg", "orders-1.0.0")
    assert johnsorg.json("apis", "list", "johnsorg") == []


def test_a_picture_and_documents_are_given_to_an_api_and_taken_away(
    johnsorg: Operator, tables: Tables, tmp_path: Path
) -> None:
    johnsorg.publish()
    picture, text = tmp_path / "orders.png", tmp_path / "start.md"
    picture.write_bytes(b"\x89PNG\r\n\x1a\npixels")
    text.write_text("# Start", encoding="utf-8")
    api = ("johnsorg", "orders-1.0.0")
    store = DynamoDBPublishedApis(tables)

    johnsorg.done("apis", "set-thumbnail", *api, str(picture))
    johnsorg.done("documents", "save", *api, "start", str(text), "--title", "Getting started", "--summary", "In a page")
    johnsorg.done("documents", "save", *api, "forum", "https://forum.example", "--kind", "public_forum")

    found = store.find_api_now(*api)
    assert found is not None
    assert found.thumbnail
    assert [(one.document_id, one.name, one.kind, one.source, one.url) for one in found.documents] == [
        ("start", "Getting started", "HOWTO", "MARKDOWN", ""),
        ("forum", "forum", "PUBLIC_FORUM", "URL", "https://forum.example"),
    ]

    johnsorg.done("apis", "remove-thumbnail", *api)
    for document in ("start", "forum"):
        johnsorg.done("documents", "delete", *api, document)
    bare = store.find_api_now(*api)
    assert bare is not None
    assert (bare.thumbnail, bare.documents) == ("", ())
    assert "no document of that id" in johnsorg.refused("documents", "delete", *api, "forum")


def test_an_api_is_published_in_the_account_and_region_of_the_stack_unless_others_are_named(
    johnsorg: Operator, tables: Tables
) -> None:
    johnsorg.publish("--stage", "here/v1")
    johnsorg.publish("--stage", "there/v1", "--account", "111122223333", "--region", "eu-north-1", "--api-id", "second")

    directory = DynamoDBDirectory(tables, TtlCache(0))
    here = directory.find_deployment("123456789012", "eu-west-1", "here", "v1")
    there = directory.find_deployment("111122223333", "eu-north-1", "there", "v1")
    assert (here and here.api_id, there and there.api_id) == ("orders-1.0.0", "second")


def test_the_revocation_check_of_an_api_is_switched_off_and_on(johnsorg: Operator) -> None:
    assert johnsorg.publish("--no-check-revocation")["check_revocation"] is False
    assert johnsorg.publish("--check-revocation")["check_revocation"] is True


def test_a_publisher_is_warned_of_routes_that_a_token_authorizer_cannot_tell_apart(johnsorg: Operator) -> None:
    paths = {
        path: {"get": {"security": [{"gatehouse": [scope]}], "responses": {"200": {"description": "OK"}}}}
        for path, scope in (("/{x}", "s1"), ("/a/{y}", "s2"), ("/a/{z}/b", "s3"))
    }
    for path, operations in paths.items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        operations["parameters"] = [  # pyright: ignore[reportArgumentType]
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    document = {"openapi": "3.0.3", "info": {"title": "Tree", "version": "1"}, "paths": paths}
    johnsorg.document.write_text(json.dumps(document), encoding="utf-8")

    result = johnsorg.run("apis", "publish", "johnsorg", str(johnsorg.document))

    assert result.exit_code == 0
    assert result.stderr.startswith("warning: TOKEN authorizers: a token for GET /a/{z}/b")


OPEN_DOCUMENT = """
openapi: 3.0.3
info: {title: Orders, version: 1.0.0}
paths:
  /orders:
    get: {responses: {"200": {description: OK}}}
    delete: {security: [], responses: {"200": {description: OK}}}
"""


def test_what_has_to_be_confirmed_is_shown_and_a_script_never_waits_for_an_answer(
    johnsorg: Operator, tables: Tables, tmp_path: Path
) -> None:
    johnsorg.publish()
    root = Stack(tables, "", "", "").operator("johnsorg")
    api_restrictions.bind_scope(DynamoDBRestrictions(tables), root, "delete", frozenset({"manager"}))
    opened = tmp_path / "opened.yaml"
    opened.write_text(OPEN_DOCUMENT, encoding="utf-8")
    command = ("apis", "publish", "johnsorg", str(opened))

    result = johnsorg.run(*command)

    refused = result.stderr
    assert (result.exit_code, result.stdout) == (1, "")
    assert "DELETE /orders: tokens with delete (for manager and manager) before, everybody now" in refused
    assert "GET /orders: no security stated before, everybody now" in refused
    assert "--yes" in refused
    published = johnsorg.run(*command, "--yes")
    assert published.exit_code == 0
    assert "opened: DELETE /orders: tokens with delete" in published.output


def test_a_dry_run_shows_what_would_change_and_publishes_nothing(johnsorg: Operator) -> None:
    command = ("apis", "publish", "johnsorg", str(johnsorg.document))
    new = johnsorg.run(*command, "--dry-run")
    made = johnsorg.json(*command)
    found = johnsorg.json(*command, "--tier", "Gold", "--dry-run")

    assert (new.exit_code, f"{made['api_id']} is new." in new.stderr) == (0, True)
    assert found == [{"kind": "setting", "name": "tiers", "before": "every tier", "after": "Gold"}]
    assert johnsorg.json("apis", "list", "johnsorg")[0]["revision"] == made["revision"]


def test_a_dry_run_says_what_would_be_asked(johnsorg: Operator, tmp_path: Path) -> None:
    opened = tmp_path / "open.yaml"
    opened.write_text(
        "openapi: 3.0.3\ninfo: {title: Open, version: '1'}\n"
        "paths: {/x: {get: {responses: {200: {description: OK}}}}}\n",
        encoding="utf-8",
    )

    shown = johnsorg.run("apis", "publish", "johnsorg", str(opened), "--dry-run")

    assert shown.exit_code == 0
    assert "would ask: These operations state no security, so everybody can call them." in shown.stderr
    assert johnsorg.json("apis", "list", "johnsorg") == []


def test_two_apis_are_compared(johnsorg: Operator) -> None:
    for api_id in ("one", "two"):
        johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", api_id)
    johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", "two", "--tier", "Gold")

    assert johnsorg.json("apis", "compare", "johnsorg", "one", "two") == [
        {"kind": "setting", "name": "tiers", "before": "every tier", "after": "Gold"}
    ]


def test_an_api_is_exported_and_called_by_programs(johnsorg: Operator) -> None:
    johnsorg.json("apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", "mine")

    exported = json.loads(johnsorg.done("apis", "export", "johnsorg", "mine", "--format", "postman"))
    every, one = (
        johnsorg.done("apis", "show-samples", "johnsorg", "mine", *more) for more in ([], ["--language", "python"])
    )

    assert "https://auth.example/token" in json.dumps(exported["auth"])
    assert [line for line in every.splitlines() if line.endswith(":")][:1] == ["curl:"]
    assert one.startswith("from os import environ")
    assert len(johnsorg.json("apis", "show-samples", "johnsorg", "mine")) == 5
    assert "'zip' is none of openapi, postman" in johnsorg.refused(
        "apis", "export", "johnsorg", "mine", "--format", "zip"
    )
    assert "'perl' is none of curl" in johnsorg.refused(
        "apis", "show-samples", "johnsorg", "mine", "--language", "perl"
    )
