"""From a proof to a session: the one way in which a page lets somebody go on."""

from dataclasses import dataclass

from gatehouse.domain.organisations import Organisation
from gatehouse.domain.users import User
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages
from gatehouse.endpoints.signin.visits import Visit, Visits, next_page


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That somebody is a user.

    Attributes:
        user: As the read says that held what the proof was checked against.
        organisation: The user's.
        methods: What was proved: see `domain.factors`.
    """

    user: User
    organisation: Organisation
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Steps:
    """Decides what follows a proof. Every way to sign in ends here."""

    visits: Visits

    def proceed(self, visit: Visit, proof: Proof) -> Response:
        """Start the session and go on: to the authorization request or the device that led here, or to the account."""
        cookie = self.visits.sign_in(visit, proof.user, proof.organisation, proof.methods, visit.query)
        if visit.parameters:
            return pages.redirect(visit.path(next_page(visit.parameters)), (cookie,))
        return pages.redirect(f"/t/{proof.user.organisation}/account", (cookie,))
