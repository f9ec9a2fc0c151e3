"""What an organisation's administrators decide of others: members, roles of scopes, what awaits approval."""

import re
from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import jobs, links, organisations, usernames, users
from gatehouse.domain.accounts.jobs import Job, Kind
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import apis, builtin_api, restrictions
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import digests, role_names, scopes
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotFoundError

_ORGANISATIONS_MAX = 20
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_CHANGED = "It changed meanwhile. Look at it again."


class AdministrationStore(Protocol):
    """Where an organisation's affairs are kept; every change and its audit entry are one transaction."""

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

    def find_restrictions(self, organisation: str) -> Restrictions:
        """Return what is decided about APIs and scopes, read strongly."""
        ...

    def restrict_scope(
        self, organisation: str, name: str, old: frozenset[str] | None, new: frozenset[str] | None, entry: Entry
    ) -> bool:
        """Bind a scope to roles, or to none (None: no longer bound); False if its binding is not the old one."""
        ...

    def restrict_api(
        self, organisation: str, api_id: str, old: ApiRestriction, new: ApiRestriction, entry: Entry
    ) -> bool:
        """Store what is decided about an API; False if something else was decided meanwhile."""
        ...

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """Return the application as it is now."""
        ...

    def find_names(
        self, organisation: str, applications: frozenset[str], clients: frozenset[str], usernames: frozenset[str]
    ) -> dict[str, str]:
        """Return the names of applications by their ids and by their consumer keys, and of members by username."""
        ...

    def find_all_applications(self, organisation: str, window: Window) -> Page[Application]:
        """Return a page of all applications of the organisation, by name; without a total."""
        ...

    def find_applications(self, organisation: str, owner_id: str, window: Window) -> Page[Application]:
        """Return a page of a member's applications, by name."""
        ...

    def change_client_scopes(
        self, organisation: str, application: Application, scopes: frozenset[str], entry: Entry
    ) -> bool:
        """Store the role-bound scopes of an application's own tokens; False if they changed meanwhile."""
        ...


class Administration(msgspec.Struct, frozen=True):
    """Acts for administrators; who calls has proved to be one."""

    store: AdministrationStore

    def find_member(self, caller: Caller, username: str) -> User:
        """Return a member of the caller's organisation.

        Raises:
            NotFoundError: There is none of that name.
        """
        found = self.store.find_member(caller.organisation, username)
        if found is None:
            raise NotFoundError("There is no member of that name.")
        return found

    def find_members(self, caller: Caller, window: Window, typed: str = "") -> Page[User]:
        """Return a page of members, or of those whose username begins with what was typed."""
        return self.store.find_members(caller.organisation, window, usernames.normalise_start(typed))

    def invite(self, caller: Caller, typed: str, email: str, roles: frozenset[str], issuer: str) -> User:
        """Create a member, and send an invitation with a link to choose a password.

        Raises:
            InvalidInputError: The username, the address or a role is malformed.
            ConflictError: The username is taken.
        """
        login = usernames.parse(typed, caller.organisation)
        if login is None or login.organisation != caller.organisation:
            raise InvalidInputError("That is no username of your organisation.", field="username")
        address = email or (login.username if "@" in login.username else "")
        if not _EMAIL.fullmatch(address):
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
        if not self.store.add_member(caller.organisation, user, entry, invitation):
            raise ConflictError("There is a member of that name.", field="username")
        return user

    def add_imported(self, caller: Caller, user: User, issuer: str) -> bool:
        """Add a member from another system; one without a password is invited. False if the username is taken."""
        is_invited = user.password_hash is None
        entry = caller.entry(
            "member.invite" if is_invited else "member.import", user.username, " ".join(sorted(user.roles))
        )
        job = _job(caller, user, "invite", issuer) if is_invited else None
        return self.store.add_member(caller.organisation, user, entry, job)

    def resend(self, caller: Caller, member: User, issuer: str) -> User:
        """Send the invitation again, with a new link; the days to accept it begin anew.

        Raises:
            InvalidInputError: The member was not invited, or has accepted.
            ConflictError: The member changed meanwhile.
        """
        if member.invitation(caller.now) not in {"pending", "expired"}:
            raise InvalidInputError("The member has no open invitation.", field="username")
        again = replace(member, invited_until=caller.now + links.INVITATION_SECONDS)
        return self._change(caller, member, again, "member.invite", "again", _job(caller, member, "invite", issuer))

    def change_roles(self, caller: Caller, member: User, roles: frozenset[str]) -> User:
        """Give a member these roles and no others; administrators cannot take their own role from themselves.

        Raises:
            InvalidInputError: A role is malformed, or callers would lock themselves out.
            ConflictError: The member changed meanwhile.
        """
        new = replace(member, roles=role_names.check_roles(roles))
        if member.user_id == caller.user_id and "admin" not in roles:
            raise InvalidInputError("Let another administrator take the role from you.", field="roles")
        return self._change(caller, member, new, "member.roles", " ".join(sorted(roles)))

    def disable(self, caller: Caller, member: User) -> User:
        """Block a member; everything that was issued for them is revoked, and no new token or session begins.

        Raises:
            InvalidInputError: The member is the caller.
            ConflictError: The member changed meanwhile.
        """
        if member.user_id == caller.user_id:
            raise InvalidInputError("You cannot disable yourself.", field="username")
        new = users.end_everything(users.block(member, "administrator"))
        return self._change(caller, member, new, "member.disable", "")

    def enable(self, caller: Caller, member: User, issuer: str) -> User:
        """Lift an administrator's block; or approve a member who awaits approval, who is told by mail.

        Another source's block stays. Nothing that was issued before comes back: the generation stays.

        Raises:
            ConflictError: The member changed meanwhile.
        """
        action = "member.approve" if member.awaits_approval else "member.enable"
        lifted = users.unblock(member, "approval" if member.awaits_approval else "administrator")
        job = _job(caller, member, "approved", issuer) if member.awaits_approval else None
        return self._change(caller, member, replace(lifted, awaits_approval=False), action, "", job)

    def reject(self, caller: Caller, member: User) -> User:
        """Reject a member who awaits approval: an administrator's block takes the place of the missing approval.

        Raises:
            InvalidInputError: The member does not await approval.
            ConflictError: The member changed meanwhile.
        """
        if not member.awaits_approval:
            raise InvalidInputError("The member does not await approval.", field="username")
        rejected = users.block(users.unblock(member, "approval"), "administrator")
        return self._change(caller, member, replace(rejected, awaits_approval=False), "member.reject", "")

    def unlock(self, caller: Caller, member: User) -> None:
        """Open an account that failures locked."""
        entry = caller.entry("member.unlock", member.username)
        self.store.forget_failures(caller.organisation, member.username, entry)

    def reset(self, caller: Caller, member: User, issuer: str) -> None:
        """Mail a member a link to choose a new password."""
        self._change(caller, member, member, "member.reset", "", _job(caller, member, "recover", issuer))

    def reset_factors(self, caller: Caller, member: User, issuer: str) -> User:
        """Remove every second factor of a member who lost them; everything that was issued for them is revoked.

        The member is told by mail, and sets up new ones as at first.

        Raises:
            InvalidInputError: It is the caller, who would need no second factor for it.
            ConflictError: The member changed meanwhile.
        """
        if member.user_id == caller.user_id:
            raise InvalidInputError(
                "Let another administrator or an operator reset your second factors.", field="username"
            )
        new = replace(users.end_everything(member), factors=frozenset())
        entry = caller.entry("member.reset-factors", member.username, " ".join(sorted(member.factors)))
        notice = jobs.notice(new, "factors removed", issuer, caller.at_ms)
        stored = self.store.reset_factors(caller.organisation, member, new, entry, notice)
        if stored is None:
            raise ConflictError(_CHANGED)
        return stored

    def bind_scope(
        self, caller: Caller, name: str, roles: frozenset[str] | None, found: Restrictions | None = None
    ) -> None:
        """Bind a scope of the organisation to roles, whichever APIs define it now or later.

        Args:
            caller: An administrator.
            name: As the documents of the APIs spell it.
            roles: One of them is needed; with none, nobody may have the scope. None leaves it to the documents.
            found: The decisions as they were found; None reads them. The scope must still be bound as it was.

        Raises:
            InvalidInputError: The name or a role is malformed, or too much is restricted.
            ConflictError: It was bound meanwhile.
        """
        if not _SCOPE.fullmatch(name) or scopes.is_reserved(name) or name in scopes.OPENID_CONNECT:
            raise InvalidInputError("That is no name of a scope of an API.", field="scope")
        decided = found or self.store.find_restrictions(caller.organisation)
        old, new = decided.scopes.get(name), None if roles is None else role_names.check_roles(roles)
        if old == new:
            return
        left = {one: of for one, of in decided.scopes.items() if one != name}
        _check_size(replace(decided, scopes=left if new is None else {**left, name: new}))
        entry = caller.entry("scope.roles", name, f"{_spell(old)} to {_spell(new)}")
        if not self.store.restrict_scope(caller.organisation, name, old, new, entry):
            raise ConflictError(_CHANGED)

    def restrict_api(
        self, caller: Caller, api_id: str, new: ApiRestriction, found: ApiRestriction | None = None
    ) -> ApiRestriction:
        """Decide about an API, whether or not it exists at the moment.

        With the decision as it was found, nobody may have decided since.

        Raises:
            InvalidInputError: A role or an organisation is malformed, or too much is restricted.
            ConflictError: Something else was decided meanwhile.
        """
        if len(new.visible_to) > _ORGANISATIONS_MAX or not all(map(organisations.is_key, new.visible_to)):
            raise InvalidInputError("visibleTo holds organisation keys, at most 20.", field="visibleTo")
        role_names.check_roles(new.visible_roles)
        decided = self.store.find_restrictions(caller.organisation)
        old = found or decided.of_api(api_id)
        if old == new:
            return new
        _check_size(replace(decided, apis={**decided.apis, api_id: new}))
        entry = caller.entry("api.restrict", api_id, f"{_spell_api(old)} to {_spell_api(new)}")
        if not self.store.restrict_api(caller.organisation, api_id, old, new, entry):
            raise ConflictError(_CHANGED)
        return new

    def find_applications(self, caller: Caller, window: Window, owner: str = "") -> Page[Application]:
        """Return a page of the organisation's applications, or of those of the member of that username.

        Raises:
            NotFoundError: There is no such member.
        """
        if not owner:
            return self.store.find_all_applications(caller.organisation, window)
        member = self.find_member(caller, owner)
        return self.store.find_applications(caller.organisation, member.user_id, window)

    def find_application(self, caller: Caller, application_id: str) -> Application:
        """Return an application of the caller's organisation, of any owner.

        Raises:
            NotFoundError: There is none of that id.
        """
        found = self.store.find_application(caller.organisation, application_id)
        if found is None:
            raise NotFoundError("There is no application of that id.")
        return found

    def find_client_scopes(
        self, caller: Caller, application: Application, subscribed: tuple[Api, ...]
    ) -> frozenset[str]:
        """Return which role-bound scopes of the caller's organisation the application's own tokens may carry today."""
        return frozenset(
            name
            for api in self._own(caller, subscribed)
            for name in api.scopes
            if apis.granted_scope(name, api) in application.client_scopes
        )

    def _own(self, caller: Caller, subscribed: tuple[Api, ...]) -> tuple[Api, ...]:
        """Return those of the APIs that are the caller's organisation's, with Gatehouse's own."""
        own = (one for one in subscribed if one.organisation == caller.organisation)
        return (*own, builtin_api.api(caller.organisation))

    def grant_client_scopes(
        self, caller: Caller, application: Application, scopes: frozenset[str], subscribed: tuple[Api, ...]
    ) -> None:
        """Say which role-bound scopes an application's own tokens may carry; they end with the lives of the APIs.

        Args:
            caller: An administrator.
            application: Of the same organisation.
            scopes: All that it is granted from now on.
            subscribed: The APIs that it subscribes to.

        Raises:
            InvalidInputError: There are too many, or none of the organisation's APIs among them defines one.
            ConflictError: They changed meanwhile, or the application is gone.
        """
        if len(scopes) > role_names.ROLES_MAX:
            raise InvalidInputError("At most 50 scopes.", field="scopes")
        own = self._own(caller, subscribed)
        unknown = scopes - {name for api in own for name in api.scopes}
        if unknown:
            raise InvalidInputError(
                f"No API that the application subscribes to defines {', '.join(sorted(unknown))[:200]}.", field="scopes"
            )
        granted = frozenset(apis.granted_scope(name, api) for api in own for name in scopes & api.scopes.keys())
        before, after = (" ".join(sorted(one)) or "none" for one in (application.client_scopes, granted))
        entry = caller.entry("application.scopes", application.application_id, f"{before} to {after}")
        if not self.store.change_client_scopes(caller.organisation, application, granted, entry):
            raise ConflictError(_CHANGED)

    def _change(self, caller: Caller, old: User, new: User, action: str, detail: str, job: Job | None = None) -> User:
        entry = caller.entry(action, old.username, detail)
        stored = self.store.change_member(caller.organisation, old, new, entry, job)
        if stored is None:
            raise ConflictError(_CHANGED)
        return stored


def _job(caller: Caller, user: User, kind: Kind, issuer: str) -> Job:
    return jobs.create(
        kind, caller.organisation, caller.at_ms, issuer=issuer, login=user.username, generation=user.generation
    )


def _check_size(decided: Restrictions) -> None:
    if decided.size_bytes() > restrictions.SIZE_MAX_BYTES:
        raise InvalidInputError("The organisation restricts too much: 250 KiB of scopes, roles and APIs are the limit.")


def _spell(roles: frozenset[str] | None) -> str:
    return "not bound" if roles is None else " ".join(sorted(roles)) or "nobody"


def _spell_api(one: ApiRestriction) -> str:
    blocked = f"blocked by a {one.blocked_by}" if one.is_blocked else "not blocked"
    shared = " ".join([one.visibility, *sorted(one.visible_to)])
    return f"{blocked}, visible to {shared}, roles {' '.join(sorted(one.visible_roles)) or 'everyone'}"


def parse_roles(text: str) -> frozenset[str]:
    """Return the roles in a text, separated by commas or spaces."""
    return frozenset(text.replace(",", " ").split())
