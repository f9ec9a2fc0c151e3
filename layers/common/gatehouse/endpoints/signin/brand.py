"""An organisation's style sheet: its accent colour and its logo, for its own sign-in pages and for the store."""

from http import HTTPStatus

import msgspec

from gatehouse.domain.accounts import branding
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_SECONDS = 300


class BrandEndpoint(msgspec.Struct, frozen=True):
    """Serves style sheets; one that changes nothing is empty."""

    organisations: OrganisationStore

    def get(self, _request: Request, organisation: str | None) -> Response:
        """Answer the style sheet."""
        found = None if organisation is None else self.organisations.find_organisation(organisation)
        headers = {
            "Content-Type": "text/css; charset=utf-8",
            "Cache-Control": f"public, max-age={_SECONDS}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        body = "" if found is None else _style(found)
        return {"statusCode": HTTPStatus.OK.value, "headers": headers, "body": body, "isBase64Encoded": False}


def _style(organisation: Organisation) -> str:
    """Return colour and logo. A key and a version hold nothing that means something in a style sheet."""
    logo = f"/t/{organisation.key}/account/logo?v={organisation.logo_version}"
    shown = f'.brand img {{ content: url("{logo}"); inline-size: auto; max-inline-size: 8rem; object-fit: contain; }}\n'
    return branding.style(organisation.accent_colour) + (shown if organisation.logo_version else "")
