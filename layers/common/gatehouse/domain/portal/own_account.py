"""What a member does to the own account through the store's API: choose another password."""

import msgspec

from gatehouse.domain.accounts import jobs, password_changes, password_policy, sign_in
from gatehouse.domain.accounts.organisations import OrganisationStore
from gatehouse.domain.accounts.password_changes import AccountStore, NewPassword
from gatehouse.domain.accounts.sign_in import Attempt, SignInStore
from gatehouse.domain.accounts.users import PasswordStore
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError, RefusedPasswordError, WrongPasswordError
from gatehouse.domain.portal import account_security


class OwnAccount(msgspec.Struct, frozen=True):
    """Changes the caller's account."""

    sign_ins: SignInStore
    users: PasswordStore
    organisations: OrganisationStore
    accounts: AccountStore

    def change_password(self, caller: Caller, present: str, chosen: str, issuer: str, source: str) -> None:
        """Take a new password from a caller who knows the current one; every token is revoked, and a mail tells.

        Raises:
            FreshSignInNeededError: The caller has a second factor, and the token's sign-in was without it.
            InvalidInputError: The new one may not be chosen, or the present one is wrong.
            ConflictError: The password changed meanwhile, or something else ended what was issued.
            NotFoundError: The organisation is gone.
            TooManyFailuresError: The source address failed too often.
        """
        organisation = self.organisations.find_organisation(caller.organisation)
        if organisation is None:
            raise NotFoundError("The organisation is gone.")
        refusal = password_policy.refusal(chosen, username=caller.username, organisation=organisation)
        if refusal is not None:
            raise RefusedPasswordError(refusal, field="newPassword")
        user = self.users.find_user(caller.organisation, caller.username)
        if user is not None:
            account_security.require_fresh(caller, user, organisation, is_recent=False)
        login = sign_in.login(f"{caller.username}@{caller.organisation}", caller.organisation)
        attempt = Attempt(login=login, password=present, source=source, now=caller.now)
        signed_in = sign_in.authenticate(self.sign_ins, self.users, attempt)
        if signed_in is None or signed_in.user.user_id != caller.user_id:
            raise WrongPasswordError("Current password incorrect", field="currentPassword")
        job = jobs.notice(signed_in.user, "password changed", issuer, caller.at_ms)
        new = NewPassword(password=chosen, way="password.change", at_ms=caller.at_ms, job=job)
        if password_changes.change_password(self.accounts, signed_in.user, new) is None:
            raise ConflictError("Your account changed meanwhile. Sign in again.")
