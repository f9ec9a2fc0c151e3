"""What a member does to the own account through the store's API: choose another password."""

from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain import accounts, password_policy, sign_in
from gatehouse.domain.accounts import AccountStore, Sweeper
from gatehouse.domain.errands import ErrandStore
from gatehouse.domain.portal.errors import InvalidInputError
from gatehouse.domain.portal.people import Caller
from gatehouse.domain.sign_in import Attempt, SignIns
from gatehouse.domain.users import User, UserStore

PASSWORD_WRONG = 901451
PASSWORD_REFUSED = 901452


class AccountChanges(AccountStore, Sweeper, Protocol):
    """What is changed."""


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Changes the account of whoever calls."""

    sign_ins: SignIns
    users: UserStore
    accounts: AccountChanges
    errands: ErrandStore

    def change_password(self, caller: Caller, present: str, chosen: str, source: str) -> None:
        """Take another password from somebody who knows the present one; every token issued before is dead.

        Raises:
            InvalidInputError: The new one may not be chosen, or the present one is wrong.
            TooManyFailuresError: The source address failed too often.
        """
        refusal = password_policy.refusal(chosen, username=caller.username, organisation=caller.organisation)
        if refusal is not None:
            raise InvalidInputError(refusal, code=PASSWORD_REFUSED, field="newPassword")
        login = sign_in.login(f"{caller.username}@{caller.organisation}", caller.organisation)
        attempt = Attempt(login=login, password=present, source=source, now=caller.now)
        is_right = sign_in.authenticate(self.sign_ins, self.users, attempt) is not None
        user = self._find(caller) if is_right else None
        if user is None:
            raise InvalidInputError("Current password incorrect", code=PASSWORD_WRONG, field="currentPassword")
        accounts.change_password(self.accounts, self.accounts, self.errands, user, chosen, caller.at_ms + 1)

    def _find(self, caller: Caller) -> User | None:
        user = self.users.find_user(caller.organisation, caller.username)
        return user if user is not None and user.user_id == caller.user_id else None
