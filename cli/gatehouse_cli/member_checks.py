"""What the doctor asks of members' sign-in methods."""

from collections.abc import Sequence

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.passkeys import RelyingParty
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import builtin
from gatehouse_cli import moments
from gatehouse_cli.findings import Finding, ok, wrong
from gatehouse_cli.stack import Stack

_NAMED_MAX = 10


def find_administrators(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether every administrator has the second factor that their organisation demands."""
    now = moments.now()
    found: list[Finding] = []
    for organisation in connected.organisations():
        lacking = [one.username for one in connected.users(organisation.key) if _lacks(organisation, one, now)]
        if lacking:
            means = "the organisation demands one; they sign in again only once they have set it up by a mailed link"
            command = f"gatehouse users create-enrolment-link {organisation.key} USERNAME"
            action = f"ask them to set it up; without mail: {command}"
            found.append(wrong(f"{check}: {organisation.key}", f"no second factor: {_named(lacking)}", means, action))
    return found or [ok(check, "every administrator has the second factor that is demanded")]


def find_passkeys(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether passkeys were made for the host of the present PublicUrl; others sign nobody in."""
    party = RelyingParty.of(connected.public_url)
    host = party.rp_id if party else ""
    found: list[Finding] = []
    for organisation in connected.organisations():
        holders = [one for one in connected.users(organisation.key) if "passkey" in one.factors]
        useless = [one.username for one in holders if not _has_working_passkey(connected, one, host)]
        if useless:
            seen = f"made for another host than {host or 'PublicUrl, which is none'}: {_named(useless)}"
            means = "PublicUrl changed after they were set up; no browser offers them any more"
            action = (
                "set PublicUrl back, or tell these members to sign in otherwise and to set up new ones; "
                f"who cannot: gatehouse users reset-factors {organisation.key} USERNAME"
            )
            found.append(wrong(f"{check}: {organisation.key}", seen, means, action))
    return found or [ok(check, "every passkey was made for the present host")]


def _lacks(organisation: Organisation, user: User, now: int) -> bool:
    is_administrator = builtin.ADMIN in user.roles and user.is_active
    return is_administrator and not user.factors and factors.is_demanded(organisation, user.roles, None, now)


def _has_working_passkey(connected: Stack, user: User, host: str) -> bool:
    found, _ = connected.second_factors.find_factors(user.organisation, user.user_id)
    return any(one.rp_id == host for one in found.passkeys)


def _named(usernames: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow."""
    more = len(usernames) - _NAMED_MAX
    return ", ".join(usernames[:_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
