"""The account page of active sessions: where the user is signed in, with device and address, and ending it."""

import msgspec

from gatehouse.domain.accounts import factors, sessions, users
from gatehouse.domain.accounts.password_changes import AccountStore
from gatehouse.domain.accounts.sessions import Session
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, SignedInUser
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.steps import Steps

_PATH = "/account/sessions"
_EVERYTHING_ELSE = "others"


_METHODS = {factors.PASSWORD: "password", factors.CODE: "code", factors.FEDERATED: "identity provider"}


def _describe(methods: frozenset[str]) -> str:
    """Return how a user signed in, in words."""
    found = [name for method, name in _METHODS.items() if method in methods]
    found += ["passkey"] if methods & {factors.HARDWARE_KEY, factors.SOFTWARE_KEY} else []
    return " and ".join(found)


class ActiveSessionsEndpoint(msgspec.Struct, frozen=True):
    """Shows and ends the sessions of the user who is signed in."""

    contexts: PageContexts
    steps: Steps
    accounts: AccountStore
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show them, the newest first."""
        context = self.contexts.begin(request, organisation, {})
        person = self.contexts.require_person(context)
        return self.pages.show(
            context,
            "sessions",
            user=person.user,
            found=self._find(context, person),
            own=person.session.session_id,
            history=self.contexts.history.find_sign_ins(person.user.organisation, person.user.user_id),
            spell=_describe,
        )

    def post_end(self, request: Request, organisation: str | None) -> Response:
        """End one session, or everything but this one: then every token in the user's name is revoked, too.

        Raises:
            StalePageError: Another site sent the form.
        """
        context, form = self.contexts.receive(request, organisation, {})
        person = self.contexts.require_person(context)
        if form.get("session") == _EVERYTHING_ELSE:
            return self._end_everything_else(context, person)
        for one in self._find(context, person):
            if one.session_id == form.get("session"):
                sessions.end(self.contexts.sessions, one, context.request.arrived_at_ms)
        return pages.redirect(context.path(_PATH))

    def _end_everything_else(self, context: PageContext, person: SignedInUser) -> Response:
        user = person.user
        entry = context.entry(user, "member.sign-out")
        stored = self.accounts.change_user(user.organisation, user, users.end_everything(user), entry)
        if stored is None:
            return pages.redirect(context.path(_PATH))
        return pages.redirect(context.path(_PATH), self.steps.renew(context, person, stored))

    def _find(self, context: PageContext, person: SignedInUser) -> list[Session]:
        user = person.user
        found = self.contexts.sessions.find_sessions_of(user.organisation, user.user_id)
        alive = [one for one in found if sessions.is_alive(one, person.organisation, user, context.now)]
        return sorted(alive, key=lambda one: -one.authenticated_at_ms)
