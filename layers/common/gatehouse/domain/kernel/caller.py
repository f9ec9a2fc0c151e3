"""Who acts in the store."""

import msgspec

from gatehouse.domain.kernel import builtin
from gatehouse.domain.kernel.audit import Entry


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person of an organisation, acting through a token; or an anonymous visitor of its catalogue.

    Attributes:
        scopes: The token's.
        at_ms: When the request arrived, epoch milliseconds.
        authenticated_at: When the person signed in to get the token, NumericDate.
        methods: What that sign-in proved: see `accounts.factors`.
        audited_as: Whom the audit log names, if someone else acts in the person's name; empty for the person.
    """

    organisation: str
    user_id: str
    username: str
    roles: frozenset[str]
    scopes: frozenset[str]
    at_ms: int
    authenticated_at: int = 0
    methods: frozenset[str] = frozenset()
    audited_as: str = ""

    @property
    def now(self) -> int:
        """The arrival as NumericDate."""
        return self.at_ms // 1000

    @property
    def groups(self) -> frozenset[str]:
        """With whom applications may be shared: the caller's roles, and everyone."""
        return self.roles if self.is_anonymous else self.roles | {builtin.EVERYONE}

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in: only the organisation's unrestricted APIs are shown."""
        return not self.user_id

    @property
    def is_admin(self) -> bool:
        """Whether the caller administers the organisation."""
        return builtin.ADMIN in self.roles

    @property
    def is_publisher(self) -> bool:
        """Whether the caller sees every API of the organisation, whatever its state."""
        return not self.roles.isdisjoint({builtin.PUBLISHER, builtin.ADMIN})

    def entry(self, action: str, target: str, detail: str = "") -> Entry:
        """Return the line of the audit log for something the caller does now."""
        return Entry(
            organisation=self.organisation,
            at_ms=self.at_ms,
            actor=self.audited_as or self.username,
            action=action,
            target=target,
            detail=detail,
        )


def anonymous(organisation: str, at_ms: int) -> Caller:
    """Return a visitor of an organisation's catalogue who has no token and so no role, not even `everyone`."""
    return Caller(
        organisation=organisation, user_id="", username="", roles=frozenset(), scopes=frozenset(), at_ms=at_ms
    )
