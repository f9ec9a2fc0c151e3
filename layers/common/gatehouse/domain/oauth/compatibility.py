"""What WSO2 does and the RFCs do not, for organisations that switched `compatibility` to `wso2`.

Not imitated: handing out the live token again with its remaining `expires_in`. We keep digests only.
"""

from gatehouse.domain.accounts.organisations import OrganisationStore
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidRequestError, OAuthError, UnsupportedGrantTypeError
from gatehouse.domain.oauth.clients import Client

WSO2 = "wso2"
APPLICATION_SCOPES = frozenset({"am_application_scope", scopes.DEFAULT})
"""What WSO2 shows of an application's token when no scope was asked for."""

_VALIDITY_MAX_SECONDS = 86_400


def is_on(store: OrganisationStore, client: Client) -> bool:
    """Say whether the client's organisation wants WSO2's ways; asked only where the ways part."""
    organisation = store.find_organisation(client.organisation)
    return organisation is not None and organisation.compatibility == WSO2


def unsupported_grant_type(store: OrganisationStore, client: Client, grant_type: str) -> OAuthError:
    """Return the refusal of an unknown grant type: WSO2 calls the request invalid."""
    if is_on(store, client):
        return InvalidRequestError(f"grant_type {grant_type[:64]!r}", description="Unsupported grant_type value")
    return UnsupportedGrantTypeError(f"grant_type {grant_type[:64]!r}")


def parse_validity_period(text: str) -> int:
    """Return how many seconds an application wants its token to live, at most a day.

    Raises:
        InvalidRequestError: It is no such number. WSO2's negative ones, which never end, are not for us.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 0 < int(text) <= _VALIDITY_MAX_SECONDS):
        raise InvalidRequestError(
            "validity_period", description="The validity_period must be a number of seconds from 1 to 86400."
        )
    return int(text)
