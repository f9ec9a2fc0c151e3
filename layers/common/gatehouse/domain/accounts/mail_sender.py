"""Running the jobs of the outbox: mails, most of them with a link."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import msgspec

from gatehouse.domain.accounts import jobs, links, mails, quotas, usernames, users
from gatehouse.domain.accounts.jobs import Job, Kind, MailCounter
from gatehouse.domain.accounts.links import Link, LinkStore, Purpose
from gatehouse.domain.accounts.mails import Mailer, MailTemplate
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.accounts.users import User, UserStore
from gatehouse.domain.kernel import digests

_PAGES: Mapping[Purpose, str] = {
    "create_organisation": "signup/organisation/confirm",
    "enrol": "account/enrol",
    "email": "account/email/confirm",
}


class MailSender(msgspec.Struct, frozen=True):
    """Sends the mail that a job asks for."""

    organisations: OrganisationStore
    users: UserStore
    links: LinkStore
    counter: MailCounter
    mailer: Mailer

    def run(self, job: Job, now_ms: int) -> None:
        """Run one job; one that is no longer possible is dropped."""
        if job.kind == "create_organisation":
            self._create_organisation(job, now_ms // 1000)
            return
        organisation = self.organisations.find_organisation(job.organisation)
        if organisation is None or not organisation.is_active or now_ms // 1000 >= job.expires_at:
            return
        runs: Mapping[Kind, Callable[[Job, Organisation, int], None]] = {
            "sign_up": self._sign_up,
            "approved": self._approved,
            "invite": self._invite,
            "request": self._request,
            "enrol": self._enrol,
            "email": self._new_address,
            "notice": self._notice,
        }
        runs.get(job.kind, self._recover)(job, organisation, now_ms // 1000)

    def _create_organisation(self, job: Job, now: int) -> None:
        username = usernames.normalise(job.login)
        if username is None or now >= job.expires_at:
            return
        made = Organisation(key=job.organisation, name="")
        self._send_link(mails.ORGANISATION_SIGNUP, "create_organisation", job, made, username, job.login, now)

    def _sign_up(self, job: Job, organisation: Organisation, now: int) -> None:
        username = usernames.normalise(job.login)
        if username is None or not organisation.self_sign_up:
            return
        if self.users.find_user(organisation.key, username) is not None:
            self._send(mails.REMINDER, job, organisation, job.login, f"{job.issuer}/recover", now)
            return
        self._send_link(mails.CONFIRMATION, "sign_up", job, organisation, username, job.login, now)

    def _approved(self, job: Job, organisation: Organisation, now: int) -> None:
        found = self._find_member(job, organisation)
        if found is not None:
            self._send(mails.APPROVAL, job, organisation, found[1], f"{job.issuer}/signin", now)

    def _recover(self, job: Job, organisation: Organisation, now: int) -> None:
        found = self._find_member(job, organisation)
        if found is not None and job.generation in {"", found[0].generation}:
            limits = _asked_limits(organisation, found[0]) if job.generation else None
            self._send_link(mails.RECOVERY, "recover", job, organisation, *found, now, limits)

    def _invite(self, job: Job, organisation: Organisation, now: int) -> None:
        found = self._find_member(job, organisation)
        if found is not None and not found[0].password_hash and job.generation == found[0].generation:
            self._send_link(mails.INVITATION, "invite", job, organisation, *found, now)

    def _request(self, job: Job, organisation: Organisation, now: int) -> None:
        """Tell each address once in an hour, and count that apart: strangers who sign up must not use up its mails."""
        counted = f"{organisation.key} requests"
        for address in organisation.request_mails.split():
            if self.counter.find_mails(counted, address, now) == 0:
                self.mailer.send(mails.REQUEST.render(address, organisation, f"{job.issuer}/store/admin/inbox"))
                self.counter.count_mail(counted, address, now)

    def _enrol(self, job: Job, organisation: Organisation, now: int) -> None:
        found = self._find_member(job, organisation)
        if found is not None and job.generation == found[0].generation:
            limits = _asked_limits(organisation, found[0])
            self._send_link(mails.ENROLMENT, "enrol", job, organisation, *found, now, limits)

    def _new_address(self, job: Job, organisation: Organisation, now: int) -> None:
        user = self.users.find_user(organisation.key, job.login)
        if user is not None and user.is_active and job.generation == user.generation:
            self._send_link(mails.NEW_ADDRESS, "email", job, organisation, user, job.address, now)

    def _notice(self, job: Job, organisation: Organisation, now: int) -> None:
        """Tell a member of a change of the account. These mails are counted apart from those that strangers cause.

        Otherwise a thief would first ask for new passwords until no more mails are sent, and then change the account
        unseen.
        """
        user = self.users.find_user(organisation.key, job.login)
        address = job.address or (None if user is None else users.address(user))
        limits = _limits_apart(f"{organisation.key} notices", quotas.most("notices"), user)
        if address is not None and job.notice:
            self._send(mails.notice(job.notice), job, organisation, address, f"{job.issuer}/account", now, limits)

    def _find_member(self, job: Job, organisation: Organisation) -> tuple[User, str] | None:
        """Return the member whom the job is about, with their address; None unless they are active and have one."""
        user = self.users.find_user(organisation.key, job.login)
        address = None if user is None or not user.is_active else users.address(user)
        return None if user is None or address is None else (user, address)

    def _send_link(
        self,
        template: MailTemplate,
        purpose: Purpose,
        job: Job,
        organisation: Organisation,
        whose: User | str,
        address: str,
        now: int,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Send a new link to the address; `whose` is a user, or the username of an account to be."""
        secret = digests.generate_secret()
        user = None if isinstance(whose, str) else whose
        link = Link(
            digest=links.digest(secret),
            purpose=purpose,
            organisation=job.organisation,
            username=whose if isinstance(whose, str) else whose.username,
            user_id=user.user_id if user else None,
            generation=user.generation if user else None,
            email=address,
            display_name=job.display_name,
            query=job.query,
            prefix=job.prefix,
            expires_at=now + (links.INVITATION_SECONDS if purpose == "invite" else links.LIFETIME_SECONDS),
        )
        self.links.add_link(job.organisation, link)
        url = f"{job.issuer}/{_PAGES.get(purpose, 'account/set-password')}?{urlencode({'link': secret})}"
        self._send(template, job, organisation, address, url, now, limits)

    def _send(
        self,
        template: MailTemplate,
        job: Job,
        organisation: Organisation,
        to: str,
        url: str,
        now: int,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Send the mail unless the address got too many, and count it when it is sent.

        A job runs again if sending fails: mails that were not delivered must not use up the limit of the address.
        """
        address = to.lower()
        if limits is None:
            of_organisation = quotas.most("mails", organisation)
            limits = {job.organisation: of_organisation, jobs.ALL_ORGANISATIONS: jobs.MAILS_IN_ALL_MAX}
        if any(self.counter.find_mails(key, address, now) >= most for key, most in limits.items()):
            return
        self.mailer.send(template.render(to, organisation, url))
        for key in limits:
            self.counter.count_mail(key, address, now)


def _asked_limits(organisation: Organisation, user: User) -> Mapping[str, int]:
    """Return how many links a member gets after a sign-in, or from an administrator.

    Otherwise a stranger who asks for new passwords all the time would keep a member from the link of a second factor
    that the sign-in demands.
    """
    return _limits_apart(f"{organisation.key} asked", quotas.most("mails", organisation), user)


def _limits_apart(name: str, most: int, user: User | None) -> Mapping[str, int]:
    """Return the limit of mails that are counted apart from those that strangers cause.

    An address that nobody proved counts in all organisations too, so that none of them floods it.
    """
    is_proven = user is not None and user.email_verified
    return {name: most} if is_proven else {name: most, jobs.ALL_ORGANISATIONS: jobs.MAILS_IN_ALL_MAX}
