"""Mail domains in the administrators' JSON API."""

from typing import Any

import msgspec

from gatehouse.domain.accounts.mail_domains import DomainClaim
from gatehouse.domain.portal.mail_domains import MailDomainAdministration
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class MailDomainsApi(msgspec.Struct, frozen=True):
    """Answers about mail domains."""

    administration: MailDomainAdministration

    @router.get("/mail-domains", gives="MailDomainList")
    def find_all(self, call: ApiCall) -> Answer:
        """List the mail domains that the organisation claims, and whether DNS proves them."""
        found = self.administration.find_all(call.caller)
        return Answer(listings.whole(render(claim, is_proven=proven) for claim, proven in found))

    @router.post("/mail-domains", takes="MailDomainDraft", gives="MailDomain", statuses=(201, 409))
    def claim(self, call: ApiCall) -> Answer:
        """Claim a mail domain; the answer says which TXT record proves it."""
        fields = bodies.parse(call.body)
        made = self.administration.claim(call.caller, fields.text("domain"), fields.text("providerId"))
        return Answer(render(made, is_proven=False), 201)

    @router.post("/mail-domains/{domain}/check", gives="MailDomain", statuses=(200, 409))
    def check(self, call: ApiCall) -> Answer:
        """Look for the TXT record; once it is seen, addresses of the domain lead to the provider."""
        proven = self.administration.check(call.caller, call.path["domain"], call.caller.user_id)
        return Answer(render(proven, is_proven=True))

    @router.delete("/mail-domains/{domain}", statuses=(200, 409))
    def remove(self, call: ApiCall) -> None:
        """Release a mail domain."""
        self.administration.remove(call.caller, call.path["domain"])


def render(claim: DomainClaim, *, is_proven: bool) -> dict[str, Any]:
    """Return a claim as JSON."""
    return {
        "domain": claim.domain,
        "providerId": claim.provider_id,
        "proven": is_proven,
        "recordName": claim.record_name,
        "record": claim.record,
    }
