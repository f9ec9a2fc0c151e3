"""Members of an organisation: invite, approve, disable and reset them, as an administrator."""

from collections.abc import Callable, Mapping
from copy import replace
from typing import Protocol

from gatehouse.domain.accounts import addresses, jobs, links, usernames, users
from gatehouse.domain.accounts.jobs import Job, Kind
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, role_names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError

NO_MAIL = "This deployment sends no mails. Ask its operator to set MailFrom."
_CHANGED = "It changed meanwhile. Look at it again."


class MemberStore(Protocol):
    """Where members are kept; every change and its audit entry are one transaction.

    Attributes:
        sends_mail: Whether the deployment sends mails; without, the jobs that mail are dropped.
    """

    sends_mail: bool

    def find_member(self, organisation: str, username: str) -> User | None:
        """Return a member as they are now."""
        ...

    def find_members(self, organisation: str, window: Window, prefix: str = "") -> Page[User]:
        """Return a page of members, by username, or of those whose username begins so, which nobody counts."""
        ...

    def count_waiting(self, organisation: str) -> int:
        """Return how many members and subscriptions await a decision."""
        ...

    def find_waiting_members(self, organisation: str, window: Window) -> Page[User]:
        """Return a page of those who signed up and await approval."""
        ...

    def add_member(self, organisation: str, user: User, entry: Entry, job: Job | None) -> bool:
        """Store a new member, and enqueue the job that mails an invitation; False if the username is taken."""
        ...

    def change_member(
        self, organisation: str, old: User, new: User, entry: Entry, job: Job | None = None
    ) -> User | None:
        """Store a changed member with the status, and enqueue the job that it requires; return the member as stored.

        None if the member changed since `old` was read, or if who changes them is no administrator any more.
        """
        ...

    def reset_factors(self, organisation: str, old: User, new: User, entry: Entry, job: Job) -> User | None:
        """Store the member without second factors, forget those, and leave the mail; None as in `change_member`."""
        ...

    def forget_failures(self, organisation: str, username: str, entry: Entry) -> None:
        """Forget failed sign-ins, so that the account is open."""
        ...


def find(store: MemberStore, caller: Caller, username: str) -> User:
    """Return a member of the caller's organisation, by the username in any spelling.

    Raises:
        NotFoundError: There is none of that name.
    """
    spelling = usernames.normalise(username)
    found = store.find_member(caller.organisation, spelling) if spelling else None
    if found is None:
        raise NotFoundError("There is no member of that name.")
    return found


def find_page(store: MemberStore, caller: Caller, window: Window, typed: str = "") -> Page[User]:
    """Return a page of members, or of those whose username begins with what was typed."""
    return store.find_members(caller.organisation, window, usernames.normalise_start(typed))


def invite(store: MemberStore, caller: Caller, typed: str, email: str, roles: frozenset[str], issuer: str) -> User:
    """Create a member, and send an invitation with a link to choose a password.

    Raises:
        InvalidInputError: The username, the address or a role is malformed.
        ConflictError: The username is taken, or the deployment sends no mails.
    """
    _require_mail(store)
    login = usernames.parse(typed, caller.organisation)
    if login is None or login.organisation != caller.organisation:
        raise InvalidInputError("That is no username of your organisation.", field="username")
    address = email or (login.username if "@" in login.username else "")
    if not addresses.is_address(address):
        raise InvalidInputError("An e-mail address is needed, for the invitation.", field="email")
    user = User(
        organisation=caller.organisation,
        user_id=digests.generate_id(),
        username=login.username,
        password_hash=None,
        roles=role_names.check_roles(roles),
        email=address,
        invited_until=caller.now + links.INVITATION_SECONDS,
    )
    entry = caller.entry("member.invite", user.username, " ".join(sorted(roles)))
    invitation = _job(caller, user, "invite", issuer)
    if not store.add_member(caller.organisation, user, entry, invitation):
        raise ConflictError("There is a member of that name.", field="username")
    return user


def add_imported(store: MemberStore, caller: Caller, user: User, issuer: str) -> bool:
    """Add a member from another system; one without a password is invited. False if the username is taken."""
    is_invited = user.password_hash is None
    entry = caller.entry(
        "member.invite" if is_invited else "member.import", user.username, " ".join(sorted(user.roles))
    )
    job = _job(caller, user, "invite", issuer) if is_invited else None
    return store.add_member(caller.organisation, user, entry, job)


def resend_invitation(store: MemberStore, caller: Caller, member: User, issuer: str) -> User:
    """Send the invitation again, with a new link; the days to accept it begin again.

    Raises:
        InvalidInputError: The member was not invited, or has accepted; or would get no mail.
        ConflictError: The member changed meanwhile, or the deployment sends no mails.
    """
    _require_mail(store)
    if member.invitation(caller.now) not in {"pending", "expired"}:
        raise InvalidInputError("The member has no open invitation.", field="username")
    _require_mailbox(member)
    again = replace(member, invited_until=caller.now + links.INVITATION_SECONDS)
    return _change(store, caller, member, again, "member.invite", "again", _job(caller, member, "invite", issuer))


def change_roles(store: MemberStore, caller: Caller, member: User, roles: frozenset[str]) -> User:
    """Give a member these roles and no others; administrators cannot take their own role from themselves.

    Raises:
        InvalidInputError: A role is malformed, or callers would lock themselves out.
        ConflictError: The member changed meanwhile.
    """
    new = replace(member, roles=role_names.check_roles(roles))
    if member.user_id == caller.user_id and "admin" not in roles:
        raise InvalidInputError("Ask another administrator to remove this role from you.", field="roles")
    return _change(store, caller, member, new, "member.roles", " ".join(sorted(roles)))


def disable(store: MemberStore, caller: Caller, member: User) -> User:
    """Block a member; everything that was issued for them is revoked, and no new token or session begins.

    Raises:
        InvalidInputError: The member is the caller.
        ConflictError: The member changed meanwhile.
    """
    if member.user_id == caller.user_id:
        raise InvalidInputError("You cannot disable yourself.", field="username")
    new = users.end_everything(users.block(member, "administrator"))
    return _change(store, caller, member, new, "member.disable", "")


def enable(store: MemberStore, caller: Caller, member: User, issuer: str) -> User:
    """Lift an administrator's block, or approve a member who awaits approval and send them a mail.

    Another source's block stays. Nothing that was issued before comes back: the generation stays.

    Raises:
        ConflictError: The member changed meanwhile.
    """
    action = "member.approve" if member.awaits_approval else "member.enable"
    lifted = users.unblock(member, "approval" if member.awaits_approval else "administrator")
    job = _job(caller, member, "approved", issuer) if member.awaits_approval else None
    return _change(store, caller, member, replace(lifted, awaits_approval=False), action, "", job)


def approve(store: MemberStore, caller: Caller, member: User, issuer: str) -> User:
    """Approve a member who signed up; a repetition changes nothing.

    Raises:
        InvalidInputError: Another administrator rejected or disabled the member meanwhile.
        ConflictError: The member changed meanwhile.
    """
    if not member.awaits_approval and not member.is_active:
        raise InvalidInputError("The member does not await approval.", field="username")
    return enable(store, caller, member, issuer)


def reject(store: MemberStore, caller: Caller, member: User) -> User:
    """Reject a member who awaits approval: an administrator's block takes the place of the missing approval.

    Raises:
        InvalidInputError: The member does not await approval.
        ConflictError: The member changed meanwhile.
    """
    if not member.awaits_approval:
        raise InvalidInputError("The member does not await approval.", field="username")
    rejected = users.block(users.unblock(member, "approval"), "administrator")
    return _change(store, caller, member, replace(rejected, awaits_approval=False), "member.reject", "")


def unlock(store: MemberStore, caller: Caller, member: User) -> None:
    """Open an account that failures locked."""
    entry = caller.entry("member.unlock", member.username)
    store.forget_failures(caller.organisation, member.username, entry)


def reset_password(store: MemberStore, caller: Caller, member: User, issuer: str) -> None:
    """Mail a member a link to choose a new password.

    Raises:
        InvalidInputError: The member would get no mail.
        ConflictError: The member changed meanwhile, or the deployment sends no mails.
    """
    _require_mail(store)
    _require_mailbox(member)
    _change(store, caller, member, member, "member.reset", "", _job(caller, member, "recover", issuer))


def reset_factors(store: MemberStore, caller: Caller, member: User, issuer: str) -> User:
    """Remove every second factor of a member who lost them; everything that was issued for them is revoked.

    The member gets a mail, and sets up new ones as at first.

    Raises:
        InvalidInputError: It is the caller, who would need no second factor for it.
        ConflictError: The member changed meanwhile.
    """
    if member.user_id == caller.user_id:
        raise InvalidInputError("Let another administrator or an operator reset your second factors.", field="username")
    new = replace(users.end_everything(member), factors=frozenset())
    entry = caller.entry("member.reset-factors", member.username, " ".join(sorted(member.factors)))
    notice = jobs.notice(new, "factors removed", issuer, caller.at_ms)
    stored = store.reset_factors(caller.organisation, member, new, entry, notice)
    if stored is None:
        raise ConflictError(_CHANGED)
    return stored


def _require_mail(store: MemberStore) -> None:
    """Refuse what is useless without its mail.

    Raises:
        ConflictError: The deployment sends none.
    """
    if not store.sends_mail:
        raise ConflictError(NO_MAIL)


def _change(
    store: MemberStore, caller: Caller, old: User, new: User, action: str, detail: str, job: Job | None = None
) -> User:
    entry = caller.entry(action, old.username, detail)
    stored = store.change_member(caller.organisation, old, new, entry, job)
    if stored is None:
        raise ConflictError(_CHANGED)
    return stored


def _require_mailbox(member: User) -> None:
    """Refuse to send a link that would not be sent: administrators would tell the member to wait for it."""
    if not member.is_active:
        raise InvalidInputError("The member is disabled and gets no mail. Enable them first.", field="username")
    if not addresses.is_address(users.address(member) or ""):
        raise InvalidInputError("The member has no e-mail address, so no link can be sent.", field="username")


def _job(caller: Caller, user: User, kind: Kind, issuer: str) -> Job:
    return Job(
        kind=kind,
        organisation=caller.organisation,
        created_at_ms=caller.at_ms,
        issuer=issuer,
        login=user.username,
        generation=user.generation,
    )


ACTIONS: Mapping[str, Callable[[MemberStore, Caller, User, str], User | None]] = {
    "disable": lambda store, caller, member, _: disable(store, caller, member),
    "enable": enable,
    "approve": approve,
    "reject": lambda store, caller, member, _: reject(store, caller, member),
    "resend": resend_invitation,
    "unlock": lambda store, caller, member, _: unlock(store, caller, member),
    "reset": reset_password,
    "reset-factors": reset_factors,
}
"""What administrators do with one member, by its name in the JSON API and on the pages.

The last argument is the issuer, for mails. Each returns the member as stored, or None if nothing of the member changed.
"""
