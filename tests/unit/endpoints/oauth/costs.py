"""Functions whose operations are recorded."""

from collections.abc import Callable
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer, token
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.endpoints.authorizer import Authorizer
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import factories
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints.conftest import TokenService


@pytest.fixture
def service(johnsorg: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation) -> TokenService:
    """A token endpoint that remembers, and has seen the client, its application and its API."""
    del johnsorg, rotation
    service = TokenService(token.router(factories.settings(process_cache_seconds=60), tables, secrets))
    service.client_credentials(scope="read")
    return service


@pytest.fixture
def gate(johnsorg: DirectoryWriter, tables: Tables) -> Authorizer:
    del johnsorg
    return authorizer.authorizer(factories.settings(process_cache_seconds=60), tables)


def recorded(transport: RecordingTransport) -> list[str]:
    """Return a list that grows by the kind of each item that is read or written from now on."""
    wanted: list[str] = []
    call: Callable[..., dict[str, Any]] = transport.call

    def recording(operation: str, request: dict[str, Any]) -> dict[str, Any]:
        batches: Any = request.get("RequestItems", {}).values()
        keys = [request.get("Key") or request.get("Item"), *(key for batch in batches for key in batch["Keys"])]
        wanted.extend(key["pk"]["S"].partition("#")[0] for key in keys if key)
        return call(operation, request)

    transport.call = recording
    return wanted
