"""Signing in at an identity provider of the organisation (OpenID Connect Core section 3.1), and coming back.

The way there is a link, never a form: browsers hold the policy of a form's page against every redirect that follows.
Each provider has a redirect URI of its own, and each sign-in belongs to one browser and one provider, so that one
provider's answer is never taken for another's (RFC 9700 section 4.4).
"""

import secrets
from collections.abc import Mapping
from copy import replace
from typing import LiteralString
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.accounts import factors, federated_sign_ins, identity_claims, jobs, usernames
from gatehouse.domain.accounts.federated_sign_ins import FederatedSignIn, FederatedSignInStore, Purpose
from gatehouse.domain.accounts.identity_claims import IdentityRefusedError
from gatehouse.domain.accounts.identity_providers import (
    FederatedLink,
    FederatedLinkStore,
    Identity,
    IdentityProvider,
    IdentityProviderStore,
)
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.password_changes import AccountStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, names
from gatehouse.domain.kernel.errors import (
    AccessDeniedError,
    InvalidRequestError,
    OAuthError,
    TemporarilyUnavailableError,
)
from gatehouse.domain.kernel.fetching import FetchError
from gatehouse.domain.oauth import authorization
from gatehouse.domain.oauth.provider_client import Cause, ProviderClient, ProviderFaultError
from gatehouse.endpoints import error_table, forms, responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.page_context import (
    COOKIE_MAX_CHARACTERS,
    PageContext,
    PageContexts,
)
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.provider_sessions import ProviderSessions
from gatehouse.endpoints.signin.steps import Proof, Steps
from gatehouse.endpoints.web import cookies

_COOKIE = "__Host-gatehouse.federated"
_FRESH = frozenset({"login", "select_account"})
"""What a client prompts for, where the person is to sign in again."""

_FRESH_SECONDS = 300
_ATTEMPTS = 3
_NAME_MAX_CHARACTERS = 100

_STALE: LiteralString = "This sign-in has expired, was used already, or began in another browser. Start again."
_DENIED: LiteralString = "The identity provider did not let you in. Start again, or sign in another way."
_WRONG: LiteralString = "The identity provider's answer cannot be trusted. Tell your administrator."
_NOT_LINKED: LiteralString = (
    "No account belongs to this identity. If you have an account, sign in to it and link the identity under Sign-in"
    " methods. Otherwise ask your administrator for an invitation."
)
_TAKEN: LiteralString = (
    "An account of this name exists already. Sign in to it and link the identity under Sign-in methods."
)
_DISABLED: LiteralString = "Your account in this organisation is disabled. Ask your administrator."
_WAITS: LiteralString = (
    "Your account is created and awaits the approval of an administrator. Sign in again once it is approved."
)
_UNREACHABLE: LiteralString = "The identity provider cannot be reached. Try again in a moment."


class FederatedEndpoint(msgspec.Struct, frozen=True):
    """Sends people to providers, and takes them back."""

    contexts: PageContexts
    steps: Steps
    providers: IdentityProviderStore
    accounts: AccountStore
    links: FederatedLinkStore
    sign_ins: FederatedSignInStore
    sessions: ProviderSessions
    client: ProviderClient
    pages: SignInPages

    def get_start(self, request: Request, organisation: str | None) -> Response:
        """Send the browser to the provider, to sign in.

        Raises:
            InvalidRequestError: There is no such provider.
        """
        context, here = self.begin(request, organisation, forms.parse_query(request.query))
        return self.leave(context, self.find_provider(context, here), "sign-in")

    def get_callback(self, request: Request, organisation: str | None) -> Response:
        """Take the provider's answer: sign in, or show what would be linked.

        Raises:
            RefusalError: The answer is not one to this browser's request, or its person may not sign in.
            TemporarilyUnavailableError: The provider cannot be reached now.
        """
        answer = forms.parse_query(request.query)
        context, here = self.begin(request, organisation, {})
        provider = self.find_provider(context, here)
        secret = _secret(request)
        begun = self.sign_ins.consume_sign_in(here.key, digests.digest(answer.get("state", "")))
        if begun is None or not federated_sign_ins.belongs_to(begun, provider.provider_id, secret, context.now):
            raise self._refusal(context, InvalidRequestError("state of a federated sign-in", description=_STALE))
        context = replace(context, prefix=begun.prefix, parameters=forms.parse_query(begun.query))
        identity, id_token = self._identify(context, provider, begun, secret, answer)
        if begun.purpose == "link":
            return self._show_link(context, provider, identity, begun)
        return self._sign_in(context, here, provider, identity, id_token)

    def find_provider(
        self, context: PageContext, organisation: Organisation, *, may_be_off: bool = False
    ) -> IdentityProvider:
        """Return the provider that the path names.

        Raises:
            InvalidRequestError: There is none, or it is turned off.
        """
        provider_id = provider_id_of(context.request)
        shown = organisation.identity_providers.get(provider_id)
        is_wanted = shown is not None if may_be_off else bool(shown)
        found = self.providers.find_provider(organisation.key, provider_id) if is_wanted else None
        if found is None or not (found.is_enabled or may_be_off):
            raise InvalidRequestError("unknown provider", description="There is no such identity provider.")
        return found

    def leave(
        self, context: PageContext, provider: IdentityProvider, purpose: Purpose, user: User | None = None
    ) -> Response:
        """Send the browser to the provider, and remember why. Another tab may be there already, by the same cookie."""
        state, secret = digests.generate_secret(), _secret(context.request) or digests.generate_secret()
        asked = context.parameters
        max_age = authorization.parse_max_age(asked.get("max_age"))
        is_prompted = max_age == 0 or not _FRESH.isdisjoint(asked.get("prompt", "").split())
        is_fresh = purpose == "link" or "page" in asked or is_prompted
        max_age = 0 if is_fresh else max_age
        begun = FederatedSignIn(
            digest=digests.digest(state),
            browser=digests.digest(secret),
            organisation=provider.organisation,
            provider_id=provider.provider_id,
            purpose=purpose,
            user_id=user.user_id if user else "",
            prefix=context.prefix,
            query=context.query,
            is_fresh=is_fresh,
            expires_at=context.now + federated_sign_ins.LIFETIME_SECONDS,
        )
        self.sign_ins.add_sign_in(provider.organisation, begun)
        parameters = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": _redirect_uri(context, provider),
            "scope": " ".join(("openid", *(one for one in provider.scopes if one != "openid"))),
            "state": state,
            "nonce": federated_sign_ins.nonce(secret, state),
            "code_challenge": federated_sign_ins.challenge(secret, state),
            "code_challenge_method": "S256",
            **({"prompt": "login"} if is_fresh else {}),
            **({} if max_age is None else {"max_age": str(max_age)}),
            **({"login_hint": asked["login_hint"][:200]} if "login_hint" in asked else {}),
        }
        separator = "&" if "?" in provider.authorization_endpoint else "?"
        cookie = cookies.render(_COOKIE, secret, federated_sign_ins.LIFETIME_SECONDS)
        return pages.redirect(f"{provider.authorization_endpoint}{separator}{urlencode(parameters)}", (cookie,))

    def begin(
        self, request: Request, organisation: str | None, parameters: Mapping[str, str]
    ) -> tuple[PageContext, Organisation]:
        """Return the context and its organisation.

        Raises:
            InvalidRequestError: Neither the path nor a client names one.
        """
        context = self.contexts.begin(request, organisation, parameters)
        if context.organisation is None:
            raise InvalidRequestError("no organisation", description="The address names no organisation.")
        return context, context.organisation

    def _identify(
        self,
        context: PageContext,
        provider: IdentityProvider,
        begun: FederatedSignIn,
        secret: str,
        answer: Mapping[str, str],
    ) -> tuple[Identity, str]:
        """Return who the provider says it is, once everything about it is checked, and the ID token that says it."""
        issuer = answer.get("iss", "" if provider.sends_iss else provider.issuer)
        if issuer != provider.issuer:
            raise self._refusal(context, InvalidRequestError("iss of an authorization response", description=_WRONG))
        if "code" not in answer:
            reason = f"provider {provider.provider_id} answered {answer.get('error', '')[:40]!r}"
            raise self._refusal(context, AccessDeniedError(reason, description=_DENIED))
        cause = Cause(source=context.request.source, now=context.now)
        redirect_uri = _redirect_uri(context, provider)
        try:
            verifier = federated_sign_ins.verifier(secret, answer["state"])
            proved = self.client.redeem(provider, answer["code"], redirect_uri, verifier, cause)
            max_age = 0 if begun.is_fresh else authorization.parse_max_age(context.parameters.get("max_age"))
            if max_age is not None:
                _require_fresh(proved.claims, context.now, max_age)
            nonce = federated_sign_ins.nonce(secret, answer["state"])
            return identity_claims.check(provider, proved.claims, nonce, context.now), proved.text
        except (IdentityRefusedError, ProviderFaultError, ValueError) as error:
            reason = f"provider {provider.provider_id}: {error}"
            raise self._refusal(context, AccessDeniedError(reason, description=_WRONG)) from error
        except FetchError as error:
            raise self._refusal(context, TemporarilyUnavailableError(str(error), description=_UNREACHABLE)) from error

    def _sign_in(
        self,
        context: PageContext,
        organisation: Organisation,
        provider: IdentityProvider,
        identity: Identity,
        id_token: str,
    ) -> Response:
        """Let the person on as the account that the identity is linked to, or as a new one."""
        link = self.links.find_link(organisation.key, provider.provider_id, identity.digest)
        user = self._find_linked(context, link) if link else self._create(context, organisation, provider, identity)
        if not user.is_active:
            reason = f"user {user.user_id} {'awaits approval' if user.awaits_approval else 'is blocked'}"
            description = _WAITS if user.awaits_approval else _DISABLED
            raise self._refusal(context, AccessDeniedError(reason, description=description))
        user = self._update_roles(context, provider, identity, user)
        proved = {factors.FEDERATED} | ({factors.MULTI_FACTOR} if identity.has_factor else set[str]())
        cookies = self.sessions.keep(context, organisation, provider, identity, user, id_token)
        proof = Proof(user=user, organisation=organisation, methods=frozenset(proved), proved_at=identity.proved_at)
        return self.steps.proceed(context, proof, cookies)

    def _find_linked(self, context: PageContext, link: FederatedLink) -> User:
        """Return the account of a link.

        The link is read again after the account: the account's generation is then older than the proof, so that a
        session ends if the link is removed meanwhile.
        """
        user = self.contexts.directory.find_user(link.organisation, link.username)
        standing = self.links.find_link(link.organisation, link.provider_id, link.digest)
        if user is None or standing != link or user.user_id != link.user_id:
            reason = f"link to user {link.user_id}, who is gone"
            raise self._refusal(context, AccessDeniedError(reason, description=_NOT_LINKED))
        return user

    def _create(
        self, context: PageContext, organisation: Organisation, provider: IdentityProvider, identity: Identity
    ) -> User:
        """Give the person an account of their own, never one that exists; administrators approve it as a sign-up."""
        if not provider.creates_members:
            reason = f"an identity of {provider.provider_id} without an account"
            raise self._refusal(context, AccessDeniedError(reason, description=_NOT_LINKED))
        username = usernames.normalise(identity.email) or f"{provider.provider_id}-{identity.digest[:12]}"
        waits = organisation.sign_up_approval
        user = User(
            organisation=provider.organisation,
            user_id=secrets.token_hex(16),
            username=username,
            password_hash=None,
            roles=identity_claims.map_roles(provider, identity, frozenset()),
            display_name=names.parse(identity.name, _NAME_MAX_CHARACTERS) or "",
            email=identity.email,
            email_verified=bool(identity.email),
            awaits_approval=waits,
            blocks=frozenset({"approval"}) if waits else frozenset(),
        )
        job = jobs.request(organisation, context.issuer(), context.request.arrived_at_ms) if waits else None
        detail = f"at {provider.provider_id}{', awaits approval' if waits else ''}"
        entry = context.entry(user, "member.sign-up", detail)
        link = link_of(context, identity, user)
        stored = self.links.add_link(user.organisation, link, None, user, entry, job)
        if stored is None:
            reason = f"the name of an identity of {provider.provider_id} is taken"
            raise self._refusal(context, AccessDeniedError(reason, description=_TAKEN))
        return stored

    def _update_roles(self, context: PageContext, provider: IdentityProvider, identity: Identity, user: User) -> User:
        """Give the person the roles of their groups; what else changes meanwhile stays."""
        found: User | None = user
        for _ in range(_ATTEMPTS):
            if found is None or found.generation != user.generation or not found.is_active:
                break
            roles = identity_claims.map_roles(provider, identity, found.roles)
            if roles == found.roles:
                return found
            entry = context.entry(found, "member.roles", f"{' '.join(sorted(roles))}, by {provider.provider_id}")
            stored = self.accounts.change_user(found.organisation, found, replace(found, roles=roles), entry)
            if stored is not None:
                return stored
            found = self.contexts.directory.find_user(user.organisation, user.username)
        raise TemporarilyUnavailableError("the account kept changing")

    def _show_link(
        self, context: PageContext, provider: IdentityProvider, identity: Identity, begun: FederatedSignIn
    ) -> Response:
        from gatehouse.endpoints.signin import identities  # only for links

        person = self.contexts.find_person(context)
        if person is None or person.user.user_id != begun.user_id:
            raise self._refusal(context, InvalidRequestError("another user links an identity", description=_STALE))
        sealed = identities.seal(self.client.sealing_key, person.user, identity, context.now)
        return self.pages.show(
            context,
            "identity_link",
            user=person.user,
            provider=provider,
            email=identity.email,
            name=identity.name,
            sealed=sealed,
        )

    def _refusal(self, context: PageContext, error: OAuthError) -> RefusalError:
        page = self.pages.show(
            context,
            "federated_error",
            status=error_table.status(error),
            headers=responses.retry_after(error),
            message=error.description,
            cookies=(),
        )
        return RefusalError(error, page)


def provider_id_of(request: Request) -> str:
    """Return the id of the provider that the path names."""
    return request.path.rpartition("/federated/")[2].partition("/")[0]


def _secret(request: Request) -> str:
    """Return what the browser's cookie holds; empty without one."""
    return request.cookies.get(_COOKIE, "")[:COOKIE_MAX_CHARACTERS]


def _redirect_uri(context: PageContext, provider: IdentityProvider) -> str:
    return f"{context.issuer(provider.organisation)}/federated/{provider.provider_id}/callback"


def _require_fresh(claims: Mapping[str, object], now: int, max_age_seconds: int) -> None:
    """Refuse an older sign-in at the provider than was asked for, if it says how old it is.

    The way back may take as long as a fresh sign-in does.

    Raises:
        IdentityRefusedError: It is older.
    """
    at = claims.get("auth_time")
    oldest = max(max_age_seconds, _FRESH_SECONDS) + identity_claims.SKEW_SECONDS
    if isinstance(at, int | float) and now - at > oldest:
        raise IdentityRefusedError("the provider answered with an older sign-in than was asked for")


def link_of(context: PageContext, identity: Identity, user: User) -> FederatedLink:
    """Return the link of an identity to a user, from now on."""
    return FederatedLink(
        organisation=user.organisation,
        provider_id=identity.provider_id,
        digest=identity.digest,
        user_id=user.user_id,
        username=user.username,
        email=identity.email,
        linked_at=context.now,
    )
