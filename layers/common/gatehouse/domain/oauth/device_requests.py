"""Device authorization requests (RFC 8628): what a device asks for, until its user decides and the device fetches it.

A request is one item. The user code is its key, and the device code names the user code in front of its own secret. So
the page, the decision and a poll each find the request by one call. The request has the id of the grant ready that it
becomes: redeeming it is the one conditional write that stores this grant, as for an authorization code.
"""

import hashlib
import re
import secrets
from copy import replace
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, scopes
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.codes import Code

LIFETIME_SECONDS = 600
INTERVAL_SECONDS = 5
SOURCE_REQUESTS_MAX = 100
"""In five minutes (`lockout.SOURCE_WINDOW_SECONDS`), from one source address."""

ENTRIES_MAX = 10
"""User codes that a user may enter in `ENTRIES_WINDOW_SECONDS`, right ones included: an attacker knows right ones."""

ENTRIES_WINDOW_SECONDS = 600

_SLACK_MS = 1000
"""A poll may be this much early: clients measure the interval from their own clocks (RFC 8628 section 3.5)."""

_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 section 6.1: no vowels, so no words, and no digits that look like letters."""

_CODE_CHARACTERS = 8
_TYPED_MAX_CHARACTERS = 40
_DEVICE_CODE = re.compile(rf"ghd_([{_ALPHABET}]{{{_CODE_CHARACTERS}}})\.([\w-]{{43}})", re.ASCII)


class DecisionStatus(StrEnum):
    """What the user has decided."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


class DeviceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of one device.

    Attributes:
        code_digest: SHA-256 of the user code, which is kept nowhere.
        device_digest: SHA-256 of the device code's secret.
        grant_id: The grant that it becomes; nobody but the page that shows the request knows it before.
        source: The address that the device asked from, for the page.
        client_generation: The client's, of the copy that its credentials were checked against.
        scopes: As asked; after the approval, as granted.
        dropped_scopes: See `Grant`.
        resources: The APIs that the request named; see `Grant`.
        polled_at_ms: When the last poll was accepted; 0 before the first one.
        user_id: Of the user who decided; this and the next seven are empty before.
        authenticated_at: NumericDate of the proof behind the decision.
        signed_in_at: NumericDate of the sign-in, if that came later; None if it was the proof.
        methods: What that sign-in proved: see `factors`.
        generation: The session's; the grant inherits this and the two below.
        connection_generation: The user's for the client.
        organisation_generation: The session's.
        expires_at: NumericDate; also the TTL attribute.
    """

    code_digest: bytes
    device_digest: bytes
    grant_id: str
    organisation: str
    client_id: str
    client_generation: str
    scopes: frozenset[str]
    dropped_scopes: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    source: str
    requested_at_ms: int
    polled_at_ms: int = 0
    status: DecisionStatus = DecisionStatus.PENDING
    user_id: str = ""
    username: str = ""
    authenticated_at: int = 0
    signed_in_at: int | None = None
    methods: frozenset[str] = frozenset()
    generation: str = ""
    connection_generation: str = ""
    organisation_generation: str = ""
    expires_at: int


class DeviceCode(msgspec.Struct, frozen=True):
    """A presented device code, taken apart."""

    code_digest: bytes
    device_digest: bytes


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll of a device.

    Attributes:
        since_ms: The last accepted poll must not be younger.
        now_ms: Epoch milliseconds.
    """

    code: DeviceCode
    client_id: str
    since_ms: int
    now_ms: int


class DeviceRequestStore(Protocol):
    """Where requests are kept."""

    def add_request(self, organisation: str, request: DeviceRequest, now: int) -> bool:
        """Store a new request; False if another one that has not expired has the user code."""
        ...

    def find_request(self, organisation: str, code_digest: bytes) -> DeviceRequest | None:
        """Return the request, read strongly, however old it is."""
        ...

    def poll_request(self, organisation: str, poll: Poll) -> DeviceRequest | None:
        """Accept the poll if the request is the client's, pending, alive, and was not polled too recently.

        It is one conditional write, whatever comes of it.

        Returns:
            None if the poll was accepted, so that the user has not decided yet; else the request as it stands.

        Raises:
            UnknownRequestError: No request has the device code, or it is another client's.
        """
        ...

    def decide_request(self, organisation: str, decided: DeviceRequest, now: int, entry: Entry) -> bool:
        """Store the user's decision and its audit entry, all or nothing; False if the request does not await one."""
        ...

    def count_entry(self, organisation: str, user_id: str, window: int) -> int:
        """Count one entry of a user code by the user; return how many there are in this window."""
        ...


class UnknownRequestError(Exception):
    """No request has the device code that a client presented."""


def generate_user_code() -> str:
    """Return eight letters of RFC 8628's alphabet: 34.5 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARACTERS))


def show(user_code: str) -> str:
    """Return the user code as people read it, in two halves."""
    half = _CODE_CHARACTERS // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def parse_user_code(typed: str) -> str | None:
    """Return the user code that a user typed, in any case and with any dashes and spaces; None if it is none."""
    letters = re.sub(r"[^A-Z]", "", typed[:_TYPED_MAX_CHARACTERS].upper())
    is_code = len(letters) == _CODE_CHARACTERS and set(letters) <= set(_ALPHABET)
    return letters if is_code else None


def digest(code: str) -> bytes:
    """Return the form in which a user code, or the secret of a device code, is stored."""
    return hashlib.sha256(code.encode()).digest()


def render_device_code(user_code: str, secret: str) -> str:
    """Return the device code; its secret has 256 random bits."""
    return f"ghd_{user_code}.{secret}"


def parse_device_code(text: str) -> DeviceCode | None:
    """Take a device code apart; None if it cannot be one of ours."""
    found = _DEVICE_CODE.fullmatch(text)
    return None if found is None else DeviceCode(digest(found[1]), digest(found[2]))


def begin(
    client: Client,
    user_code: str,
    secret: str,
    asked: frozenset[str],
    resources: tuple[str, ...],
    source: str,
    now_ms: int,
) -> DeviceRequest:
    """Return a new request, not yet stored."""
    return DeviceRequest(
        code_digest=digest(user_code),
        device_digest=digest(secret),
        grant_id=digests.generate_id(),
        organisation=client.organisation,
        client_id=client.client_id,
        client_generation=client.generation,
        scopes=asked,
        resources=resources,
        source=source,
        requested_at_ms=now_ms,
        expires_at=now_ms // 1000 + LIFETIME_SECONDS,
    )


def poll(code: DeviceCode, client_id: str, now_ms: int) -> Poll:
    """Return a poll that is accepted if the last accepted one is an interval ago, but for the slack.

    A poll that is refused does not move the time, and the interval never grows: whoever polled too fast once, and then
    waits as told, is heard again.
    """
    since_ms = now_ms - INTERVAL_SECONDS * 1000 + _SLACK_MS
    return Poll(code=code, client_id=client_id, since_ms=since_ms, now_ms=now_ms)


def is_awaited(request: DeviceRequest, now: int) -> bool:
    """Say whether the request awaits a decision."""
    return request.status == DecisionStatus.PENDING and now < request.expires_at


def is_same_decision(standing: DeviceRequest, decided: DeviceRequest) -> bool:
    """Say whether this user has decided just this already, so that a form that was sent twice succeeds."""
    return (standing.grant_id, standing.status, standing.user_id) == (
        decided.grant_id,
        decided.status,
        decided.user_id,
    )


def approve(request: DeviceRequest, user: User, session: Session, granted: frozenset[str]) -> DeviceRequest:
    """Return the request as the user approved it; it is alive no longer than the session was then."""
    return replace(
        _decide(request, user, session),
        status=DecisionStatus.APPROVED,
        scopes=granted,
        dropped_scopes=scopes.dropped(request.scopes, granted),
    )


def deny(request: DeviceRequest, user: User, session: Session) -> DeviceRequest:
    """Return the request as the user denied it."""
    return replace(_decide(request, user, session), status=DecisionStatus.DENIED)


def _decide(request: DeviceRequest, user: User, session: Session) -> DeviceRequest:
    return replace(
        request,
        user_id=user.user_id,
        username=user.username,
        authenticated_at=session.auth_time,
        signed_in_at=session.authenticated_at if session.proved_at else None,
        methods=session.methods,
        generation=session.generation,
        connection_generation=users.connection_generation(user, request.client_id),
        organisation_generation=session.organisation_generation,
    )


def is_allowed(organisation: Organisation | None) -> bool:
    """Say whether the organisation lets devices in: off until an administrator allows it."""
    return organisation is not None and organisation.is_active and organisation.device_authorization


def as_code(request: DeviceRequest) -> Code:
    """Return an approved request as the authorization code that it is redeemed like."""
    shared = set(Code.__struct_fields__) & set(DeviceRequest.__struct_fields__)
    values: dict[str, Any] = {name: getattr(request, name) for name in shared}
    return Code(digest=request.device_digest, redirect_uri="", **values)
