"""The secrets port right on moto's Secrets Manager, without an SDK in between; a test holds boto3 beside it."""

import json
import re
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse

from gatehouse.storage.transport import RequestRefusedError


def begin_rotation(region: str, secret: str, token: str) -> None:
    """Do what Secrets Manager does before it calls the function: make a version that has no value yet."""
    backend: Any = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region]
    version = {"createdate": 1, "version_id": token, "version_stages": ["AWSPENDING"]}
    backend.secrets[secret].versions.setdefault(token, version)


class MotoSecrets:
    """Counts its calls: `operations` is what a request cost."""

    def __init__(self, region: str) -> None:
        self._region = region
        self.operations: list[str] = []

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.operations.append(operation)
        handler = SecretsManagerResponse()
        handler.region, handler.current_account = self._region, DEFAULT_ACCOUNT_ID
        handler.body, handler.querystring, handler.uri_match = json.dumps(request), {}, {}
        action = getattr(handler, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower())
        try:
            return json.loads(action())
        except JsonRESTError as error:
            raise RequestRefusedError(str(error.description)) from error
