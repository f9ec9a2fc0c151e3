"""The identities of an account: the page that lists, links and unlinks them; and what a provider tells about them."""

import json
from typing import Any, LiteralString, cast

import msgspec

from gatehouse.domain.accounts import identity_providers, provider_sessions, users
from gatehouse.domain.accounts.identity_claims import SKEW_SECONDS
from gatehouse.domain.accounts.identity_providers import Identity, IdentityProvider, LogoutToken
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import plain_values, sealing
from gatehouse.domain.kernel.errors import InvalidRequestError, StalePageError
from gatehouse.domain.kernel.fetching import FetchError
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.domain.oauth.provider_client import Cause
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import federated, pages
from gatehouse.endpoints.signin.federated import FederatedEndpoint
from gatehouse.endpoints.signin.page_context import PageContext, SignedInUser

PATH = "/account/identities"

_SECONDS = 600
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TOKEN_SECONDS = 300
_TOKEN_ID_MAX_CHARACTERS = 255
_ATTEMPTS = 3

_LINKED: LiteralString = "This identity belongs to an account already, or you linked another one of this provider."
_LAST: LiteralString = "This is your only way to sign in. Set a password first."


class IdentitiesEndpoint(msgspec.Struct, frozen=True):
    """Shows and changes which identities are the account's."""

    federated: FederatedEndpoint

    def get(self, request: Request, organisation: str | None) -> Response:
        """List the organisation's providers, and which of them are linked."""
        context = self.federated.contexts.begin(request, organisation, {})
        person = self.federated.contexts.require_person(context)
        user, shown = person.user, person.organisation.identity_providers
        links = {one.provider_id: one for one in self.federated.links.find_links(user.organisation, user.user_id)}
        return self.federated.pages.show(
            context,
            "identities",
            user=user,
            links=links,
            names={key: name for key, name in sorted(shown.items()) if name or key in links},
        )

    def get_link(self, request: Request, organisation: str | None) -> Response:
        """Send the browser to the provider, to link an identity; the account's own sign-in must be fresh.

        Raises:
            InvalidRequestError: There is no such provider.
        """
        context = self.federated.contexts.begin(request, organisation, {})
        person = self.federated.steps.require_fresh(context, "identities")
        provider = self.federated.find_provider(context, person.organisation)
        return self.federated.leave(context, provider, "link", person.user)

    def post_link(self, request: Request, organisation: str | None) -> Response:
        """Link the identity that the page showed; every other session and every token of the account is revoked.

        Raises:
            StalePageError: Another site sent the form, or it is too old.
            InvalidRequestError: The identity is linked to another account.
        """
        context, form = self.federated.contexts.receive(request, organisation, {})
        person = self.federated.contexts.require_person(context)
        user, provider = person.user, self.federated.find_provider(context, person.organisation)
        identity = unseal(self.federated.client.sealing_key, user, form.get("identity", ""), context.now)
        if identity is None or identity.provider_id != provider.provider_id:
            raise StalePageError("sealed identity", path=context.path(PATH))
        standing = self.federated.links.find_links(user.organisation, user.user_id)
        if any(one.digest == identity.digest and one.provider_id == provider.provider_id for one in standing):
            return pages.redirect(context.path(PATH))  # the form was sent twice
        link = federated.link_of(context, identity, user)
        entry = context.entry(user, "member.link-identity", provider.provider_id)
        is_free = all(one.provider_id != provider.provider_id for one in standing)
        ended = users.end_everything(user)
        job = context.notice(ended, "identity linked")
        stored = self.federated.links.add_link(user.organisation, link, user, ended, entry, job) if is_free else None
        return self._renew(context, person, stored, _LINKED)

    def post_unlink(self, request: Request, organisation: str | None) -> Response:
        """Unlink an identity; every other session and every token of the account is revoked.

        Raises:
            StalePageError: Another site sent the form.
            InvalidRequestError: It is the only way to sign in, or the account changed meanwhile.
        """
        context, _ = self.federated.contexts.receive(request, organisation, {})
        person = self.federated.steps.require_fresh(context, "identities")
        user, provider_id = person.user, federated.provider_id_of(request)
        links = self.federated.links.find_links(user.organisation, user.user_id)
        found = next((one for one in links if one.provider_id == provider_id), None)
        if found is None:
            return pages.redirect(context.path(PATH))
        if not identity_providers.can_unlink(user, links, found, person.organisation):
            raise InvalidRequestError("the last way to sign in", description=_LAST)
        entry = context.entry(user, "member.unlink-identity", provider_id)
        ended = users.end_everything(user)
        job = context.notice(ended, "identity unlinked")
        stored = self.federated.links.remove_link(user.organisation, found, user, ended, entry, job)
        return self._renew(context, person, stored, "Your account changed meanwhile. Try again.")

    def get_sign_out(self, request: Request, organisation: str | None) -> Response:
        """Send the browser to the provider's own page for signing out (OpenID Connect RP-Initiated Logout).

        Raises:
            InvalidRequestError: There is no such provider, or it has no such page.
        """
        context, here = self.federated.begin(request, organisation, {})
        provider = self.federated.find_provider(context, here)
        if not provider.end_session_endpoint:
            raise InvalidRequestError(
                "no end_session_endpoint",
                description="Sign out at the identity provider itself: it has no page for that.",
            )
        separator = "&" if "?" in provider.end_session_endpoint else "?"
        hint = self.federated.sessions.find_hint(context, provider)
        query = forms.render_query(
            {
                **({"id_token_hint": hint} if hint else {}),
                "client_id": provider.client_id,
                "post_logout_redirect_uri": f"{context.issuer(provider.organisation)}/signin",
            }
        )
        return pages.redirect(f"{provider.end_session_endpoint}{separator}{query}")

    def post_logout_token(self, request: Request, organisation: str | None) -> Response:
        """End everything of the person whom the provider signed out (OpenID Connect Back-Channel Logout 1.0).

        A provider that is turned off still says whom it signs out: what began at it goes on.

        Raises:
            RefusalError: The token is not one, or was used before.
        """
        context, here = self.federated.begin(request, organisation, {})
        provider = self.federated.find_provider(context, here, may_be_off=True)
        claims = self._read_logout_token(context, provider, forms.parse(request).get("logout_token", ""))
        token = LogoutToken(
            provider_id=provider.provider_id, token_id=claims["jti"], expires_at=context.now + 2 * _TOKEN_SECONDS
        )
        for _ in range(_ATTEMPTS):  # the account may change meanwhile, and no provider sends the token again
            user = self._find_signed_out(context, provider, claims)
            if user is None:
                return responses.empty()
            entry = context.entry(user, "member.sign-out", "by the identity provider", actor=provider.provider_id)
            ended = users.end_everything(user)
            if self.federated.links.end_by_token(user.organisation, token, user, ended, entry):
                return responses.empty()
        raise self._refuse(provider, "jti used twice, or the account kept changing")

    def _find_signed_out(self, context: PageContext, provider: IdentityProvider, claims: dict[str, str]) -> User | None:
        """Return the account of a logout token's person, by `sub`, else by the session that `sid` names."""
        if "sub" in claims:
            identity = Identity(provider_id=provider.provider_id, issuer=provider.issuer, subject=claims["sub"])
            found = self.federated.links.find_link(provider.organisation, provider.provider_id, identity.digest)
        else:
            name = provider_sessions.name_of(provider.issuer, claims["sid"])
            found = self.federated.sessions.store.find_provider_session(
                provider.organisation, provider.provider_id, name
            )
            if found is not None and context.now >= found.expires_at:
                return None
        user = (
            None if found is None else self.federated.contexts.directory.find_user(found.organisation, found.username)
        )
        return user if found is not None and user is not None and user.user_id == found.user_id else None

    def _read_logout_token(self, context: PageContext, provider: IdentityProvider, token: str) -> dict[str, str]:
        """Check a logout token (section 2.6); return its `jti`, and `sub`, `sid` or both, which name the person."""
        cause = Cause(source=context.request.source, now=context.now)
        try:
            claims: Any = self.federated.client.verify(provider, token, cause)
        except (FetchError, ValueError) as error:
            raise self._refuse(provider, str(error)) from error
        if claims is None:
            raise self._refuse(provider, "signature")
        audience = claims.get("aud")
        listed: list[Any] = cast("list[Any]", audience) if isinstance(audience, list) else [audience]
        is_current = _is_current(claims.get("iat"), claims.get("exp", context.now), context.now)
        events = claims.get("events")
        is_logout = isinstance(events, dict) and _EVENT in events and "nonce" not in claims
        is_ours = claims.get("iss") == provider.issuer and provider.client_id in listed
        named = {name: claims[name] for name in ("jti", "sub", "sid") if name in claims}
        are_texts = all(isinstance(one, str) and 0 < len(one) <= _TOKEN_ID_MAX_CHARACTERS for one in named.values())
        is_complete = "jti" in named and len(named) > 1
        if not (is_current and is_logout and is_ours and are_texts and is_complete):
            raise self._refuse(provider, "claims of a logout token")
        return named

    def _refuse(self, provider: IdentityProvider, why: str) -> RefusalError:
        error = InvalidRequestError(
            f"logout token of {provider.provider_id}: {why}", description="The logout token is not accepted."
        )
        return RefusalError(error, responses.oauth_error(error))

    def _renew(
        self, context: PageContext, person: SignedInUser, stored: User | None, problem: LiteralString
    ) -> Response:
        if stored is None:
            raise InvalidRequestError("the account's identities", description=problem)
        return pages.redirect(context.path(PATH), self.federated.steps.renew(context, person, stored))


def _is_current(issued: Any, expires: Any, now: int) -> bool:
    """Say whether a logout token was issued just now and has not expired; older providers say no `exp`."""
    if not all(type(time) in {int, float} for time in (issued, expires)):
        return False
    return abs(now - issued) <= _TOKEN_SECONDS and now < expires + SKEW_SECONDS


def seal(key: SealingKeyStore, user: User, identity: Identity, now: int) -> str:
    """Return the identity for a hidden field: only we can have made it, for this user, minutes ago."""
    content = json.dumps({**plain_values.of(identity), "groups": None, "at": now}).encode()
    return sealing.seal(key.find_sealing_key(), content, _context(user)).hex()


def unseal(key: SealingKeyStore, user: User, text: str, now: int) -> Identity | None:
    """Return the identity; None if it was not sealed for this user, or too long ago."""
    try:
        opened = sealing.open_sealed(key.find_sealing_key(), bytes.fromhex(text), _context(user))
    except ValueError:
        return None
    if opened is None:
        return None
    values: dict[str, Any] = json.loads(opened)
    at = values.pop("at")
    return Identity(**values) if now - at <= _SECONDS else None


def _context(user: User) -> str:
    return f"identity of {user.organisation} {user.user_id} {user.generation}"
