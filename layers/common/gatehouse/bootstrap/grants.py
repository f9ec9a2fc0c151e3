"""The grant context, for every function that issues tokens."""

from functools import partial
from typing import TYPE_CHECKING

from gatehouse.bootstrap import signer
from gatehouse.domain.oauth.grants import GrantContext, Lifetimes
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.codes import DynamoDBCodes
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.sign_ins import DynamoDBSignIns

if TYPE_CHECKING:
    from gatehouse.domain.oauth.device_requests import DeviceRequestStore


def context(
    settings: Settings, connected: Tables, directory: DynamoDBDirectory, secrets: Transport | None = None
) -> GrantContext:
    """Build what grant types work on."""
    lifetimes = Lifetimes(
        access_token_seconds=settings.access_token_lifetime_seconds,
        refresh_token_seconds=settings.refresh_token_lifetime_seconds,
        grant_seconds=settings.grant_lifetime_seconds,
    )
    return GrantContext(
        directory,
        DynamoDBGrants(connected),
        DynamoDBCodes(connected),
        DynamoDBConnections(connected),
        DynamoDBSignIns(connected, directory),
        signer.build(settings, secrets),
        lifetimes,
        partial(_devices, connected),
    )


def _devices(connected: Tables) -> "DeviceRequestStore":
    from gatehouse.storage.device_requests import DynamoDBDeviceRequests  # only for devices: no start waits for it

    return DynamoDBDeviceRequests(connected)
