"""What awaits a decision of an administrator: members who signed up, and subscriptions."""

from typing import Any

import msgspec

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Window
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal import subscription_decisions
from gatehouse.domain.portal.members import MemberStore
from gatehouse.domain.portal.subscriptions import SubscriptionStore
from gatehouse.endpoints.admin import members
from gatehouse.endpoints.admin.api import ADMIN, PAGING
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class InboxApi(msgspec.Struct, frozen=True):
    """Shows pending requests and takes decisions about subscriptions."""

    members: MemberStore
    subscriptions: SubscriptionStore

    @router.get("/inbox", gives="Inbox")
    def find_inbox(self, call: ApiCall) -> Answer:
        """Show the first pages of what awaits a decision."""
        first = Window()
        return Answer(
            {
                "members": self._waiting_members(call.caller, first),
                "subscriptions": self._waiting_subscriptions(call.caller, first),
            }
        )

    @router.get("/inbox/members", gives="MemberList", query=PAGING)
    def find_waiting_members(self, call: ApiCall) -> Answer:
        """List the members who signed up."""
        return Answer(self._waiting_members(call.caller, call.window))

    @router.get("/inbox/subscriptions", gives="WaitingSubscriptionList", query=PAGING)
    def find_waiting_subscriptions(self, call: ApiCall) -> Answer:
        """List subscriptions that await a decision, oldest first."""
        return Answer(self._waiting_subscriptions(call.caller, call.window))

    @router.post(
        "/subscriptions/{subscriptionId}/decide", takes="Decision", gives="WaitingSubscription", statuses=(200, 409)
    )
    def decide(self, call: ApiCall) -> Answer:
        """Approve or reject a subscription."""
        found = subscription_decisions.find(self.subscriptions, call.caller, call.path["subscriptionId"])
        fields = bodies.parse(call.body)
        if fields.values.get("approved") is None:
            raise InvalidInputError("approved: must not be null", field="approved")
        decided = subscription_decisions.decide(
            self.subscriptions, call.caller, found, is_approved=fields.flag("approved")
        )
        return Answer(rendering.subscription_of_api(decided, call.caller.organisation))

    def _waiting_members(self, caller: Caller, window: Window) -> dict[str, Any]:
        page = self.members.find_waiting_members(caller.organisation, window)
        return listings.paged("/inbox/members", page.holding(members.render(one, caller.now) for one in page.items))

    def _waiting_subscriptions(self, caller: Caller, window: Window) -> dict[str, Any]:
        page = self.subscriptions.find_waiting_subscriptions(caller.organisation, window)
        waiting = page.holding(rendering.subscription_of_api(one, caller.organisation) for one in page.items)
        return listings.paged("/inbox/subscriptions", waiting)
