"""The UserInfo endpoint (OpenID Connect Core section 5.3)."""

import msgspec

from gatehouse.domain.accounts.users import UserStore
from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import (
    InsufficientScopeError,
    InvalidRequestError,
    InvalidTokenError,
    MissingTokenError,
)
from gatehouse.domain.oauth import gate, id_tokens
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.endpoints import forms, responses
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response


class UserInfoEndpoint(msgspec.Struct, frozen=True):
    """Tells the bearer of a token with the scope `openid` about the user."""

    subjects: Subjects
    users: UserStore

    def get(self, request: Request, organisation: str | None) -> Response:
        """Answer the claims that the token's scopes allow; a token in the URL is none.

        Raises:
            MissingTokenError: No Authorization header, or one of another scheme.
            InvalidTokenError: No valid token, one of another organisation, or of a user who ended.
            InsufficientScopeError: The token lacks `openid`.
        """
        return self._answer(request, organisation, request.headers.get("authorization"))

    def post(self, request: Request, organisation: str | None) -> Response:
        """Do the same; the token may be a parameter of the form (OpenID Connect Core section 5.3.1).

        Raises:
            InvalidRequestError: The token is in header and form: "Clients MUST NOT use more than one method to transmit
                the token in each request" (RFC 6750 section 2); or the form is malformed.
        """
        header = request.headers.get("authorization")
        form = forms.parse(request) if request.raw_body and forms.is_form(request) else {}
        if "access_token" not in form:
            return self._answer(request, organisation, header)
        if header is not None:
            raise InvalidRequestError(
                "token in header and form",
                description="Send the access token in the Authorization header or in the form, not in both.",
            )
        return self._answer(request, organisation, f"Bearer {form['access_token']}")

    def _answer(self, request: Request, organisation: str | None, header: str | None) -> Response:
        if header is None or not gate.is_sent(header):
            raise MissingTokenError("userinfo without a token")
        subject = self.subjects.find(gate.parse_bearer([header]), request.now)
        grant = subject.grant
        if organisation not in {None, grant.organisation}:
            raise InvalidTokenError(f"grant {grant.grant_id} is of another organisation")
        if scopes.OPENID not in subject.access.scopes or grant.username is None:
            raise InsufficientScopeError(f"grant {grant.grant_id} without openid", needed=scopes.OPENID)
        user = self.users.find_user(grant.organisation, grant.username)
        is_same = user is not None and user.user_id == grant.user_id and user.generation == grant.generation
        if user is None or not is_same or not user.is_active:
            raise InvalidTokenError(f"the user of grant {grant.grant_id} ended")
        return responses.ok(id_tokens.user_claims(user, subject.access.scopes))
