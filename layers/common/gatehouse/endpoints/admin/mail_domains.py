"""Mail domains in the administrators' JSON API."""

from typing import Any

import msgspec

from gatehouse.domain.accounts.mail_domains import DomainClaim
from gatehouse.domain.portal.mail_domains import MailDomainAffairs
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable

PATH = "/mail-domains"
_ONE = f"{PATH}/{{domain}}"


class MailDomainsApi(msgspec.Struct, frozen=True):
    """Answers about mail domains."""

    affairs: MailDomainAffairs

    def find_all(self, call: ApiCall) -> Answer:
        """GET /mail-domains."""
        found = self.affairs.find_all(call.caller)
        return Answer({"count": len(found), "list": [render(claim, is_proven=proven) for claim, proven in found]})

    def claim(self, call: ApiCall) -> Answer:
        """POST /mail-domains."""
        fields = bodies.parse(call.body)
        made = self.affairs.claim(call.caller, fields.text("domain"), fields.text("providerId"))
        return Answer(render(made, is_proven=False), 201)

    def check(self, call: ApiCall) -> Answer:
        """POST /mail-domains/{domain}/check."""
        proven = self.affairs.check(call.caller, call.path["domain"], call.caller.user_id)
        return Answer(render(proven, is_proven=True))

    def remove(self, call: ApiCall) -> Answer:
        """DELETE /mail-domains/{domain}."""
        self.affairs.remove(call.caller, call.path["domain"])
        return Answer()

    def operations(self) -> tuple[Operation, ...]:
        """Return the table of this part."""
        table = OperationTable(scopes=ADMIN)
        return (
            table.get(
                PATH,
                "List the mail domains that the organisation claims, and whether DNS proves them.",
                self.find_all,
                gives="MailDomainList",
            ),
            table.post(
                PATH,
                "Claim a mail domain; the answer says which TXT record proves it.",
                self.claim,
                takes="MailDomainDraft",
                gives="MailDomain",
                statuses=(201, 409),
            ),
            table.post(
                f"{_ONE}/check",
                "Look for the TXT record; once it is seen, addresses of the domain lead to the provider.",
                self.check,
                gives="MailDomain",
                statuses=(200, 400, 404, 409),
            ),
            table.delete(_ONE, "Release a mail domain.", self.remove, statuses=(200, 404, 409)),
        )


def render(claim: DomainClaim, *, is_proven: bool) -> dict[str, Any]:
    """Return a claim as JSON."""
    return {
        "domain": claim.domain,
        "providerId": claim.provider_id,
        "proven": is_proven,
        "recordName": claim.record_name,
        "record": claim.record,
    }
