"""Organisation sign-up: the reader of the mail names the organisation and becomes its administrator."""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts import organisations, password_policy, passwords
from gatehouse.domain.accounts.links import Link, Use
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User, UserStore
from gatehouse.domain.kernel import builtin, digests, names
from gatehouse.domain.kernel.audit import Entry

NOBODY = "-"
"""Stands for an organisation where there is none yet; it is no organisation key, so no page's path leads to it."""

REQUESTS_MAX = 5
"""How many mails for a new organisation a source address asks for in five minutes."""

# fmt: off
_RESERVED = frozenset({
    "account", "accounts", "admin", "administrator", "amazon", "anonymous", "api", "apis", "apim", "auth",
    "authorize", "aws", "billing", "carbon", "contact", "default", "demo", "everyone", "gatehouse", "help",
    "info", "internal", "login", "mail", "none", "nobody", "null", "oauth", "organisation", "organisations",
    "owner", "postmaster", "public", "publisher", "root", "secure", "security", "service", "signin", "signup",
    "status", "store", "super", "support", "system", "test", "token", "undefined", "user", "users", "webmaster",
    "wso2", "www",
})
# fmt: on
_NAME_MAX_CHARACTERS = 100
_SHORTEST_KEY = 3


class OrganisationSignupStore(Protocol):
    """Where organisations begin."""

    def is_taken(self, organisation: str) -> bool:
        """Say whether the key is an organisation's now; nothing of the answer is remembered."""
        ...

    def create_organisation(
        self, organisation: str, made: Organisation, founder: User, entry: Entry, used: Use
    ) -> bool:
        """Store organisation, founder, the use of the link and the first line of the log, all or nothing.

        Returns:
            False if the key is taken, or the link used.
        """
        ...


class OrganisationSignup(msgspec.Struct, frozen=True, kw_only=True):
    """What the founder typed."""

    key: str
    name: str
    password: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, and with which field."""

    field: str
    description: str


def check(draft: OrganisationSignup, email: str) -> Problem | None:
    """Return what is wrong with a draft, whoever has the key; None if nothing is."""
    key, name = draft.key.lower(), draft.name
    if not organisations.is_key(key) or len(key) < _SHORTEST_KEY:
        return Problem(field="key", description="3 to 63 letters, digits and hyphens, beginning with a letter.")
    if key in _RESERVED or key.startswith("gatehouse"):
        return taken()
    if names.parse(name, _NAME_MAX_CHARACTERS) is None:
        return Problem(field="name", description="The name has 1 to 100 characters, and none that nobody sees.")
    refusal = password_policy.refusal(draft.password, username=email, organisation=Organisation(key=key, name=name))
    return Problem(field="new_password", description=refusal) if refusal else None


def taken() -> Problem:
    """Return the refusal of a key that is reserved or somebody else's; both look alike."""
    return Problem(field="key", description="This key is taken. Choose another.")


def is_done(users: UserStore, draft: OrganisationSignup, link: Link) -> bool:
    """Say whether a form that used the link has made this organisation with this password."""
    founder = users.find_user(draft.key.lower(), link.username)
    return founder is not None and passwords.matches(draft.password, founder.password_hash)


def create_organisation(
    store: OrganisationSignupStore, draft: OrganisationSignup, used: Use, now_ms: int
) -> Organisation | None:
    """Make the organisation with its first administrator, whose mailbox the link has proved.

    None if the key is taken, or the link used.
    """
    link, made = used.link, organisation(draft)
    founder = User(
        organisation=made.key,
        user_id=digests.generate_id(),
        username=link.username,
        password_hash=passwords.hash_password(draft.password),
        roles=frozenset({builtin.ADMIN, builtin.PUBLISHER}),
        display_name=link.display_name,
        email=link.email,
        email_verified=True,
    )
    entry = Entry(
        organisation=made.key,
        at_ms=now_ms,
        actor=founder.username,
        action="organisation.create",
        target=made.key,
    )
    return made if store.create_organisation(made.key, made, founder, entry, used) else None


def organisation(draft: OrganisationSignup) -> Organisation:
    """Return the organisation that a draft describes."""
    name = names.parse(draft.name, _NAME_MAX_CHARACTERS) or draft.key
    return Organisation(key=draft.key.lower(), name=name, may_register_stages=False, shares_apis=False)
