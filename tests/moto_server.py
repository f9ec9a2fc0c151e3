"""Moto's server in this process, and the product's transport to it over HTTP: a second DynamoDB.

Its tables are those of `mock_aws` in the same process.
"""

import logging
import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from moto.server import ThreadedMotoServer

from gatehouse.storage import transport as transports
from gatehouse.storage.credentials import Credentials
from gatehouse.storage.transport import SignedTransport

_TIMEOUT_SECONDS = 60.0


@contextmanager
def transport_to_server(region: str) -> Generator[SignedTransport]:
    """Run the server, and connect as Lambda connects: signed, over one connection.

    Moto is slow with many items, and some tests move the clock: the transport waits longer than in Lambda.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    patience = mock.patch.multiple(transports, _TIMEOUT_SECONDS=_TIMEOUT_SECONDS, _PATIENCE_SECONDS=math.inf)
    # Moto adds up the item at each attribute; tests/strict_requests.py looks at the size already.
    quick = mock.patch.object(LimitedSizeDict, "__setitem__", dict[str, Any].__setitem__)
    credentials = Credentials(access_key_id="testing", secret_access_key="testing")
    with patience, quick:
        transport = SignedTransport(f"http://{host}:{port}", region, lambda: credentials)
        yield transport
    transport._connection.close()
    server.stop()
