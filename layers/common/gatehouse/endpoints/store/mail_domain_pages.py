"""The page of mail domains, on the services of the JSON API."""

import msgspec

from gatehouse.domain.portal.identity_providers import IdentityProviderAdministration
from gatehouse.domain.portal.mail_domains import MailDomainAdministration
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/admin/mail-domains"

router = PageRouter(scope=SCOPE)


class MailDomainPages(msgspec.Struct, frozen=True):
    """Shows and takes mail domains."""

    administration: MailDomainAdministration
    providers: IdentityProviderAdministration

    @router.get(PATH)
    def get(self, context: StorePageContext) -> Response:
        """List them, and show the form for another one."""
        return context.show(
            "admin_mail_domains",
            domains=self.administration.find_all(context.caller),
            providers=self.providers.store.find_providers(context.caller.organisation),
            values=context.form if context.form.get("action", "claim") == "claim" else {},
        )

    @router.post(PATH, again=get)
    def post(self, context: StorePageContext) -> Response:
        """Claim, check or give one up, as the pressed button says."""
        form, caller = context.form, context.caller
        action, domain = form.get("action", "claim"), form.get("domain", "")
        if action == "check":
            self.administration.check(caller, domain, caller.user_id)
        elif action == "remove":
            self.administration.remove(caller, domain)
        else:
            self.administration.claim(caller, domain, form.get("providerId", ""))
        return context.go(PATH, "saved")
