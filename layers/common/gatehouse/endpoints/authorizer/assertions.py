"""The backend's JWT: signed once for the same claims, which move on every few minutes.

Imported only where the parameter `BackendJwt` asks for it.
"""

import json
from functools import lru_cache

from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.oauth import backend_jwt
from gatehouse.domain.oauth.gate import TokenSubject
from gatehouse.domain.oauth.signing import Signer

_REMEMBERED = 1024


class Assertions:
    """Makes what backends read as `X-JWT-Assertion`."""

    def __init__(self, signer: Signer, issuer: str) -> None:
        """Sign nothing yet."""
        self._signer = signer
        self._issuer = issuer
        self._sign = lru_cache(maxsize=_REMEMBERED)(self._sign_anew)

    def assertion(self, subject: TokenSubject, api: Api, deployment: Deployment, now: int) -> str:
        """Return the JWT for a call that may pass.

        Raises:
            TemporarilyUnavailableError: The signing keys cannot be read.
        """
        claims = backend_jwt.claims(subject, api, deployment, self._issuer, now)
        return self._sign(self._signer.current_kid(), json.dumps(claims))

    def _sign_anew(self, kid: str, claims: str) -> str:
        return self._signer.sign(json.loads(claims), typ=backend_jwt.TYP, kid=kid)
