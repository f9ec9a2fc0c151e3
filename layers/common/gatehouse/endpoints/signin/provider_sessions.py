"""What a browser's sign-in at a provider leaves: the provider's name of the session, and what asks to end that."""

from copy import replace

import msgspec

from gatehouse.domain.accounts import provider_sessions
from gatehouse.domain.accounts.identity_providers import Identity, IdentityProvider
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.provider_sessions import HINT_MAX_CHARACTERS, ProviderSession, ProviderSessionStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, sealing
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.endpoints.signin.page_context import PageContext
from gatehouse.endpoints.web import cookies

_COOKIE = "__Host-gatehouse.provider-"


class ProviderSessions(msgspec.Struct, frozen=True):
    """Keeps and finds them; a cookie says which is the browser's."""

    store: ProviderSessionStore
    keys: SealingKeyStore
    session_lifetime_seconds: int

    def keep(
        self,
        context: PageContext,
        organisation: Organisation,
        provider: IdentityProvider,
        identity: Identity,
        user: User,
        id_token: str,
    ) -> tuple[str, ...]:
        """Store what the provider calls its session, and what asks it to end that; return the browser's cookie.

        It is stored before ours begins, so that no session is without it.
        """
        is_hint = bool(provider.end_session_endpoint) and len(id_token) <= HINT_MAX_CHARACTERS
        if not is_hint and not identity.session_id:
            return ()
        secret = digests.generate_secret()
        session_id = identity.session_id or digests.generate_secret()
        seconds = max(self.session_lifetime_seconds, organisation.federated_grant_hours * 3600)
        session = ProviderSession(
            organisation=organisation.key,
            provider_id=provider.provider_id,
            name=provider_sessions.name_of(provider.issuer, session_id),
            browser=digests.digest(secret),
            user_id=user.user_id,
            username=user.username,
            expires_at=context.now + seconds,
        )
        if is_hint:
            key = self.keys.find_sealing_key()
            session = replace(session, sealed_token=sealing.seal(key, id_token.encode(), session.sealing_context))
        self.store.add_provider_session(organisation.key, session)
        value = provider_sessions.render_cookie(session, secret)
        return (cookies.render(_session_cookie(organisation.key), value, seconds),)

    def find_hint(self, context: PageContext, provider: IdentityProvider) -> str:
        """Return the ID token behind this browser's last sign-in at the provider; empty if it is not known."""
        named = provider_sessions.parse_cookie(context.request.cookies.get(_session_cookie(provider.organisation), ""))
        if named is None:
            return ""
        name, secret = named
        found = self.store.find_provider_session(provider.organisation, provider.provider_id, name)
        if found is None or not found.sealed_token or not provider_sessions.belongs_to(found, secret, context.now):
            return ""
        key = self.keys.find_sealing_key()
        return (sealing.open_sealed(key, found.sealed_token, found.sealing_context) or b"").decode()


def _session_cookie(organisation: str) -> str:
    return f"{_COOKIE}{organisation}"
