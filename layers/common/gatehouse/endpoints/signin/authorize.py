"""The authorization endpoint (RFC 6749 section 3.1) and the consent page behind it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote, urlencode

import msgspec

from gatehouse.domain.accounts import factors, sessions
from gatehouse.domain.apis.apis import Api, ApiStore
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import (
    AccessDeniedError,
    ConsentRequiredError,
    InvalidRequestError,
    LoginRequiredError,
    OAuthError,
    TemporarilyUnavailableError,
    UnmetRequirementsError,
)
from gatehouse.domain.oauth import (
    authorization,
    consents,
    entitlements,
    id_tokens,
    registered_clients,
    resource_indicators,
)
from gatehouse.domain.oauth.authorization import AuthorizationRequest, Destination
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.codes import CodeStore
from gatehouse.domain.oauth.consents import ConsentStore
from gatehouse.domain.oauth.signing import PublicKeyStore
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import client_texts, pages, sign_up
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, SignedInUser
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.registered import Registered
from gatehouse.endpoints.signin.steps import Steps

_PATH = "/authorize"
_FRAGMENT = "#_"  # so that a browser attaches no fragment of its own (RFC 9700 section 4.1.3)


class AuthorizeEndpoint(msgspec.Struct, frozen=True):
    """Turns an authorization request into a code, by way of sign-in and consent."""

    apis: ApiStore
    public_keys: PublicKeyStore
    contexts: PageContexts
    steps: Steps
    codes: CodeStore
    consents: ConsentStore
    pages: SignInPages
    registered: Registered
    sends_mail: bool

    def get(self, request: Request, organisation: str | None) -> Response:
        """Answer, or lead to the page that is needed first.

        Raises:
            OAuthError: The destination is in doubt, so the error is shown and goes nowhere.
        """
        return self._run(request, organisation, None)

    def post(self, request: Request, organisation: str | None) -> Response:
        """Take the request as a form (section 3.1), and continue by GET: a form of another site brings no session."""
        parameters = forms.parse(request)
        prefix = "" if organisation is None else f"/t/{organisation}"
        return pages.redirect(f"{prefix}{_PATH}?{forms.render_query(parameters)}")

    def post_consent(self, request: Request, organisation: str | None) -> Response:
        """Take the user's yes or no."""
        return self._run(request, organisation, forms.parse(request))

    def _run(self, request: Request, organisation: str | None, form: Mapping[str, str] | None) -> Response:
        parameters = forms.parse_query(request.query)
        self._read_document(request, organisation, parameters.get("client_id", ""))
        destination = authorization.find_destination(self.contexts.directory, organisation, parameters, request.now)
        self._check_policy(destination.client)
        context = self.contexts.begin(request, organisation, parameters)
        if form is not None:
            context.check(form)
        person = self.contexts.find_person(context)
        try:
            asked = authorization.parse(parameters, destination)
            subject = self._read_hint(context, asked)
            self._find_resources(context, asked)  # what is wrong with them is said before anybody signs in
            return self._decide(context, asked, person, subject, form)
        except TemporarilyUnavailableError:
            raise
        except OAuthError as error:
            raise RefusalError(error, self._refuse(context, destination, person, error)) from error

    def _read_document(self, request: Request, organisation: str | None, client_id: str) -> None:
        """Make the client of a metadata document known, if the client id is the URL of one.

        Raises:
            InvalidRequestError: There is no such document, or the organisation does not let its client in.
            TemporarilyUnavailableError: It cannot be fetched now.
        """
        if organisation is None or not client_id.lower().startswith("https://"):
            return
        found = self.contexts.directory.find_organisation(organisation)
        if found is None or not found.is_active:
            raise InvalidRequestError(f"organisation {organisation!r}", description="There is no such organisation.")
        self.registered.documents().find(found, client_id, request.source, request.now)

    def _check_policy(self, client: Client) -> None:
        """Refuse a registered client that the organisation does not let in any more.

        Raises:
            InvalidRequestError: It does not.
        """
        if client.registration is None:
            return
        organisation = self.contexts.directory.find_organisation(client.organisation)
        if organisation is None or not registered_clients.is_admitted(client, organisation):
            raise InvalidRequestError(
                f"policy of {client.organisation} refuses client {client.client_id!r}",
                description="This organisation does not let in this client. Its administrators decide that.",
            )

    def _read_hint(self, context: PageContext, asked: AuthorizationRequest) -> str | None:
        """Return whom the client expects, by an ID token of its own (OpenID Connect Core section 3.1.2.1).

        Or by `sub` in the parameter `claims`: the server "MUST NOT reply with an ID Token or Access Token for a
        different user" (section 3.1.2.2).

        Raises:
            InvalidRequestError: It is not one: ignoring it could answer for another user than the client means; or
                both name a user, and not the same one.
        """
        hint = context.parameters.get("id_token_hint")
        if hint is None:
            return asked.subject
        claims = id_tokens.read_hint(hint, self.public_keys.find_public_keys(), context.issuer())
        if claims is None or claims.get("aud") != asked.client.external_client_id:
            raise InvalidRequestError(
                f"id_token_hint for {asked.client.client_id!r}",
                description="The id_token_hint is not an ID token of this client that can still be checked.",
            )
        subject = str(claims.get("sub", ""))
        if asked.subject not in {None, subject}:
            raise InvalidRequestError(
                "id_token_hint and claims", description="The id_token_hint and the claims name different users."
            )
        return subject

    def _decide(
        self,
        context: PageContext,
        asked: AuthorizationRequest,
        person: SignedInUser | None,
        subject: str | None,
        form: Mapping[str, str] | None,
    ) -> Response:
        is_silent = "none" in asked.prompts
        is_other = person is not None and subject not in {None, person.user.user_id}
        if is_other and person is not None and sessions.is_fresh_for(person.session, context.query, context.now):
            raise LoginRequiredError("another user signed in than id_token_hint names")
        if person is None or is_other or _must_sign_in(context, asked, person):
            if is_silent:
                raise LoginRequiredError("prompt=none without a session of whom the client means")
            is_new = "create" in asked.prompts and sign_up.is_open(context.organisation, sends_mail=self.sends_mail)
            return pages.redirect(context.path("/signup" if is_new else "/signin"))
        self._require_methods(context, asked, person)
        return self._consent(context, asked, person, form)

    def _consent(
        self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser, form: Mapping[str, str] | None
    ) -> Response:
        """Answer, or ask for the consent that is missing; take the user's decision, if it is one."""
        if asked.client.client_id in person.user.blocked_clients:
            raise AccessDeniedError(f"user {person.user.user_id} blocks client {asked.client.client_id}")
        granted = self._grant(context, asked, person)
        if form is not None and form.get("user") == person.user.user_id:
            shown = granted & frozenset(form.get("scope", "").split(" "))
            if shown or form.get("decision") != "allow":
                return self._submit_consent(context, asked, person, shown, form)
            return self._ask(context, asked, person, granted)
        if not self._has_consent(context, asked, person, granted):
            if "none" in asked.prompts:
                raise ConsentRequiredError("prompt=none without consent")
            return self._ask(context, asked, person, granted)
        return self._answer(context, asked, person, granted)

    def _require_methods(self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser) -> None:
        """Make sure that the user signed in as the request and the policies demand.

        Raises:
            RedirectError: The second factor is missing.
            LoginRequiredError: The client forbade to ask.
            UnmetRequirementsError: The user cannot reach the class that the client insists on.
        """
        demand, methods = asked.demand, person.session.methods
        self.steps.require(context, person, asked.client, demand, may_ask="none" not in asked.prompts)
        if demand.is_essential and not factors.reaches(methods, demand.acr_values):
            raise UnmetRequirementsError(f"user {person.user.user_id} reaches none of {demand.acr_values!r:.200}")

    def _grant(self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser) -> frozenset[str]:
        """Return the scopes that are granted; a registered client gets those of the APIs that its token is for."""
        granted = entitlements.granted(self.apis, asked.client, person.user, asked.scopes)
        if asked.client.registration is None:
            return granted
        defined = frozenset(name for api in self._find_named_apis(context, asked) for name in api.scopes)
        return scopes.or_default((granted & defined) | (granted & scopes.OPENID_CONNECT))

    def _has_consent(
        self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser, granted: frozenset[str]
    ) -> bool:
        if "consent" in asked.prompts:
            return False
        client = asked.client
        standing = self.consents.find_consent(client.organisation, person.user.user_id, client.client_id)
        return consents.covers(standing, person.user, client, granted, context.now)

    def _submit_consent(
        self,
        context: PageContext,
        asked: AuthorizationRequest,
        person: SignedInUser,
        shown: frozenset[str],
        form: Mapping[str, str],
    ) -> Response:
        """Take the user's decision about the scopes that the page showed, as far as they may still be granted."""
        if form.get("decision") != "allow":
            raise AccessDeniedError(f"user {person.user.user_id} denied client {asked.client.client_id}")
        client = asked.client
        self.registered.keep(client)
        consents.give(self.consents, client.organisation, person.user, client.client_id, shown, context.now)
        return self._answer(context, asked, person, shown)

    def _ask(
        self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser, granted: frozenset[str]
    ) -> Response:
        client = asked.client
        if client.registration is not None:
            return self._ask_for_registered(context, asked, person, granted)
        return self.pages.show(
            context,
            "consent",
            redirect_uri=asked.destination.redirect_uri,
            user=person.user,
            site=asked.destination.redirect_uri.partition("?")[0],
            **client_texts.consent(self.apis, client, granted),
        )

    def _ask_for_registered(
        self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser, granted: frozenset[str]
    ) -> Response:
        """Show the hosts first: they are what a registered client cannot claim. Then the name that it claims."""
        client, redirect_uri = asked.client, asked.destination.redirect_uri
        found = self._find_named_apis(context, asked)
        return self.pages.show(
            context,
            "consent_registered",
            redirect_uri=redirect_uri,
            user=person.user,
            home=registered_clients.home(client),
            answers_to=registered_clients.redirect_host(redirect_uri),
            is_local=registered_clients.redirect_hosts(client) == (registered_clients.LOOPBACK,),
            claimed=client.registration.name if client.registration else "",
            apis=[f"{one.name} {one.version}" for one in found],
            scopes=client_texts.describe(granted, found),
            shown=scopes.render(granted),
            site=redirect_uri.partition("?")[0],
        )

    def _answer(
        self, context: PageContext, asked: AuthorizationRequest, person: SignedInUser, granted: frozenset[str]
    ) -> Response:
        arrived_at_ms = context.request.arrived_at_ms
        resources = self._find_resources(context, asked)
        code, stored = authorization.answer(asked, person.user, person.session, granted, resources, arrived_at_ms)
        self.codes.add_code(stored.organisation, stored)
        return pages.redirect(self._location(context, asked.destination, {"code": code}))

    def _find_named_apis(self, context: PageContext, asked: AuthorizationRequest) -> Sequence[Api]:
        """Return the APIs that the token is to be for."""
        named = map(resource_indicators.parse, self._find_resources(context, asked))
        return self.apis.find_apis(frozenset((one.organisation, one.api_id) for one in named))

    def _find_resources(self, context: PageContext, asked: AuthorizationRequest) -> tuple[str, ...]:
        """Return the resources of those APIs (RFC 8707 section 2.1).

        Raises:
            InvalidTargetError: One is malformed or unknown.
        """
        if asked.resource is None:
            is_registered = asked.client.registration is not None
            return resource_indicators.of_scopes(self.apis, asked.client, asked.scopes) if is_registered else ()
        return resource_indicators.resolve(self.apis, asked.client, asked.resource, context.issuer())

    def _refuse(
        self, context: PageContext, destination: Destination, person: SignedInUser | None, error: OAuthError
    ) -> Response:
        """Send the error to the client; a person who has not signed in is asked first, or a link to us leads anywhere.

        See RFC 9700 section 4.11.2. A client that forbids to ask (prompt=none) has its answer at once.
        """
        answer = {"error": error.code, "error_description": error.description}
        location = self._location(context, destination, answer)
        if person is not None or set(context.parameters.get("prompt", "").split()) == {"none"}:
            return pages.redirect(location)
        return self.pages.render(
            "return",
            status=HTTPStatus.BAD_REQUEST,
            organisation=context.organisation,
            application=client_texts.name(self.apis, destination.client),
            code=error.code,
            message=error.description,
            location=location,
            leads_to_client=True,
        )

    def _location(self, context: PageContext, destination: Destination, answer: Mapping[str, str]) -> str:
        """Return the answer in the redirect URI, with the issuer (RFC 9207) and the client's state."""
        organisation = context.prefix.removeprefix("/t/") or None
        values = {**answer, "iss": context.issuer(organisation)}
        if destination.state is not None:
            values["state"] = destination.state
        separator = "&" if "?" in destination.redirect_uri else "?"
        return f"{destination.redirect_uri}{separator}{urlencode(values, quote_via=quote)}{_FRAGMENT}"


def _must_sign_in(context: PageContext, asked: AuthorizationRequest, person: SignedInUser) -> bool:
    """Say whether the client wants the password typed again (OpenID Connect Core section 3.1.2.1)."""
    # "Note that max_age=0 is equivalent to prompt=login" (OpenID Connect Core section 3.1.2.1).
    is_asked = bool(asked.prompts & {"login", "select_account", "create"}) or asked.max_age_seconds == 0
    age = context.now - person.session.auth_time
    is_old = asked.max_age_seconds is not None and age > asked.max_age_seconds
    return (is_asked or is_old) and not sessions.is_fresh_for(person.session, context.query, context.now)
