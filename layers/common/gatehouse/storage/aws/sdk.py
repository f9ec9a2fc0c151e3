"""Clients of the SDK that the runtime brings, for functions that nobody waits for."""

from typing import Any

import boto3
from botocore.config import Config

from gatehouse.storage.aws import deadlines


def client(service: str, *, connect_seconds: int, read_seconds: int, attempts: int, region: str | None = None) -> Any:
    """Return a client that begins no call which may outlast the invocation: TemporarilyUnavailableError comes first."""
    retries: Any = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=connect_seconds, read_timeout=read_seconds, retries=retries)
    made: Any = boto3.client(service, region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType, reportArgumentType, reportCallIssue]

    def check_time(**_: object) -> None:
        deadlines.require(connect_seconds + read_seconds)

    made.meta.events.register("before-send", check_time)
    return made
