"""An organisation's brand, for its own sign-in pages and for the store: its accent colour and its logo."""

import base64

import msgspec

from gatehouse.domain.accounts import branding
from gatehouse.domain.accounts.logos import LogoStore
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.endpoints import responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_STYLE_SECONDS = 300
_LOGO_SECONDS = 24 * 60 * 60


class BrandEndpoint(msgspec.Struct, frozen=True):
    """Serves style sheets and logos; a new logo has a new address."""

    organisations: OrganisationStore
    logos: LogoStore

    def get_style(self, _request: Request, organisation: str | None) -> Response:
        """Answer the style sheet; one that changes nothing is empty."""
        found = None if organisation is None else self.organisations.find_organisation(organisation)
        headers = _headers("text/css; charset=utf-8", _STYLE_SECONDS)
        return responses.text(200, headers, "" if found is None else _style(found))

    def get_logo(self, _request: Request, organisation: str | None) -> Response:
        """Answer the picture."""
        logo = None if organisation is None else self.logos.find_logo(organisation)
        if logo is None:
            return responses.not_found()
        picture = responses.text(200, _headers(logo.media_type, _LOGO_SECONDS), base64.b64encode(logo.content).decode())
        return {**picture, "isBase64Encoded": True}


def _headers(media_type: str, seconds: int) -> dict[str, str]:
    return {
        "Content-Type": media_type,
        "Cache-Control": f"public, max-age={seconds}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }


def _style(organisation: Organisation) -> str:
    """Return colour and logo. A key and a version hold nothing that means something in a style sheet."""
    logo = f"/t/{organisation.key}/account/logo?v={organisation.logo_version}"
    shown = f'.brand img {{ content: url("{logo}"); inline-size: auto; max-inline-size: 8rem; object-fit: contain; }}\n'
    return branding.style(organisation.accent_colour) + (shown if organisation.logo_version else "")
