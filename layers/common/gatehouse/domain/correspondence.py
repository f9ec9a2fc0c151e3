"""Running the errands that the pages left: mails with links."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from gatehouse.domain import errands, links, mails, quotas, usernames
from gatehouse.domain.errands import Errand, MailCounter
from gatehouse.domain.links import Link, LinkStore, Purpose
from gatehouse.domain.mails import Letter, Mailer
from gatehouse.domain.organisations import Organisation, OrganisationStore
from gatehouse.domain.users import User, UserStore

_PAGES: Mapping[Purpose, str] = {"found": "signup/organisation/confirm", "enrol": "account/enrol"}


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Does what an errand asks for."""

    organisations: OrganisationStore
    users: UserStore
    links: LinkStore
    counter: MailCounter
    mailer: Mailer

    def run(self, errand: Errand, now_ms: int) -> None:
        """Run one errand; one that is no longer possible is dropped."""
        if errand.kind == "found":
            self._found(errand, now_ms // 1000)
            return
        organisation = self.organisations.find_organisation(errand.organisation)
        if organisation is None or not organisation.is_active or now_ms // 1000 >= errand.expires_at:
            return
        if errand.kind == "sign_up":
            self._sign_up(errand, organisation, now_ms // 1000)
        elif errand.kind == "approved":
            self._approved(errand, organisation, now_ms // 1000)
        elif errand.kind == "enrol":
            self._enrol(errand, organisation, now_ms // 1000)
        elif errand.kind == "notice":
            self._notice(errand, organisation, now_ms // 1000)
        else:
            self._recover(errand, organisation, now_ms // 1000)

    def _found(self, errand: Errand, now: int) -> None:
        username = usernames.normalise(errand.login)
        if username is None or now >= errand.expires_at:
            return
        url = self._link(errand, "found", username, None, errand.login, now)
        self._send(mails.founding, errand, Organisation(key=errand.organisation, name=""), errand.login, url, now)

    def _sign_up(self, errand: Errand, organisation: Organisation, now: int) -> None:
        username = usernames.normalise(errand.login)
        if username is None or not organisation.self_sign_up:
            return
        if self.users.find_user(organisation.key, username) is not None:
            self._send(mails.reminder, errand, organisation, errand.login, f"{errand.issuer}/recover", now)
            return
        url = self._link(errand, "sign_up", username, None, errand.login, now)
        self._send(mails.confirmation, errand, organisation, errand.login, url, now)

    def _approved(self, errand: Errand, organisation: Organisation, now: int) -> None:
        user = self.users.find_user(organisation.key, errand.login)
        address = None if user is None or not user.is_active else _address(user)
        if address is not None:
            self._send(mails.approval, errand, organisation, address, f"{errand.issuer}/signin", now)

    def _recover(self, errand: Errand, organisation: Organisation, now: int) -> None:
        user = self.users.find_user(organisation.key, errand.login)
        address = None if user is None or not user.is_active else _address(user)
        if user is None or address is None or errand.generation not in {"", user.generation}:
            return
        url = self._link(errand, "recover", user.username, user, address, now)
        self._send(mails.recovery, errand, organisation, address, url, now)

    def _enrol(self, errand: Errand, organisation: Organisation, now: int) -> None:
        user = self.users.find_user(organisation.key, errand.login)
        address = None if user is None or not user.is_active else _address(user)
        if user is None or address is None or errand.generation != user.generation:
            return
        url = self._link(errand, "enrol", user.username, user, address, now)
        self._send(mails.enrolment, errand, organisation, address, url, now)

    def _notice(self, errand: Errand, organisation: Organisation, now: int) -> None:
        user = self.users.find_user(organisation.key, errand.login)
        address = None if user is None else _address(user)
        if address is not None and errand.notice:
            self._send(
                lambda to, of, url: mails.notice(to, of, errand.notice, url),
                errand,
                organisation,
                address,
                f"{errand.issuer}/account",
                now,
            )

    def _link(self, errand: Errand, purpose: Purpose, username: str, user: User | None, email: str, now: int) -> str:
        secret = links.generate_secret()
        link = Link(
            digest=links.digest(secret),
            purpose=purpose,
            organisation=errand.organisation,
            username=username,
            user_id=user.user_id if user else None,
            generation=user.generation if user else None,
            email=email,
            display_name=errand.display_name,
            query=errand.query,
            expires_at=now + links.LIFETIME_SECONDS,
        )
        self.links.add_link(errand.organisation, link)
        page = _PAGES.get(purpose, "account/set-password")
        return f"{errand.issuer}/{page}?{urlencode({'link': secret})}"

    def _send(self, letter: Letter, errand: Errand, organisation: Organisation, to: str, url: str, now: int) -> None:
        """Send the mail if the address has not got too many, and count it when it is sent.

        An errand is run again if sending fails: mails that nobody got must not use up what the address may get.
        """
        address = to.lower()
        of_organisation = quotas.most("mails", organisation)
        limits = {errand.organisation: of_organisation, errands.ALL_ORGANISATIONS: errands.MAILS_IN_ALL_MAX}
        if any(self.counter.find_mails(key, address, now) >= most for key, most in limits.items()):
            return
        self.mailer.send(letter(to, organisation, url))
        for key in limits:
            self.counter.count_mail(key, address, now)


def _address(user: User) -> str | None:
    """Return where the user's mails go; a username may be an address itself."""
    return user.email or (user.username if "@" in user.username else None)
