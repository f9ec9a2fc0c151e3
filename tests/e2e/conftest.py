"""Real clients that nobody here wrote, against a deployed stack."""

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.browsers import chromium, context, page, party
from tests.clients.conftest import installed as npm_clients
from tests.deployed import Deployed, deployed, http
from tests.people import Person

__all__ = ["chromium", "context", "deployed", "http", "npm_clients", "page", "party"]


@pytest.fixture(scope="session")
def tables(deployed: Deployed) -> Tables:
    """The stack's tables, as only a function of it may open them."""
    return people.open_tables(deployed)


@pytest.fixture
def person(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    """Somebody whom no other test knows."""
    return people.person(deployed, tables, http)


@pytest.fixture
def authority(deployed: Deployed) -> str:
    """The file of the certificate authority that signed the front's certificate."""
    return str(deployed.directory / "state" / "tls" / "authority.pem")


@pytest.fixture
def store(deployed: Deployed) -> str:
    """The store's address."""
    return f"{deployed.stack['base_url']}/store"
