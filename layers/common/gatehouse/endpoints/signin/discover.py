"""Finding the organisation by a work address: where nothing says which organisation is meant, a proven domain does.

The answer leads to the organisation's sign-in page, never to the provider: browsers hold a form's page against every
redirect that follows it.
"""

from copy import replace
from typing import LiteralString

import msgspec

from gatehouse.domain.accounts import addresses
from gatehouse.domain.accounts.mail_domains import DomainDiscovery
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import PageContexts
from gatehouse.endpoints.signin.pages import SignInPages

PATH = "/discover"

_REQUESTS_MAX = 60
_NO_ADDRESS: LiteralString = "Enter an e-mail address such as anna@example.com."
_UNKNOWN: LiteralString = (
    "No organisation here has proven this mail domain. Ask your administrator for the address of your sign-in page."
)


class DiscoverEndpoint(msgspec.Struct, frozen=True):
    """Asks for a work address, and leads to the sign-in page of its organisation."""

    contexts: PageContexts
    job_queue: JobQueue
    discovery: DomainDiscovery
    pages: SignInPages

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the form."""
        return self.pages.show(self.contexts.begin(request, organisation), "discover", email="")

    def post(self, request: Request, organisation: str | None) -> Response:
        """Lead on, or say that the domain is not known.

        Raises:
            StalePageError: Another site sent the form.
            TooManyFailuresError: The source address asked too often.
        """
        context, form = self.contexts.receive(request, organisation)
        address = form.get("email", "").strip()
        if not addresses.is_address(address):
            return self.pages.show(context, "discover", email=address, problem=_NO_ADDRESS)
        self.job_queue.count(context, f"discover {context.request.source}", _REQUESTS_MAX)
        found = self.discovery.find(address, context.request.source, context.now)
        if found is None or (context.organisation is not None and context.organisation.key != found.organisation):
            return self.pages.show(context, "discover", email=address, problem=_UNKNOWN)
        more = {"login_hint": address, "provider": found.provider_id}
        there = replace(context, prefix=f"/t/{found.organisation}", parameters={**context.parameters, **more})
        return pages.redirect(there.path("/signin"))
