"""One request for a page of the store: who asks, for which route, and how the answer is rendered."""

from collections.abc import Callable, Mapping, Sequence
from copy import replace
from typing import Any
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import BusyError, ConflictError, PortalError
from gatehouse.domain.portal.services import Origin
from gatehouse.endpoints import error_table, paths
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import RefusalError, Response
from gatehouse.endpoints.rest.json_api import render_file
from gatehouse.endpoints.rest.operations import File
from gatehouse.endpoints.store.pages import StorePages, redirect
from gatehouse.endpoints.store.sessions import StoreSession
from gatehouse.endpoints.web import own_forms

DONE = {
    "created": "Application created. Generate its keys next.",
    "invited": "Invitation sent.",
    "saved": "Saved.",
    "deleted": "Deleted.",
    "subscribed": "Subscribed.",
    "unsubscribed": "Unsubscribed.",
    "revoked": "Revoked.",
    "offered": "Transfer offered. The new owner accepts it under Applications.",
    "accepted": "The application is yours. Create a new secret for its keys, and check their callback URLs.",
    "declined": "Transfer declined.",
    "revoked-all": "Secrets and tokens revoked.",
    "approved": "Approved.",
    "rejected": "Rejected.",
    "ended": "Session ended.",
    "mailed": "A mail with a link has been sent.",
    "unlocked": "Unlocked. The member can sign in again.",
    "enabled": "Enabled.",
    "disabled": "Disabled. Every token of the member is revoked.",
    "signed-out": "You are signed out everywhere.",
    "published": "Published. The gate follows within seconds.",
    "discarded": "The draft is deleted.",
    "waiting": "Subscription requested. An administrator has to approve it.",
}
"""What a page says after something was done, by the word in its address."""


class StorePageContext(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a page by a user who is signed in.

    Attributes:
        count_waiting: Says how much awaits a decision of the organisation's administrators.
        error: Why the form was refused, if the page is shown again for that.
    """

    request: Request
    session: StoreSession
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    files: Mapping[str, bytes]
    origin: Origin
    pages: StorePages
    count_waiting: Callable[[str], int]
    error: PortalError | None = None

    @property
    def caller(self) -> Caller:
        """Who it is."""
        return self.session.caller

    @property
    def here(self) -> str:
        """The path, as links spell it."""
        return paths.spell(self.request.path)

    def check_seen(self, version: object) -> None:
        """Refuse a form that shows an older version of what it changes, or does not say which one it shows.

        Raises:
            ConflictError: It changed since the page was shown.
        """
        if self.form.get("seen", "") != str(version):
            raise ConflictError(
                "It changed after you opened this page, and nothing was saved. Save again to replace the change, or"
                " open the page again to see it."
            )

    def refused(self, error: PortalError) -> "StorePageContext":
        """Return the context in which the page is shown again, with what is wrong with its form."""
        return replace(self, error=error)

    def show(
        self, template: str, *, reached: Sequence[str] = (), cookies: Sequence[str] = (), **values: Any
    ) -> Response:
        """Return a page within the store's frame.

        Raises:
            RefusalError: It shows what was wrong with the form.
        """
        error = self.error
        has_inbox = self.request.path.startswith("/store/admin") and self.caller.is_admin  # in its navigation
        page = self.pages.render(
            template,
            status=200 if error is None else error_table.status(error),
            headers={"Retry-After": str(error.retry_after_seconds)} if isinstance(error, BusyError) else {},
            error=error,
            cookies=(*self.session.cookies, *cookies),
            reached=reached,
            caller=self.caller,
            form_token=self.session.form_token,
            here=self.here,
            done=DONE.get(self.query.get("done", ""), "") if own_forms.is_led_here(self.request) else "",
            issuer=self.origin.issuer,
            waiting_count=self.count_waiting(self.caller.organisation) if has_inbox else 0,
            **values,
        )
        if error is not None:
            raise RefusalError(error, page)
        return page

    def send(self, media_type: str, content: bytes, headers: Mapping[str, str]) -> Response:
        """Return a file."""
        file = render_file(File(media_type=media_type, content=content), headers)
        return {**file, "cookies": list(self.session.cookies)}

    def go(self, path: str, done: str = "", cookies: Sequence[str] = ()) -> Response:
        """Send the browser to a page that says what was done."""
        location = f"{path}?{urlencode({'done': done})}" if done else path
        return redirect(location, (*self.session.cookies, *cookies))
