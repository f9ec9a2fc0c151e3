"""Integration tests run against a deployed stack."""

from collections.abc import Iterator

import httpx
import pytest

from gatehouse.storage.tables import Tables
from tests import people
from tests.deployed import Deployed, deployed, http
from tests.people import Person

__all__ = ["deployed", "http"]


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
