"""Setting up an authenticator app or a passkey, and the recovery codes that come with the first of them.

The first second factor takes a fresh sign-in and a link from a mail: a thief of the password cannot enrol first. Where
a deployment sends no mails, an operator hands out the link (`gatehouse users create-enrolment-link`).
"""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from gatehouse.domain.accounts import factors, links, passkeys, second_factors, totp
from gatehouse.domain.accounts.jobs import Notice
from gatehouse.domain.accounts.links import Link, LinkStore, Use
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.passkey_challenges import Challenge
from gatehouse.domain.accounts.second_factors import SecondFactors, SecondFactorStore
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import names, sealing
from gatehouse.domain.kernel.errors import DeadLinkError
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.endpoints import forms
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.signin import pages, steps
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.page_context import PageContext, PageContexts, RedirectError
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.passkeys import Passkeys
from gatehouse.endpoints.signin.steps import SECOND_STEP, Steps

_PENDING_SECONDS = 900
_TIME_BYTES = 8
_WRONG = "This code is wrong. Check that the clock of your device is right, and type the code that it shows now."
_WRONG_PASSKEY = "The passkey could not be set up: the page has expired, or your browser refused. Try again."
_EXPIRED = "This page has expired. Scan the new QR code."


class _Enrolling(msgspec.Struct, frozen=True, kw_only=True):
    """Who sets up a factor.

    Attributes:
        methods: What this sign-in has proved.
        link: The mailed link; None for a user who has a factor already.
    """

    user: User
    organisation: Organisation
    methods: frozenset[str]
    link: Link | None
    secret: str


class _Added(msgspec.Struct, frozen=True, kw_only=True):
    """A factor that was proved, and is still to be stored.

    Attributes:
        changed: The user's factors before and after.
        codes: New recovery codes; none if older ones stay.
        name: What the audit log calls it.
        methods: What this sign-in has proved by it.
    """

    changed: tuple[SecondFactors, SecondFactors]
    codes: tuple[str, ...]
    notice: Notice
    name: str
    methods: frozenset[str] = frozenset({factors.CODE})
    challenge: Challenge | None = None


class EnrolmentEndpoint(msgspec.Struct, frozen=True):
    """Sets up authenticator apps and passkeys."""

    contexts: PageContexts
    steps: Steps
    factors: SecondFactorStore
    links: LinkStore
    job_queue: JobQueue
    keys: SealingKeyStore
    passkeys: Passkeys
    pages: SignInPages
    sends_mail: bool

    def post_request(self, request: Request, organisation: str | None) -> Response:
        """Mail the link that the first second factor needs.

        Raises:
            StalePageError: Another site sent the form.
            TooManyFailuresError: The source address asked too often.
        """
        context, _ = self.contexts.receive(request, organisation)
        waiting = self.steps.find(context)
        if waiting is not None and waiting.user.factors:  # a user who lacks the second step gets no first one instead
            return pages.redirect(context.path(SECOND_STEP))
        user = waiting.user if waiting else self.steps.require_fresh(context, "factors").user
        if self.sends_mail:
            self.job_queue.enqueue(context, "enrol", user.organisation, login=user.username, generation=user.generation)
        page = "enrolment_sent"
        return self.pages.show(context, page, user=user, sends_mail=self.sends_mail, cookies=())

    def get(self, request: Request, organisation: str | None) -> Response:
        """Show the QR code. It changes nothing: the secret travels in the form, sealed, until a code proves it.

        Raises:
            DeadLinkError: The link was used, or is too old, or another user's.
        """
        parameters = forms.parse_query(request.query)
        context = self.contexts.begin(request, organisation, {})
        found = self._find(context, parameters.get("link", ""))
        return self._show(context, found, totp.generate_secret(), {})

    def post(self, request: Request, organisation: str | None) -> Response:
        """Store the app if the code proves that it has the secret; show the recovery codes, once.

        Raises:
            StalePageError: Another site sent the form.
            DeadLinkError: The link was used, or is too old, or another user's.
        """
        context, form = self.contexts.receive(request, organisation, {})
        found = self._find(context, form.get("link", ""))
        if "credential" in form:
            return self._add_passkey(context, found, form)
        secret = self._open(context, found.user, form.get("app", ""))
        if secret is None:
            return self._show(context, found, totp.generate_secret(), {"factor_code": _EXPIRED})
        step = totp.match(secret, form.get("factor_code", "").replace(" ", ""), context.now, 0)
        if step is None:
            return self._show(context, found, secret, {"factor_code": _WRONG})
        before, _ = self.factors.find_factors(found.user.organisation, found.user.user_id)
        sealed = sealing.seal(self.keys.find_sealing_key(), secret, second_factors.context(found.user))
        after, codes = second_factors.add_app(before, sealed, step, context.now)
        added = _Added(changed=(before, after), codes=codes, notice="app added", name="authenticator app")
        return self._store(context, found, added)

    def _add_passkey(self, context: PageContext, found: _Enrolling, form: Mapping[str, str]) -> Response:
        user, party = found.user, self.passkeys.party
        challenge = self.passkeys.open(context, "enrol", form)
        before, _ = self.factors.find_factors(user.organisation, user.user_id)
        name = names.parse(form.get("passkey_name", ""), passkeys.NAME_MAX_CHARACTERS) or context.device
        made = None
        if party is not None and challenge is not None and len(before.passkeys) < passkeys.PASSKEYS_MAX:
            made = passkeys.register(party, form.get("credential", ""), challenge, name=name, now=context.now)
        if made is None:
            problems = {"passkey_name": _WRONG_PASSKEY}
            return self._show(context, found, totp.generate_secret(), problems, form.get("passkey_name", ""))
        after, codes = second_factors.add_passkey(before, made)
        kind = factors.SOFTWARE_KEY if made.is_synced else factors.HARDWARE_KEY
        added = _Added(
            changed=(before, after),
            codes=codes,
            notice="passkey added",
            name=f"passkey {name}",
            methods=frozenset({kind, factors.USER_PRESENCE}),
            challenge=challenge,
        )
        return self._store(context, found, added)

    def _store(self, context: PageContext, found: _Enrolling, added: _Added) -> Response:
        user = found.user
        new = second_factors.with_factors(user, added.changed[1])
        entry, job = context.entry(user, "factor.add", added.name), context.notice(new, added.notice)
        used = None if found.link is None else Use(link=found.link, form=context.form_digest, now=context.now)
        stored = self.factors.change_factors(
            user.organisation, (user, new), added.changed, entry, used, job, added.challenge
        )
        if stored is None:
            raise DeadLinkError("the account changed while a factor was set up", path=context.path("/account/factors"))
        methods = (found.methods - {factors.REMEMBERED}) | added.methods | {factors.MULTI_FACTOR}
        query = found.link.query if found.link else ""
        given = (
            self.contexts.sign_in(context, stored, found.organisation, methods, query),
            *self.steps.keep_known(context, user, stored, found.organisation),
        )
        path = f"/t/{user.organisation}/account/factors"
        if found.link and query:
            path = steps.onward(steps.behind(context, found.link), user.organisation)
        if not added.codes:
            return pages.redirect(path, given)
        return self.pages.show(context, "recovery_codes", cookies=given, codes=added.codes, path=path)

    def _find(self, context: PageContext, secret: str) -> _Enrolling:
        """Return who may set up a factor here.

        Raises:
            RedirectError: A fresh sign-in or the link is missing.
            DeadLinkError: The link was used, or is too old, or another user's.
        """
        waiting = self.steps.find_enrolling(context)
        if waiting is not None:
            user, organisation, methods = waiting.user, waiting.organisation, waiting.pending.methods
        else:
            person = self.steps.require_fresh(context, "enrol", **({"link": secret} if secret else {}))
            user, organisation, methods = person.user, person.organisation, person.session.methods
        if user.factors:
            return _Enrolling(user=user, organisation=organisation, methods=methods, link=None, secret="")
        if not secret:
            raise RedirectError(context.path("/account/factors"))
        link = self.links.find_link(user.organisation, links.digest(secret))
        is_right = link is not None and link.purpose == "enrol" and links.is_for(link, user)
        if link is None or not is_right or not links.is_alive(link, context.now):
            raise DeadLinkError("dead link of an enrolment", path=context.path("/account/factors"))
        return _Enrolling(user=user, organisation=organisation, methods=methods, link=link, secret=secret)

    def _show(
        self,
        context: PageContext,
        found: _Enrolling,
        secret: bytes,
        problems: Mapping[str, str],
        passkey_name: str = "",
    ) -> Response:
        known = self.factors.find_factors(found.user.organisation, found.user.user_id)[0].passkeys
        passkey = self.passkeys.creation(context, found.user, found.organisation, known)
        uri = totp.uri(
            secret, issuer=found.organisation.name, account=f"{found.user.username}@{found.user.organisation}"
        )
        return self.pages.show(
            context,
            "enrol",
            is_scripted=bool(passkey),
            passkey=passkey,
            passkey_name=passkey_name or context.device,
            user=found.user,
            picture=_draw(uri),
            secret=" ".join(totp.spell(secret)[start : start + 4] for start in range(0, 32, 4)),
            app=self._seal(context, found.user, secret),
            link=found.secret,
            problems=problems,
        )

    def _seal(self, context: PageContext, user: User, secret: bytes) -> str:
        content = secret + context.now.to_bytes(_TIME_BYTES, "big")
        return sealing.seal(self.keys.find_sealing_key(), content, _context(user)).hex()

    def _open(self, context: PageContext, user: User, sealed: str) -> bytes | None:
        try:
            raw = bytes.fromhex(sealed[:400])
        except ValueError:
            return None
        content = sealing.open_sealed(self.keys.find_sealing_key(), raw, _context(user))
        if content is None or context.now - int.from_bytes(content[-_TIME_BYTES:], "big") > _PENDING_SECONDS:
            return None
        return content[:-_TIME_BYTES]


def _context(user: User) -> str:
    """Return what a secret that is still to be proved is sealed for."""
    return f"enrolment {user.organisation} {user.user_id} {user.generation}"


def _draw(uri: str) -> Markup:
    """Return the QR code as an inline picture, which needs no style and no address."""
    import segno  # only where a factor is set up: no start waits for it

    code = segno.make(uri, error="m")
    return Markup(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", title="QR code"))  # noqa: S704 - drawn here
