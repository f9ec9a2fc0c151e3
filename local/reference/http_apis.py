"""The page of the HTTP APIs, from the OpenAPI documents that they serve."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gatehouse.bootstrap import publisher, store
from gatehouse.endpoints.oauth import description
from gatehouse.settings import Settings
from gatehouse.storage.dynamodb.tables import Tables
from local.reference import text

SERVER = "https://auth.example"


def documents() -> Mapping[str, dict[str, Any]]:
    """Return the OpenAPI document of each API, by its title."""
    settings, connected = _settings(), Tables(transport=_Nowhere(), directory="", grants="")
    of_store = store.Store(settings, connected, _Nowhere())
    apis = {
        "Developer portal": of_store.json_api,
        "Administration": of_store.admin_api,
        "Publishing": publisher.build(settings, connected),
    }
    described = {title: api.public["/openapi.json"]() for title, api in apis.items()}
    return {"Token service": description.describe(SERVER), **described}


def page() -> str:
    """Describe each operation: what it takes, what it answers, and which scope it needs."""
    parts = [
        "# HTTP APIs",
        "Each API serves the OpenAPI document that this page is made of: the token service at `/openapi.json`, "
        "the others at `/openapi.json` below their base path.",
    ]
    for title, document in documents().items():
        base = document["servers"][0]["url"].removeprefix(SERVER)
        parts += [f"## {title}", f"Below `{base}`." if base else "At the issuer."]
        for path, item in sorted(document["paths"].items()):
            for method, one in sorted(item.items()):
                parts += [f"### {method.upper()} {path}", *_operation(one, document)]
        parts += _schemas(title, document)
    return text.page(*parts)


def _operation(one: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    yield text.plain(one.get("summary"))
    scopes = sorted({scope for scheme in one.get("security", []) for needed in scheme.values() for scope in needed})
    yield f"Needs any one of the scopes {', '.join(f'`{scope}`' for scope in scopes)}." if scopes else ""
    yield text.table(("parameter", "in", "type", "required"), map(_parameter, one.get("parameters", [])))
    for media_type, content in one.get("requestBody", {}).get("content", {}).items():
        yield f"Body, `{media_type}`: {_type(content['schema'])}"
        yield _fields(content["schema"])
    yield text.table(("status", "answer"), [_response(status, told, document) for status, told in _sorted(one)])


def _sorted(one: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    return sorted(one["responses"].items())


def _parameter(one: Mapping[str, Any]) -> Sequence[str]:
    return f"`{one['name']}`", one["in"], _type(one["schema"]), "yes" if one.get("required") else ""


def _response(status: str, one: Mapping[str, Any], document: Mapping[str, Any]) -> Sequence[str]:
    if "$ref" in one:
        one = document["components"]["responses"][one["$ref"].rpartition("/")[2]]
    schemas = [content["schema"] for content in one.get("content", {}).values() if "schema" in content]
    types = " or ".join(dict.fromkeys(_type(schema) for schema in schemas))
    return status, ": ".join(filter(None, (text.plain(one.get("description")), types)))


def _schemas(title: str, document: Mapping[str, Any]) -> Iterator[str]:
    named = document["components"].get("schemas", {})
    yield f"### Types of the API: {title}" if named else ""
    for name, schema in sorted(named.items()):
        yield f"#### {name}"
        yield text.plain(schema.get("description"))
        yield _fields(schema) or _type(schema)


def _fields(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", []))
    rows = [
        (f"`{name}`", _type(one), "yes" if name in required else "", text.plain(one.get("description")))
        for name, one in schema.get("properties", {}).items()
    ]
    return text.table(("field", "type", "required", "meaning"), rows)


def _type(schema: Mapping[str, Any]) -> str:
    """Return a schema in a word or two."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    for join in ("oneOf", "anyOf", "allOf"):
        if join in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[join]))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kinds = [kind] if isinstance(kind, str) else kind
    return " or ".join([*kinds, *(["null"] if schema.get("nullable") else [])])


class _Nowhere:
    """A transport that is never called: only the lists of operations are read."""

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(f"{operation}: {len(request)} values for nobody")


def _settings() -> Settings:
    return Settings(
        directory_table="directory",
        grants_table="grants",
        public_url="https://auth.example",
        process_cache_seconds=0,
        access_token_lifetime_seconds=3600,
        refresh_token_lifetime_seconds=86_400,
        grant_lifetime_seconds=2_592_000,
        region="us-east-1",
        endpoint_url="",
        access_key_id="",
        secret_access_key="",
        session_token="",
        container_credentials_url="",
        container_authorization_token="",
        signing_keys_secret="",
        signing_algorithm="RS256",
        log_level="INFO",
    )
