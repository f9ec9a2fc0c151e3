"""A member's own identities at the organisation's identity providers: shown and unlinked. Linking takes a browser."""

import msgspec

from gatehouse.domain.accounts import jobs, users
from gatehouse.domain.accounts.identity_providers import FederatedLink, FederatedLinkStore
from gatehouse.domain.accounts.organisations import OrganisationStore
from gatehouse.domain.accounts.users import UserStore
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError
from gatehouse.domain.portal.own_factors import require_fresh

LAST_WAY = "This is the only way to sign in. Set a password first."


class OwnIdentities(msgspec.Struct, frozen=True):
    """Shows and unlinks the caller's identities."""

    users: UserStore
    organisations: OrganisationStore
    links: FederatedLinkStore

    def find_all(self, caller: Caller) -> tuple[FederatedLink, ...]:
        """Return the identities that can sign in to the caller's account."""
        return self.links.find_links(caller.organisation, caller.user_id)

    def unlink(self, caller: Caller, provider_id: str, issuer: str) -> None:
        """Unlink an identity; every session and every token of the caller ends, and a mail tells.

        Raises:
            FreshSignInNeededError: The token's sign-in is too old, or without a second factor.
            NotFoundError: No identity of the provider is linked.
            ConflictError: It is the only way to sign in, or something changed meanwhile.
        """
        user = self.users.find_user(caller.organisation, caller.username)
        organisation = self.organisations.find_organisation(caller.organisation)
        if user is None or user.user_id != caller.user_id or organisation is None:
            raise NotFoundError("Your account is gone.")
        require_fresh(caller, user, organisation)
        links = self.find_all(caller)
        found = next((one for one in links if one.provider_id == provider_id), None)
        if found is None:
            raise NotFoundError("No identity of this provider is linked.")
        if user.password_hash is None and len(links) == 1:
            raise ConflictError(LAST_WAY)
        ended = users.end_everything(user)
        entry = caller.entry("member.unlink-identity", user.username, provider_id)
        job = jobs.notice(ended, "identity unlinked", issuer, caller.at_ms)
        if self.links.remove_link(user.organisation, found, user, ended, entry, job) is None:
            raise ConflictError("Your account changed meanwhile. Sign in again.")
