"""`/key-managers`: Gatehouse issues the tokens itself, so there is one, WSO2's resident one."""

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.portal import key_set_inputs
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.rest.errors import UnknownKeyManagerError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

_ID = "resident-key-manager"


def check(fields: Fields) -> None:
    """Refuse a body that names another key manager.

    Raises:
        InvalidInputError: There is no such one.
    """
    if fields.text("keyManager") not in {"", rendering.KEY_MANAGER, _ID}:
        raise UnknownKeyManagerError("Key Manager not Registered", field="keyManager")


class KeyManagers(msgspec.Struct, frozen=True):
    """Answers about key managers."""

    @OperationRouter().get("/key-managers", gives="KeyManagerList", statuses=(200, 304))
    def find_all(self, call: ApiCall) -> Answer:
        """The one key manager, which is Gatehouse."""
        issuer = call.origin.issuer
        one = {
            "id": _ID,
            "name": rendering.KEY_MANAGER,
            "displayName": rendering.KEY_MANAGER,
            "type": "default",
            "description": "Gatehouse itself",
            "enabled": True,
            "availableGrantTypes": list(key_set_inputs.supported_grants()),
            "tokenEndpoint": f"{issuer}/token",
            "revokeEndpoint": f"{issuer}/revoke",
            "userInfoEndpoint": f"{issuer}/userinfo",
            "enableTokenGeneration": True,
            "enableTokenEncryption": False,
            "enableTokenHashing": True,
            "enableOAuthAppCreation": True,
            "enableMapOAuthConsumerApps": True,
            "applicationConfiguration": [],
            "alias": None,
            "additionalProperties": {
                "enable_multiple_client_secrets": "true",
                "client_secret_count": str(quotas.most("secrets")),
            },
            "tokenType": "DIRECT",
        }
        return Answer(listings.whole([one]))
