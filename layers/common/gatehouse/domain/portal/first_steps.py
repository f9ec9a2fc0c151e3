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
    """

    applications: tuple[Application, ...]
    application: Application | None
    has_token: bool

    def done(self, *, has_called: bool) -> dict[Step, bool]:
        """Say of each step, in order, whether it is done. Gatehouse counts no calls, so somebody else saw one."""
        one = self.application
        return {
            "application": one is not None,
            "keys": one is not None and bool(one.client_ids),
            "subscription": one is not None and bool(one.subscriptions),
            "token": self.has_token,
            "call": self.has_token and has_called,
        }


def find(portal: Portal, caller: Caller) -> FirstSteps:
    """Return what the caller has done: one page of applications, their numbers, and the tokens generated for one."""
    own = applications.find_page(portal.applications, caller, Window(limit=SHOWN_MAX)).items
    furthest = max(
        own, key=lambda one: (bool(one.client_ids) + bool(one.subscriptions), one.updated_at_ms), default=None
    )
    return FirstSteps(applications=own, application=furthest, has_token=_has_token(portal, caller, own, furthest))


def _has_token(portal: Portal, caller: Caller, own: tuple[Application, ...], furthest: Application | None) -> bool:
    """Say whether an application got a token; statistics are seconds behind, tokens generated in the store are not."""
    with_keys = tuple(one.application_id for one in own if one.client_ids)
    if furthest is None or not with_keys:
        return False
    if any(one.tokens for one in portal.statistics.find_application_counts(caller.organisation, with_keys)):
        return True
    client_id = next(iter(sorted(furthest.client_ids.values())), "")
    return bool(client_id) and bool(portal.generated.find_generated(caller.organisation, client_id))
