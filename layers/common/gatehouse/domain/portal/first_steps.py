"""The first steps of a developer, from nothing to a first call: which are done, by three reads at most."""

from typing import Literal

import msgspec

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.services import Portal

SHOWN_MAX = 5
"""How many applications are looked at. A developer with more has taken these steps."""

type Step = Literal["application", "keys", "subscription", "token", "call"]


class FirstSteps(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer has done.

    Attributes:
        applications: The first of their own, by name.
        application: The one with the most steps done; None if there is none.
        has_token: Whether a token was issued to one of them.
        has_called: Whether one of them called an API, as far as it is known.
    """

    applications: tuple[Application, ...]
    application: Application | None
    has_token: bool
    has_called: bool

    def done(self) -> dict[Step, bool]:
        """Say of each step, in order, whether it is done."""
        one = self.application
        return {
            "application": one is not None,
            "keys": one is not None and bool(one.client_ids),
            "subscription": one is not None and bool(one.subscriptions),
            "token": self.has_token,
            "call": self.has_token and self.has_called,
        }


def find(portal: Portal, caller: Caller) -> FirstSteps:
    """Return what the caller has done: one page of applications, their numbers, and the tokens generated for one."""
    own = applications.find_page(portal.applications, caller, Window(limit=SHOWN_MAX)).items
    furthest = max(
        own, key=lambda one: (bool(one.client_ids) + bool(one.subscriptions), one.updated_at_ms), default=None
    )
    with_keys = tuple(one.application_id for one in own if one.client_ids)
    counts = portal.statistics.find_application_counts(caller.organisation, with_keys) if with_keys else ()
    return FirstSteps(
        applications=own,
        application=furthest,
        has_token=any(one.tokens for one in counts) or _has_generated(portal, caller, furthest),
        has_called=any(one.has_called for one in counts),
    )


def mark_called(portal: Portal, caller: Caller, application_id: str) -> None:
    """Remember that an application of the caller, or one that is shared with them, called an API.

    Raises:
        ApplicationNotFoundError: The caller sees no such application.
    """
    application = applications.find_visible(portal.applications, caller, application_id)
    portal.statistics.mark_called(application.organisation, application.application_id)


def _has_generated(portal: Portal, caller: Caller, furthest: Application | None) -> bool:
    """Say whether a token was generated in the store: statistics are seconds behind."""
    if furthest is None:
        return False
    client_id = next(iter(sorted(furthest.client_ids.values())), "")
    return bool(client_id) and bool(portal.generated.find_generated(caller.organisation, client_id))
