"""Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import msgspec

from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel.errors import InvalidRequestError
from gatehouse.domain.oauth import id_tokens, registered_clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.signing import PublicKeyStore
from gatehouse.domain.portal import store_client
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, SignedInUser
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.web import signing_out

_STATE_MAX_CHARACTERS = 2000


class LogoutEndpoint(msgspec.Struct, frozen=True):
    """Ends the browser's session, and sends it back where the client registered."""

    apis: ApiStore
    public_keys: PublicKeyStore
    contexts: PageContexts
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Sign out at once if the client proves, by the user's ID token, whom it means, or is the store; else ask.

        Raises:
            InvalidRequestError: The client or the post-logout redirect URI is not registered.
        """
        parameters = forms.parse_query(request.query)
        subject, parameters = self._read_hint(request, organisation, parameters)
        context = self.contexts.begin(request, organisation, parameters)
        if context.organisation is None and (remembered := self.contexts.find_remembered(request)) is not None:
            return pages.redirect(f"/t/{remembered}/logout")
        client = self._find_client(context)
        location = _location(context, client)
        person = self.contexts.find_person(context)
        if person is None:
            return self._leave(context, location, ())
        if subject == person.user.user_id:
            return self._leave(context, location, (self.contexts.sign_out(context, person.user.organisation),))
        if self._was_asked(context, client, person):
            cookie = self.contexts.sign_out(context, person.user.organisation)
            return self._leave(context, location, (cookie, signing_out.forget()))
        return self._ask(context, client, person, location)

    def post(self, request: Request, organisation: str | None) -> Response:
        """Sign out, after the user said yes; or take the client's request as a form (section 2).

        Raises:
            InvalidRequestError: See `get`; or another site sent the user's yes.
        """
        form = forms.parse(request)
        if "form_token" not in form:
            prefix = "" if organisation is None else f"/t/{organisation}"
            return pages.redirect(f"{prefix}/logout?{forms.render_query(form)}")
        context = self.contexts.begin(request, organisation, forms.parse_query(request.query))
        context.check(form)
        location = _location(context, self._find_client(context))
        cookies = () if context.organisation is None else (self.contexts.sign_out(context, context.organisation.key),)
        return self._leave(context, location, cookies)

    def _read_hint(
        self, request: Request, organisation: str | None, parameters: Mapping[str, str]
    ) -> tuple[str | None, Mapping[str, str]]:
        """Return whom the ID token names, and the parameters with its client in its place; it may have expired."""
        if "id_token_hint" not in parameters:
            return None, parameters
        rest = {name: value for name, value in parameters.items() if name != "id_token_hint"}
        jwks, issuer = self.public_keys.find_public_keys(), self.contexts.issuers.of(request, None)
        claims = id_tokens.read_hint(parameters["id_token_hint"], jwks, issuer)
        if claims is None:
            return None, rest
        named = rest.setdefault("client_id", str(claims.get("aud", "")))
        is_of_client = named == claims.get("aud") and organisation in {None, claims.get("organisation")}
        return (str(claims.get("sub", "")), rest) if is_of_client else (None, rest)

    def _was_asked(self, context: PageContext, client: Client | None, person: SignedInUser) -> bool:
        """Say whether the user has just pressed the store's button: one click is enough."""
        organisation = person.user.organisation
        is_store = client is not None and client.client_id == store_client.id_of(organisation)
        return is_store and signing_out.is_announced(context.request, organisation)

    def _find_client(self, context: PageContext) -> Client | None:
        client_id = context.parameters.get("client_id")
        organisation = context.organisation.key if context.organisation else None
        inner = None if client_id is None else registered_clients.inner_client_id(organisation, client_id)
        client = None if inner is None else self.contexts.directory.find_client(inner)
        is_known = client is not None and client.is_active and organisation in {None, client.organisation}
        if client_id is not None and not is_known:
            raise InvalidRequestError("client at logout", description="The client_id is not known.")
        return client

    def _leave(self, context: PageContext, location: str | None, cookies: tuple[str, ...]) -> Response:
        if location is not None:
            return pages.redirect(location, cookies)
        return self.pages.show(
            context,
            "done",
            cookies=cookies,
            message="You are signed out.",
            signed_out=True,
            path=f"{context.prefix}/signin",
        )

    def _ask(self, context: PageContext, client: Client | None, person: SignedInUser, location: str | None) -> Response:
        application = self.apis.find_application(client.organisation, client.application_id) if client else None
        return self.pages.show(
            context,
            "sign_out",
            redirect_uri=location,
            user=person.user,
            application=application.name if application else "",
        )


def _location(context: PageContext, client: Client | None) -> str | None:
    """Return where the browser goes afterwards; only where the client registered, to the letter (section 3)."""
    wanted = context.parameters.get("post_logout_redirect_uri")
    if wanted is None:
        return None
    if client is None or wanted not in client.post_logout_redirect_uris:
        raise InvalidRequestError(
            f"post_logout_redirect_uri {wanted[:200]!r}",
            description="The post_logout_redirect_uri is not registered for this client.",
        )
    state = context.parameters.get("state", "")
    if len(state) > _STATE_MAX_CHARACTERS:
        raise InvalidRequestError(
            f"state of {len(state)} characters", description="The state has more than 2,000 characters."
        )
    separator = "&" if "?" in wanted else "?"
    return f"{wanted}{separator}{urlencode({'state': state}, quote_via=quote)}" if state else wanted
