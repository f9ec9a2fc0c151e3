"""The resource owner password credentials grant (RFC 6749 section 4.3).

RFC 9700 section 2.4 advises against it: it is off unless a client opted in.
"""

from gatehouse.domain import entitlements, failures, passwords, scopes, usernames
from gatehouse.domain.errors import InvalidGrantError, InvalidRequestError, TooManyFailuresError
from gatehouse.domain.grants.base import GrantContext, IssuedToken, SignIn, TokenRequest, begin
from gatehouse.domain.usernames import Login
from gatehouse.domain.users import User

GRANT_TYPE = "password"
PARAMETERS = frozenset({"username", "password", "scope"})


def run(context: GrantContext, request: TokenRequest) -> IssuedToken:
    """Check the user's password and issue a token; one batched read, one password hash, one write.

    Unknown user, unknown organisation, wrong password, locked and disabled account:
    one answer, at one cost (section 10.7).

    Raises:
        InvalidRequestError: No username or no password.
        InvalidScopeError: The scope parameter is malformed.
        InvalidGrantError: Anything is wrong with the user.
        TooManyFailuresError: The source address failed too often.
    """
    typed, password = _credentials(request)
    requested = scopes.parse_optional(request.parameters.get("scope"))
    user = _authenticate(context, request, typed, password)
    granted = entitlements.granted(context.directory, request.client, user, requested)
    return begin(context, request, grant_type=GRANT_TYPE, scopes=granted, user=user)


def _credentials(request: TokenRequest) -> tuple[str, str]:
    username, password = request.parameters.get("username"), request.parameters.get("password")
    if username is None or password is None:
        raise InvalidRequestError(
            "no username or no password", description="The parameters username and password are required."
        )
    return username, password


def _authenticate(context: GrantContext, request: TokenRequest, typed: str, password: str) -> User:
    store, now = context.sign_ins, request.now
    login = _login(typed, request.client.organisation)
    sign_in = store.find_sign_in(login.organisation, login.username, request.source, now)
    if sign_in.source_failures >= failures.SOURCE_FAILURES_MAX:
        raise TooManyFailuresError(
            f"source {request.source} failed {sign_in.source_failures} times",
            retry_after_seconds=failures.source_window_ends_at(now) - now,
        )
    user = _check(sign_in, password, now)
    if user is None or not failures.forgive(store, login.organisation, login.username, sign_in.failures, now):
        failures.record(store, login.organisation, login.username, sign_in.failures, now)
        store.count_source_failure(request.source, now)
        raise InvalidGrantError("user authentication failed")
    better = passwords.improve(password, user.password_hash or "")
    if better is not None:
        context.directory.replace_password_hash(user.organisation, user, better)
    return user


def _login(typed: str, organisation: str) -> Login:
    """Return whose account is meant; a client serves users of its own organisation only."""
    login = usernames.parse(typed, organisation)
    return login if login and login.organisation == organisation else usernames.nobody(typed, organisation)


def _check(sign_in: SignIn, password: str, now: int) -> User | None:
    """Return the user if everything is right; hashes once, whatever is wrong."""
    user = sign_in.user
    is_right = passwords.matches(password, user.password_hash if user else None)
    is_open = not failures.is_locked(failures.current(sign_in.failures, now), now)
    is_active = (
        user is not None and user.is_active and sign_in.organisation is not None and sign_in.organisation.is_active
    )
    return user if is_right and is_open and is_active else None
