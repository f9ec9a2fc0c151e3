"""`/key-managers`: Gatehouse issues the tokens itself, so there is one, WSO2's resident one."""

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.portal import key_set_inputs
from gatehouse.endpoints.devportal.fixed_values import KEY_MANAGER
from gatehouse.endpoints.rest import listings
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.rest.errors import UnknownKeyManagerError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter


def check(fields: Fields) -> None:
    """Refuse a body that names another key manager.

    Raises:
        InvalidInputError: There is no such one.
    """
    if fields.text("keyManager") not in {"", KEY_MANAGER["name"], KEY_MANAGER["id"]}:
        raise UnknownKeyManagerError("Key Manager not Registered", field="keyManager")


class KeyManagers(msgspec.Struct, frozen=True):
    """Answers about key managers."""

    @OperationRouter().get("/key-managers", gives="KeyManagerList")
    def find_all(self, call: ApiCall) -> Answer:
        """The one key manager, which is Gatehouse."""
        issuer = call.origin.issuer
        one = {
            "availableGrantTypes": list(key_set_inputs.supported_grants()),
            "tokenEndpoint": f"{issuer}/token",
            "revokeEndpoint": f"{issuer}/revoke",
            "userInfoEndpoint": f"{issuer}/userinfo",
            "additionalProperties": {
                "enable_multiple_client_secrets": "true",
                "client_secret_count": str(quotas.most("secrets")),
            },
            **KEY_MANAGER,
        }
        return Answer(listings.whole([one]))
