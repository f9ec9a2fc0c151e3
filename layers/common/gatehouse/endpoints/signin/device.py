"""The pages where a user enters a device's code and decides (RFC 8628 section 3.3).

`verification_uri_complete` fills in the code and skips nothing: the user still signs in, sends the code, and sees which
application asked, from where, and for what. Attackers who send codes to others count on a page that asks too little
(RFC 8628 section 5.4).
"""

from collections.abc import Mapping

import msgspec

from gatehouse.domain.apis.apis import ApiStore
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidRequestError, TooManyFailuresError
from gatehouse.domain.oauth import device_requests, entitlements
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.device_requests import (
    ENTRIES_MAX,
    ENTRIES_WINDOW_SECONDS,
    DecisionStatus,
    DeviceRequest,
    DeviceRequestStore,
)
from gatehouse.domain.oauth.grants.device_code import GRANT_TYPE
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.signin import client_texts, pages
from gatehouse.endpoints.signin.page_context import (
    DEVICE,
    USER_CODE,
    PageContext,
    PageContexts,
    SignedInUser,
)
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.steps import Steps

_UNKNOWN = (
    "This code is not known, was used already, or has expired. Compare it with your device, or request a new one."
)

_NO_CODE = "-"
"""What stands for no code in the query that a sign-in carries: an empty parameter counts as none."""


class DeviceEndpoint(msgspec.Struct, frozen=True):
    """Takes a user code, shows what the device asks for, and takes the decision."""

    apis: ApiStore
    contexts: PageContexts
    steps: Steps
    requests: DeviceRequestStore
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form for the code; without an organisation in the path, that of a browser that is signed in.

        Raises:
            InvalidRequestError: There is no such organisation, or it does not allow devices.
        """
        typed = forms.parse_query(request.query).get(USER_CODE, "")
        remembered = self.contexts.find_remembered(request) if organisation is None else None
        if remembered is not None:
            code = device_requests.parse_user_code(typed)
            return pages.redirect(f"/t/{remembered}{DEVICE}" + (f"?{USER_CODE}={code}" if code else ""))
        context, person = self._begin(request, organisation, typed)
        return self._ask(context, person, typed) if person else pages.redirect(context.path("/signin"))

    def post(self, request: Request, organisation: str | None) -> Response:
        """Take the code and show what the device asks for.

        Raises:
            TooManyFailuresError: The user entered too many codes.
            RefusalError: No device waits with this code.
        """
        form = forms.parse(request)
        typed = form.get(USER_CODE, "")
        context, person = self._begin(request, organisation, typed, form)
        if person is None:
            return pages.redirect(context.path("/signin"))
        self._count(context, person)
        code = device_requests.parse_user_code(typed)
        found = self._find(person, code)
        if found is None or code is None or not device_requests.is_awaited(found[0], context.now):
            return self._refuse(context, person, typed)
        self.steps.require(context, person, found[1])
        return self._confirm(context, person, code, *found)

    def post_decision(self, request: Request, organisation: str | None) -> Response:
        """Take the user's decision about the request that the page showed.

        Raises:
            RefusalError: The request does not await a decision any more.
        """
        form = forms.parse(request)
        typed = form.get(USER_CODE, "")
        context, person = self._begin(request, organisation, typed, form)
        if person is None or form.get("user") != person.user.user_id:
            return pages.redirect(context.path(DEVICE))
        found = self._find(person, device_requests.parse_user_code(typed))
        if found is None or found[0].grant_id != form.get("request"):
            return self._refuse(context, person, typed)
        standing, client = found
        self.steps.require(context, person, client)
        decided = self._decide(person, standing, client, form)
        is_approved = decided.status == DecisionStatus.APPROVED
        entry = context.entry(
            person.user,
            "device.approve" if is_approved else "device.deny",
            f"{scopes.render(decided.scopes)} from {decided.source}",
            target=decided.client_id,
        )
        is_stored = device_requests.is_awaited(standing, context.now) and self.requests.decide_request(
            decided.organisation, decided, context.now, entry
        )
        if not is_stored and not self._is_done(decided):
            return self._refuse(context, person, typed)
        return self.pages.show(
            context,
            "device_done",
            cookies=(),
            application=client_texts.name(self.apis, client),
            is_approved=is_approved,
        )

    def _begin(
        self, request: Request, organisation: str | None, typed: str, form: Mapping[str, str] | None = None
    ) -> tuple[PageContext, SignedInUser | None]:
        context = self.contexts.begin(
            request, organisation, {USER_CODE: device_requests.parse_user_code(typed) or _NO_CODE}
        )
        if form is not None:
            context.check(form)
        if context.organisation is None:
            raise InvalidRequestError(
                "device page without an organisation",
                description="Open the address that your device shows: it names your organisation.",
            )
        if not device_requests.is_allowed(context.organisation):
            raise InvalidRequestError(
                f"organisation {context.organisation.key!r} does not allow device authorization",
                description="This organisation does not let devices sign in. Ask an administrator.",
            )
        return context, self.contexts.find_person(context)

    def _count(self, context: PageContext, person: SignedInUser) -> None:
        """Count the entry before anything is looked up, so that guesses at the same moment gain nothing."""
        user, window = person.user, context.now // ENTRIES_WINDOW_SECONDS
        if self.requests.count_entry(user.organisation, user.user_id, window) > ENTRIES_MAX:
            raise TooManyFailuresError(
                f"user {user.user_id} entered too many device codes",
                retry_after_seconds=(window + 1) * ENTRIES_WINDOW_SECONDS - context.now,
                description="You entered too many codes. Try again in ten minutes.",
            )

    def _find(self, person: SignedInUser, code: str | None) -> tuple[DeviceRequest, Client] | None:
        """Return the request of the user's organisation with this code, and its client if it may still ask."""
        if code is None:
            return None
        found = self.requests.find_request(person.user.organisation, device_requests.digest(code))
        client = None if found is None else self.contexts.directory.find_client(found.client_id)
        if found is None or client is None or not client.is_active or GRANT_TYPE not in client.grant_types:
            return None
        return found, client

    def _decide(
        self, person: SignedInUser, standing: DeviceRequest, client: Client, form: Mapping[str, str]
    ) -> DeviceRequest:
        """Return the decision about the scopes that the page showed, as far as they may still be granted."""
        if form.get("decision") != "allow":
            return device_requests.deny(standing, person.user, person.session)
        granted = entitlements.granted(self.apis, client, person.user, standing.scopes)
        shown = granted & frozenset(form.get("scope", "").split(" "))
        return device_requests.approve(standing, person.user, person.session, scopes.or_default(shown))

    def _is_done(self, decided: DeviceRequest) -> bool:
        standing = self.requests.find_request(decided.organisation, decided.code_digest)
        return standing is not None and device_requests.is_same_decision(standing, decided)

    def _ask(self, context: PageContext, person: SignedInUser, typed: str, problem: str = "") -> Response:
        code = device_requests.parse_user_code(typed)
        return self.pages.show(
            context,
            "device",
            user=person.user,
            user_code=device_requests.show(code) if code else typed[:40].strip(_NO_CODE),
            problem=problem,
        )

    def _confirm(
        self, context: PageContext, person: SignedInUser, code: str, standing: DeviceRequest, client: Client
    ) -> Response:
        granted = entitlements.granted(self.apis, client, person.user, standing.scopes)
        return self.pages.show(
            context,
            "device_confirm",
            user=person.user,
            user_code=device_requests.show(code),
            request=standing,
            minutes=(context.request.arrived_at_ms - standing.requested_at_ms) // 60_000,
            **client_texts.consent(self.apis, client, granted),
        )

    def _refuse(self, context: PageContext, person: SignedInUser, typed: str) -> Response:
        error = InvalidRequestError(f"user {person.user.user_id} entered a device code that is no good")
        raise RefusalError(error, self._ask(context, person, typed, _UNKNOWN))
