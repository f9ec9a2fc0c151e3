"""Who is at the browser: the store signs people in as any OAuth client does, by code and PKCE.

The tokens live in cookies that scripts cannot read; the store keeps nothing. Each page checks the access token
as the JSON API does, and refreshes it when it has ended.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.accounts import addresses, organisations, usernames
from gatehouse.domain.accounts.mail_domains import DomainDiscovery
from gatehouse.domain.kernel import scopes, texts
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import (
    InvalidRequestError,
    InvalidTokenError,
    OAuthError,
    TemporarilyUnavailableError,
)
from gatehouse.domain.kernel.refusals import InvalidInputError, NotAllowedError
from gatehouse.domain.oauth import grants, pkce, revocation, tokens
from gatehouse.domain.oauth.grants import GrantContext, IssuedToken, TokenRequest
from gatehouse.domain.portal import store_client
from gatehouse.domain.portal.services import PortalDirectory
from gatehouse.domain.portal.store_client import StoreClientStore
from gatehouse.endpoints import forms, uploads
from gatehouse.endpoints.bearer import Bearers
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.web import cookies, own_forms, signing_out

ACCESS, REFRESH = "__Host-gatehouse.store", "__Host-gatehouse.store-refresh"
FORM, PENDING = "__Host-gatehouse.store-form", "__Host-gatehouse.store-login"
ORGANISATION = "__Host-gatehouse.store-org"

_PENDING_SECONDS = 86400
"""How long a sign-in may take: its page stays open overnight, and a sign-up waits for a mail."""

_DAYS_30 = 30 * 86400
_PAGE_MAX_CHARACTERS = 2000
"""Of the address to continue at: a browser keeps no cookie of more than 4,096 bytes."""


class StoreSession(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser.

    Attributes:
        cookies: Those to set with the answer, if tokens were refreshed.
        form_token: What every form must bring back.
    """

    caller: Caller
    cookies: tuple[str, ...]
    form_token: str


class StoreSessions(msgspec.Struct, frozen=True):
    """Begins, finds and ends sessions."""

    bearers: Bearers
    context: GrantContext
    clients: StoreClientStore
    directory: PortalDirectory
    issuers: Issuers
    discovery: DomainDiscovery

    def begin(
        self, request: Request, typed: str, going_to: str, *, is_new: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """Return where to send a browser to sign in, and the cookies that it needs on its way back.

        Args:
            request: What arrived.
            typed: An organisation key, a username with it, or an address of a mail domain that DNS proves.
            going_to: The page to show afterwards.
            is_new: Whether to begin with a new account, where the organisation lets people sign up.

        Raises:
            InvalidInputError: No such organisation.
        """
        typed = typed.strip()
        organisation, provider = self._organisation(request, typed)
        client = store_client.ensure(self.clients, organisation, self.issuers.of(request, None))
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        hint = {"login_hint": typed} if "@" in typed else {}
        hint |= {"prompt": "create"} if is_new else {}
        hint |= {"provider": provider} if provider else {}
        query = urlencode(
            {
                "response_type": "code",
                "client_id": client.client_id,
                "redirect_uri": f"{self.issuers.of(request, None)}/store/callback",
                "scope": scopes.render(store_client.SCOPES),
                "state": state,
                "code_challenge": challenge,
                "code_challenge_method": pkce.METHOD,
                **hint,
            }
        )
        pending = _pack({"state": state, "verifier": verifier, "organisation": organisation, "to": going_to})
        cookie = cookies.render(PENDING, pending, _PENDING_SECONDS)
        return f"/t/{organisation}/authorize?{query}", (cookie,)

    def complete(self, request: Request, query: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """Redeem the code; return where to continue, and the session's cookies.

        Raises:
            InvalidInputError: The answer is not to our question, or it is a refusal.
        """
        pending = _unpack(request.cookies.get(PENDING, ""))
        if not pending or not hmac.compare_digest(query.get("state", "").encode(), pending["state"].encode()):
            raise InvalidInputError("The sign-in took too long, or began in another window. Begin again.")
        if "code" not in query:
            raise InvalidInputError("You were not signed in.")
        issued = self._issue(
            request,
            pending["organisation"],
            {
                "grant_type": "authorization_code",
                "code": query["code"],
                "redirect_uri": f"{self.issuers.of(request, None)}/store/callback",
                "code_verifier": pending["verifier"],
            },
        )
        form = cookies.render(FORM, secrets.token_urlsafe(24), _DAYS_30)
        remembered = cookies.render(ORGANISATION, pending["organisation"], _DAYS_30)
        return pending["to"], (*_cookies(issued), form, remembered, cookies.expire(PENDING))

    def find(self, request: Request) -> StoreSession | None:
        """Return who is signed in, with fresh tokens if the old ones ended; None if nobody is."""
        form_token = _form_token(request.cookies.get(FORM, ""))
        access = request.cookies.get(ACCESS, "")
        try:
            caller = self.bearers.find_caller(request, f"Bearer {access}" if access else "")
        except InvalidTokenError:
            return self._refresh(request, form_token)
        return StoreSession(caller=caller, cookies=(), form_token=form_token)

    def check(self, request: Request, session: StoreSession, form: Mapping[str, str]) -> None:
        """Make sure that one of our own pages sent the form.

        Raises:
            NotAllowedError: Another site sent it.
        """
        if not self.is_checked(request, session, form):
            raise NotAllowedError("This form did not come from the store. Go back, reload the page and try again.")

    def is_checked(self, request: Request, session: StoreSession, form: Mapping[str, str]) -> bool:
        """Say whether one of our own pages sent the form, in this session."""
        return bool(request.cookies.get(FORM)) and own_forms.is_own(request, form, session.form_token)

    def end(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """Revoke the session's tokens; return where the sign-in pages sign out, and cookies that end."""
        organisation = request.cookies.get(ORGANISATION, "")
        for name in (ACCESS, REFRESH):  # the first may have expired long ago, and the second is still valid
            grant = revocation.find(self.context.grants, request.cookies.get(name, ""))
            if grant is not None:
                self.context.grants.revoke_grant(grant.grant_id)
                organisation = grant.organisation
        if not organisations.is_key(organisation):
            return "/store", gone()
        query = urlencode(
            {
                "client_id": store_client.id_of(organisation),
                "post_logout_redirect_uri": f"{self.issuers.of(request, None)}/store",
            }
        )
        return f"/t/{organisation}/logout?{query}", (*gone(), signing_out.announce(organisation))

    def _refresh(self, request: Request, form_token: str) -> StoreSession | None:
        refresh = request.cookies.get(REFRESH, "")
        parsed = tokens.parse_refresh(refresh)
        grant = self.context.grants.find_grant(parsed.grant_id) if parsed else None
        if grant is None:
            return None
        try:
            parameters = {"grant_type": "refresh_token", "refresh_token": refresh}
            issued = self._issue(request, grant.organisation, parameters)
            caller = self.bearers.find_caller(request, f"Bearer {issued.access_token}")
        except (InvalidInputError, InvalidTokenError):
            return None
        return StoreSession(caller=caller, cookies=_cookies(issued), form_token=form_token)

    def _issue(self, request: Request, organisation: str, parameters: Mapping[str, str]) -> IssuedToken:
        """Run a grant as the organisation's store client.

        Raises:
            InvalidInputError: It is refused.
        """
        client = self.clients.find_client(store_client.id_of(organisation))
        if client is None:
            raise InvalidInputError("You were not signed in.")
        wanted = TokenRequest(
            client=client,
            parameters=parameters,
            arrived_at_ms=request.arrived_at_ms,
            source=request.source,
            issuer=self.issuers.of(request, None),
        )
        try:
            return grants.issue(self.context, wanted)
        except TemporarilyUnavailableError:
            raise
        except OAuthError as error:
            raise InvalidInputError("You were not signed in. Begin again.") from error

    def _organisation(self, request: Request, text: str) -> tuple[str, str]:
        """Return the organisation, and the identity provider to offer first."""
        login = usernames.parse(text, "") if "@" in text else None
        key, provider = (login.organisation if login else text.lower()), ""
        if not organisations.is_key(key) and addresses.is_address(text):
            proof = self.discovery.find(text, request.source, request.arrived_at_ms // 1000)
            key, provider = (proof.organisation, proof.provider_id) if proof else (key, "")
        if not organisations.is_key(key):
            raise InvalidInputError(
                "Type your organisation's key, or your username with it, such as john@gmail.com@johnsorg.", field="who"
            )
        found = self.directory.find_organisation_now(key)
        if found is None or not found.is_active:
            raise InvalidInputError("There is no organisation of that key.", field="who")
        return found.key, provider


def parse_form(request: Request, fields_max: int = 64) -> dict[str, str]:
    """Return the form.

    Raises:
        InvalidInputError: It is none.
    """
    try:
        return forms.parse(request, fields_max)
    except InvalidRequestError as error:
        raise InvalidInputError(error.description) from error


def parse_upload(request: Request, body_max_bytes: int = 512 * 1024) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the texts and the files of a form.

    Raises:
        InvalidInputError: It is none, or too large.
    """
    try:
        upload = uploads.parse(request, body_max_bytes)
    except InvalidRequestError as error:
        raise InvalidInputError(error.description) from error
    return upload.texts, upload.files


def is_page(path: str) -> bool:
    """Say whether a browser may be sent to this page of ours: no other site, and no trick with slashes."""
    is_short = len(path) <= _PAGE_MAX_CHARACTERS and path.isascii() and path.isprintable()
    return is_short and path.startswith("/store") and not set('\\"<>;') & set(path) and "//" not in path


def _form_token(secret: str) -> str:
    return hmac.digest(secret.encode(), b"store forms", "sha256").hex()


def _cookies(issued: IssuedToken) -> tuple[str, ...]:
    access = cookies.render(ACCESS, issued.access_token, issued.expires_in)
    if not issued.refresh_token:
        return (access,)
    return access, cookies.render(REFRESH, issued.refresh_token, _DAYS_30)


def gone() -> tuple[str, ...]:
    """Return the cookies that end a session in the browser."""
    return tuple(cookies.expire(name) for name in (ACCESS, REFRESH, FORM))


def _pack(values: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


def _unpack(text: str) -> dict[str, str]:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    names = {"state", "verifier", "organisation", "to"}
    if not isinstance(values, dict) or not names <= values.keys() or not texts.are_texts(values):
        return {}
    return {name: str(values[name]) for name in names}  # pyright: ignore[reportUnknownArgumentType]
