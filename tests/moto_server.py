"""Moto's server in this process, and the product's transport to it over HTTP: a second DynamoDB.

Its tables are those of `mock_aws` in the same process.
"""

import logging
import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from moto.server import ThreadedMotoServer

from gatehouse.storage.aws import transport as transports
from gatehouse.storage.aws.credentials import AwsCredentials
from gatehouse.storage.aws.transport import SignedTransport

_TIMEOUT_SECONDS = 60.0


class PatientTransport(SignedTransport):
    """The product's transport, except that it waits longer, and for as long as any clock of a test says.

    Moto is slow with many items, and some tests move the clock. Only the calls of this transport wait: a test of the
    product's own time-outs sees those.
    """

    @mock.patch.multiple(transports, _TIMEOUT_SECONDS=math.inf, _PATIENCE_SECONDS=math.inf)
    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """See `gatehouse.storage.aws.transport.Transport.call`."""
        return super().call(operation, request)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def transport_to_server(region: str) -> Generator[SignedTransport]:
    """Run the server, and connect as Lambda connects: signed, over one connection."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    credentials = AwsCredentials(access_key_id="testing", secret_access_key="testing")
    # Without a deadline, a connection waits at each step for as long as it may take to connect.
    with mock.patch.object(transports, "_TIMEOUT_SECONDS", _TIMEOUT_SECONDS):
        transport = PatientTransport(f"http://{host}:{port}", region, lambda: credentials)
    yield transport
    transport.close()
    server.stop()
