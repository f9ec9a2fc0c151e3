"""An organisation's logo, as its pages show it."""

import base64
from http import HTTPStatus

import msgspec

from gatehouse.domain.accounts.logos import LogoStore
from gatehouse.endpoints import responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_SECONDS = 24 * 60 * 60


class LogoEndpoint(msgspec.Struct, frozen=True):
    """Serves logos; a new one has a new address."""

    logos: LogoStore

    def get(self, _request: Request, organisation: str | None) -> Response:
        """Answer the picture."""
        logo = None if organisation is None else self.logos.find_logo(organisation)
        if logo is None:
            return responses.not_found()
        headers = {
            "Content-Type": logo.media_type,
            "Cache-Control": f"public, max-age={_SECONDS}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return {
            "statusCode": HTTPStatus.OK.value,
            "headers": headers,
            "body": base64.b64encode(logo.content).decode(),
            "isBase64Encoded": True,
        }
