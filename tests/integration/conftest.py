"""Integration tests run against a deployed stack."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from copy import replace
from typing import Any

import httpx
import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.deployed import Deployed, deployed, http
from tests.people import Person
from tests.vectors import authorization
from tests.visitors import Visitor

__all__ = ["deployed", "http"]

type NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="session")
def tables(deployed: Deployed) -> Tables:
    """The stack's tables, as only a function of it may open them."""
    return people.open_tables(deployed)


@pytest.fixture
def person(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody whom no other test knows."""
    return people.person(deployed, tables, http)


@pytest.fixture
def stranger(deployed: Deployed) -> Iterator[httpx.Client]:
    """A client at an address of its own."""
    with people.stranger(deployed) as client:
        yield client


@pytest.fixture(scope="session")
def citizen(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody whom many tests know: they may use up tokens, but end or change nothing of theirs."""
    return people.person(deployed, tables, http)


@pytest.fixture(scope="session")
def rival(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody else with another application of the same organisation, for as many tests."""
    return people.person(deployed, tables, http, grant_types=people.GRANT_TYPES | {"authorization_code"})


@pytest.fixture(scope="session")
def public(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody with a public application, for as many tests."""
    return people.person(deployed, tables, http, secrets=(), authentication_methods=frozenset({"none"}))


@pytest.fixture(scope="session")
def jwt_citizen(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody whose application wants JWT access tokens, for as many tests."""
    return people.person(deployed, tables, http, token_format="jwt")


@pytest.fixture(scope="session")
def visit(deployed: Deployed, tables: Tables, http: httpx.Client) -> Iterator[NewVisitor]:
    """Make somebody at a browser of their own, who comes from an application with redirect URIs."""
    with ExitStack() as opened:

        def make(**of_client: Any) -> Visitor:
            fields: dict[str, Any] = {
                "grant_types": people.GRANT_TYPES | {"authorization_code"},
                "redirect_uris": authorization.REDIRECT_URIS,
                "post_logout_redirect_uris": ("https://client.example/bye",),
                **of_client,
            }
            made = people.person(deployed, tables, http, **fields)
            user = replace(
                made.user, display_name="Vera", email=f"{made.user.username}@example.com", email_verified=True
            )
            DirectoryWriter(tables).save_user(user)
            return Visitor(person=replace(made, user=user), browser=opened.enter_context(people.stranger(deployed)))

        yield make


@pytest.fixture(scope="session")
def visitor(visit: NewVisitor) -> Visitor:
    """Somebody who has signed in and agreed to everything; many tests share the session, and none ends it."""
    visitor = visit()
    visitor.answer(scope="openid profile email read update")
    return visitor


@pytest.fixture
def newcomer(visitor: Visitor, stranger: httpx.Client) -> Visitor:
    """The same person at a browser that nobody used before."""
    return replace(visitor, browser=stranger)
