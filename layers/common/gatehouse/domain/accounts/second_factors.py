"""A user's second factors: an authenticator app, recovery codes, passkeys. One item beside the user's."""

import hmac
from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import factors, lockout, passkeys, recovery_codes, totp, users
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.links import Use
from gatehouse.domain.accounts.lockout import Failures, FailureStore, LockoutPolicy
from gatehouse.domain.accounts.passkey_challenges import Challenge
from gatehouse.domain.accounts.passkeys import Assertion, Passkey, RelyingParty
from gatehouse.domain.accounts.pending_sign_ins import PendingSignIn
from gatehouse.domain.accounts.sessions import Session
from gatehouse.domain.accounts.sign_in_history import SignInRecord
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import sealing
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.sealing import SealingKeyStore

LOCKOUT_POLICY = LockoutPolicy(failures=5, seconds=60, longest_seconds=3600, reset_after_seconds=30 * 24 * 60 * 60)
"""Wrong codes in a row: what they lock is forgotten only by a right one, or after a month.

Six digits, of which three steps' are right: an hour's lock leaves a guesser one chance in 14,000 a day.
"""


class SecondFactors(msgspec.Struct, frozen=True, kw_only=True):
    """What a user has.

    Attributes:
        app_secret: The shared secret of the authenticator app, sealed; empty without an app.
        app_since: NumericDate of its enrolment.
        last_step: The last time step whose code was used.
        recovery: Digests of the recovery codes that were not used.
        revision: Raised by every change and every use, each of which states the revision that it read.
    """

    organisation: str
    user_id: str
    app_secret: bytes = b""
    app_since: int = 0
    last_step: int = 0
    recovery: tuple[bytes, ...] = ()
    passkeys: tuple[Passkey, ...] = ()
    revision: int = 0

    @property
    def kinds(self) -> frozenset[str]:
        """What the user's item says of them; recovery codes alone are no factor."""
        return frozenset({*({"totp"} if self.app_secret else {}), *({"passkey"} if self.passkeys else {})})


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in used, with what must still be so when it is stored.

    Attributes:
        before: As read.
        after: With the code, the recovery code or the passkey used.
        methods: What it proves.
        challenge: Of a passkey; its use is stored, so that it cannot be used again.
        has_counter_regressed: Whether the passkey's counter did not increase.
    """

    before: SecondFactors
    after: SecondFactors
    methods: frozenset[str]
    challenge: Challenge | None = None
    has_counter_regressed: bool = False

    @property
    def is_recovery(self) -> bool:
        """Whether it was a recovery code."""
        return len(self.after.recovery) < len(self.before.recovery)


class SecondFactorStore(FailureStore, Protocol):
    """Where factors are kept. As a `FailureStore` it counts wrong codes, by user id instead of username."""

    def find_factors(self, organisation: str, user_id: str) -> tuple[SecondFactors, Failures]:
        """Return the user's factors and wrong codes as they are now, by one call."""
        ...

    def change_factors(
        self,
        organisation: str,
        user: tuple[User, User],
        factors: tuple[SecondFactors, SecondFactors],
        entry: Entry,
        used: Use | None = None,
        job: Job | None = None,
        challenge: Challenge | None = None,
    ) -> User | None:
        """Store changed factors and user, the audit line, a job, and the use of a link and a challenge, or nothing.

        Returns:
            The user as stored; None if something of it changed meanwhile.
        """
        ...

    def lock_codes(self, organisation: str, user_id: str, expected: Failures, locked: Failures, job: Job) -> bool:
        """Store a lock and the mail that tells of it, all or nothing; False if other failures stand now."""
        ...

    def replace_factors(
        self, organisation: str, username: str, before: SecondFactors, after: SecondFactors, entry: Entry
    ) -> bool:
        """Store factors that are called otherwise, which ends nothing; False if they changed since they were read."""
        ...

    def find_passkey_owner(self, organisation: str | None, credential_id: bytes) -> tuple[str, str] | None:
        """Return organisation and username of a passkey's owner; None if it has none, or is another organisation's.

        Without an organisation, the passkey says whose it is: credential ids are globally unique.
        """
        ...

    def use_passkey(self, organisation: str, used: Used, entry: Entry | None = None) -> bool:
        """Store the use of a passkey that is a whole sign-in; False if it or its challenge was used meanwhile."""
        ...

    def complete(
        self,
        organisation: str,
        pending: PendingSignIn,
        session: Session,
        record: SignInRecord,
        used: Used,
        job: Job | None = None,
        entry: Entry | None = None,
    ) -> bool:
        """Use up the factor and the half-finished sign-in, and store and record the session, all or nothing."""
        ...


def context(of: User | SecondFactors) -> str:
    """Return what the secret of a user's app is sealed for."""
    return f"app {of.organisation} {of.user_id}"


def use_code(keys: SealingKeyStore, user: User, found: SecondFactors, typed: str, now: int) -> Used | None:
    """Return what a code of the app, or a recovery code, uses; None if it is wrong, or was used."""
    bare = typed.replace(" ", "")
    if totp.is_code(bare):
        return _use_app(keys, user, found, bare, now)
    digest = recovery_codes.digest(typed)
    if digest not in found.recovery:
        return None
    left = tuple(one for one in found.recovery if one != digest)
    return Used(before=found, after=replace(found, recovery=left), methods=frozenset({factors.CODE}))


def use_passkey(
    party: RelyingParty,
    user: User,
    found: SecondFactors,
    assertion: Assertion,
    challenge: Challenge,
    *,
    is_alone: bool,
    now: int,
) -> Used | None:
    """Return what a passkey's answer uses; None if the passkey is not the user's, or the answer is wrong."""
    asked = passkeys.of_party(party, found.passkeys)
    passkey = next((one for one in asked if one.credential_id == assertion.credential_id), None)
    is_users = not assertion.user_handle or hmac.compare_digest(assertion.user_handle, passkeys.user_handle(user))
    if passkey is None or not is_users or (is_alone and not assertion.user_handle):
        return None
    verified = passkeys.verify(party, assertion, passkey, challenge, is_alone=is_alone, now=now)
    if verified is None:
        return None
    after, methods = verified
    changed = tuple(after if one is passkey else one for one in found.passkeys)
    return Used(
        before=found,
        after=replace(found, passkeys=changed),
        methods=methods,
        challenge=challenge,
        has_counter_regressed=passkeys.has_counter_regressed(passkey, after),
    )


def add_passkey(found: SecondFactors, passkey: Passkey) -> tuple[SecondFactors, tuple[str, ...]]:
    """Return the factors with one more passkey; recovery codes come with the first factor."""
    with_passkey = replace(found, passkeys=(*found.passkeys, passkey))
    return (with_passkey, ()) if found.kinds else renew_recovery(with_passkey)


def without_passkey(found: SecondFactors, passkey: Passkey) -> SecondFactors:
    """Return the factors without a passkey; recovery codes go with the last factor."""
    left = replace(found, passkeys=tuple(one for one in found.passkeys if one is not passkey))
    return left if left.kinds else replace(left, recovery=())


def rename_passkey(found: SecondFactors, passkey: Passkey, name: str) -> SecondFactors:
    """Return the factors with a passkey called something else."""
    renamed = replace(passkey, name=name)
    return replace(found, passkeys=tuple(renamed if one is passkey else one for one in found.passkeys))


def add_app(found: SecondFactors, sealed: bytes, step: int, now: int) -> tuple[SecondFactors, tuple[str, ...]]:
    """Return the factors with an app in place of any other, and new recovery codes; the code it proved is used."""
    return renew_recovery(replace(found, app_secret=sealed, app_since=now, last_step=step))


def renew_recovery(found: SecondFactors) -> tuple[SecondFactors, tuple[str, ...]]:
    """Return the factors with ten new recovery codes, and those; older ones are refused."""
    made = recovery_codes.generate()
    return replace(found, recovery=tuple(recovery_codes.digest(one) for one in made)), made


def without_app(found: SecondFactors) -> SecondFactors:
    """Return the factors without the app; recovery codes go with the last factor."""
    left = replace(found, app_secret=b"", app_since=0, last_step=0)
    return left if left.passkeys else replace(left, recovery=())


def with_factors(user: User, found: SecondFactors) -> User:
    """Return the user with what these factors are, and a fresh generation: nothing issued before is alive."""
    return replace(users.end_everything(user), factors=found.kinds)


def record_wrong_code(store: SecondFactorStore, user: User, seen: Failures, now: int, job: Job) -> None:
    """Count one wrong code, whatever other instances count meanwhile; the first lock of a row is told by mail.

    A person who types wrong codes knows the password.
    """

    def replace_failures(expected: Failures, after: Failures) -> Failures | None:
        if after.count != LOCKOUT_POLICY.failures:
            return store.replace_failures(user.organisation, user.user_id, expected, after)
        is_stored = store.lock_codes(user.organisation, user.user_id, expected, after, job)
        return None if is_stored else store.find_factors(user.organisation, user.user_id)[1]

    lockout.record(replace_failures, seen, now, LOCKOUT_POLICY)


def _use_app(keys: SealingKeyStore, user: User, found: SecondFactors, typed: str, now: int) -> Used | None:
    if not found.app_secret:
        return None
    secret = sealing.open_sealed(keys.find_sealing_key(), found.app_secret, context(user))
    step = None if secret is None else totp.match(secret, typed, now, found.last_step)
    if step is None:
        return None
    return Used(before=found, after=replace(found, last_step=step), methods=frozenset({factors.CODE}))
