"""Key layout of both tables. No other module spells a key.

Every part that a person or a client chose is percent-encoded, so that no two entities can share a key.
Each entity has a partition key of its own: a busy organisation is not a busy partition.
"""

from urllib.parse import quote

type Key = dict[str, dict[str, str]]


def organisation(organisation: str) -> Key:
    """Return the key of an organisation."""
    return _key("ORGANISATION", organisation)


def user(organisation: str, username: str) -> Key:
    """Return the key of a user, by the username in its one spelling."""
    return _key("USER", organisation, username)


def username(organisation: str, user_id: str) -> Key:
    """Return the key of the item that leads from a user id to the username."""
    return _key("USERNAME", organisation, user_id)


def application(organisation: str, application_id: str) -> Key:
    """Return the key of an application."""
    return _key("APPLICATION", organisation, application_id)


def client(client_id: str) -> Key:
    """Return the key of a client; client ids are globally unique."""
    return _key("CLIENT", client_id)


def api(organisation: str, api_id: str) -> Key:
    """Return the key of an API."""
    return _key("API", organisation, api_id)


def deployment(account: str, region: str, gateway_id: str, stage: str) -> Key:
    """Return the key of the item that leads from a stage of an API Gateway API to our API."""
    return _key("DEPLOYMENT", account, region, gateway_id, stage)


def grant(grant_id: str) -> Key:
    """Return the key of a grant; grant ids are globally unique, and random, so that no partition is hot."""
    return _key("GRANT", grant_id)


def failures(organisation: str, username: str) -> Key:
    """Return the key of an account's failure counter; the account need not exist."""
    return _key("FAILURES", organisation, username)


def source_failures(source: str, window: int) -> Key:
    """Return the key of a source address's failure counter in one window."""
    return _key("SOURCE", source, str(window))


def user_grants(organisation: str, user_id: str) -> str:
    """Return the hash key of a user's grants in the index `by_user`."""
    return _join(organisation, user_id)


def collection(kind: str, *parts: str) -> str:
    """Return the hash key of a listing in the index `by_collection`, such as the users of an organisation."""
    return _join(kind, *parts)


def _key(*parts: str) -> Key:
    return {"pk": {"S": _join(*parts)}}


def _join(*parts: str) -> str:
    return "#".join(quote(part, safe="@+ ") for part in parts)
