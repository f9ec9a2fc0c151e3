"""Authentication methods: what a sign-in proved, what is demanded, and what it still needs.

Methods are spelled as RFC 8176 spells the values of `amr`. `REMEMBERED` is ours and never leaves the service: a browser
that passed the second factor before, so that it was not asked for again.
"""

from typing import Literal

import msgspec

from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status, User

PASSWORD = "pwd"
CODE = "otp"
HARDWARE_KEY = "hwk"
SOFTWARE_KEY = "swk"
USER_PRESENCE = "user"
MULTI_FACTOR = "mfa"
FEDERATED = "fed"
REMEMBERED = "remembered"

MULTI_FACTOR_ACR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
PHISHING_RESISTANT_ACR = "phr"
ACR_VALUES = (PHISHING_RESISTANT_ACR, MULTI_FACTOR_ACR)
"""What `acr` can say: OpenID's name for two factors, and OpenID EAP's name for what no phishing site can relay."""

PASSWORD_ALONE = frozenset({PASSWORD})

type Need = Literal["nothing", "second factor", "enrolment"]
"""What a sign-in lacks: a proof by a factor that the user has, or a factor."""


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one sign-in.

    Attributes:
        acr_values: The classes that the client asked for, any of which will do; empty if none.
        is_essential: Whether the client refuses anything else.
        is_fresh: Whether the second factor is to be proved anew, in spite of a remembered browser.
    """

    acr_values: tuple[str, ...] = ()
    is_essential: bool = False
    is_fresh: bool = False


NO_DEMAND = Demand()


def amr(methods: frozenset[str]) -> list[str]:
    """Return the `amr` of an ID token (OpenID Connect Core section 2)."""
    return sorted(methods - {REMEMBERED})


def acr(methods: frozenset[str]) -> str | None:
    """Return the `acr`, the strongest class that the sign-in reached; None for a single factor."""
    if methods & {HARDWARE_KEY, SOFTWARE_KEY}:
        return PHISHING_RESISTANT_ACR
    return MULTI_FACTOR_ACR if MULTI_FACTOR in methods else None


def reaches(methods: frozenset[str], acr_values: tuple[str, ...]) -> bool:
    """Say whether the sign-in reached one of the classes; what resists phishing here has two factors, too."""
    reached = acr(methods)
    is_strong = reached == PHISHING_RESISTANT_ACR and MULTI_FACTOR in methods
    return reached in acr_values or (is_strong and MULTI_FACTOR_ACR in acr_values)


def can_reach(user: User, demand: Demand) -> bool:
    """Say whether the user has a factor that reaches one of the classes."""
    return (MULTI_FACTOR_ACR in demand.acr_values and bool(user.factors)) or (
        PHISHING_RESISTANT_ACR in demand.acr_values and "passkey" in user.factors
    )


def is_demanded(
    organisation: Organisation, roles: frozenset[str], client: AskingClient | None, now: int, *, in_grace: bool = False
) -> bool:
    """Say whether organisation, role or application demand a second factor at this moment.

    Args:
        organisation: The user's.
        roles: The user's.
        client: Where the sign-in leads; None if it leads to no application.
        now: NumericDate.
        in_grace: Whether to count what will be demanded when the time to enrol is over.
    """
    if client is not None and client.second_factor:
        return True
    of_people = organisation.second_factor or bool(roles & frozenset(organisation.second_factor_roles))
    return of_people and (in_grace or now >= organisation.second_factor_from)


def federated_end(authenticated_at: int, organisation: Organisation) -> int:
    """Return until when a sign-in at an identity provider counts: NumericDate."""
    return authenticated_at + organisation.federated_grant_hours * 3600


def is_enough(
    methods: frozenset[str], organisation: Organisation, user: User | Status, client: AskingClient | None, now: int
) -> bool:
    """Say whether what was proved still satisfies today's policy, for a grant that is refreshed or a code."""
    if MULTI_FACTOR in methods:
        return True
    if client is not None and client.second_factor:
        return False
    return REMEMBERED in methods or not is_demanded(organisation, user.roles, client, now)


def missing(
    methods: frozenset[str],
    user: User,
    organisation: Organisation,
    client: AskingClient | None,
    now: int,
    demand: Demand = NO_DEMAND,
) -> Need:
    """Return what a sign-in still needs before it may proceed: the one rule of every page of a sign-in.

    A user who has a second factor proves it at each sign-in, unless the browser is remembered. A remembered browser is
    not enough where the application demands a second factor, or the request asks for a class or a fresh sign-in.
    """
    is_asked = bool(demand.acr_values) and not reaches(methods, demand.acr_values) and can_reach(user, demand)
    if MULTI_FACTOR in methods:
        return "second factor" if is_asked else "nothing"
    if user.factors:
        is_strict = is_asked or demand.is_fresh or (client is not None and client.second_factor)
        return "nothing" if REMEMBERED in methods and not is_strict else "second factor"
    return "enrolment" if is_demanded(organisation, user.roles, client, now) else "nothing"
