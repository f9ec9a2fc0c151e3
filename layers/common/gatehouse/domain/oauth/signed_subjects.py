"""JWT access tokens taken at their word (RFC 9068 section 4), for APIs that do not ask whether one was revoked.

What is read is remembered for seconds: the public keys, the client, its application, and the organisation. So what
ended a client or an organisation is seen; what revoked one grant, or all of a user's, is not.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from gatehouse.domain.oauth import access_tokens
from gatehouse.domain.oauth.access_tokens import Claimed
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.gate import TokenSubject
from gatehouse.domain.oauth.signing import PublicKeyStore
from gatehouse.domain.oauth.subjects import SubjectDirectory
from gatehouse.domain.oauth.tokens import Access, AccessToken


class SignedSubjectDirectory(SubjectDirectory, PublicKeyStore, Protocol):
    """What is read; all answers at most the cache seconds old."""


def find(directory: SignedSubjectDirectory, issuer: str, token: AccessToken, now: int) -> TokenSubject | None:
    """Return the subject of a JWT access token of ours; None if its signature does not tell, so the grant must.

    Args:
        directory: Where the keys and the subject are found.
        issuer: The deployment's; each organisation has one below it.
        token: As it was presented.
        now: NumericDate.
    """
    if not token.is_jwt:
        return None
    jwks = directory.find_public_keys()
    claims = _verify(token.secret, jwks)
    if claims is None or not _is_ours(claims, issuer) or now >= claims["exp"]:
        return None
    client, organisation, application = directory.find_holder(
        str(claims["organisation"]), str(claims["client_id"]), None
    )
    if client is None or organisation is None or not (client.is_active and organisation.is_active):
        return None
    is_current = access_tokens.is_generation_current(claims["generation"], client, organisation)
    if client.organisation != claims["organisation"] or not is_current:
        return None
    access = Access(frozenset(str(claims["scope"]).split()), claims["exp"], tuple(claims.get("resources", ())))
    return TokenSubject(_claimed(claims, client, token.grant_id), access, client, application)


def _verify(token: str, jwks: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Check signature and `typ`; the keys say which algorithms there are, the token only which of them."""
    from gatehouse.domain.kernel import jose  # only here: it takes longer to import than everything else at the gate

    return jose.verify(token, jwks, typ=access_tokens.TYP, algorithms={str(one["alg"]) for one in jwks["keys"]})


def _is_ours(claims: Mapping[str, Any], issuer: str) -> bool:
    """Say whether the issuer is ours or the organisation's, the audience is right, and nothing is missing."""
    is_whole = claims.keys() >= access_tokens.CLAIMS and isinstance(claims["exp"], int)
    issuers = {issuer, f"{issuer}/t/{claims.get('organisation')}"}
    if not issuer or not is_whole or claims["iss"] not in issuers:
        return False
    return claims["aud"] == access_tokens.audience(claims.get("resources", ()), claims["iss"])


def _claimed(claims: Mapping[str, Any], client: Client, grant_id: str) -> Claimed:
    subject = str(claims["sub"])
    return Claimed(
        grant_id=grant_id,
        organisation=client.organisation,
        client_id=client.client_id,
        application_id=client.application_id,
        key_type=client.key_type,
        user_id=None if subject == client.client_id else subject,
    )
