"""A member's own sign-in methods in the JSON API: what a token of an old or weak sign-in may not change."""

from collections.abc import Callable
from copy import replace
from typing import Any

import pytest

from gatehouse.bootstrap.store import Store
from gatehouse.domain.accounts.identity_providers import FederatedLink
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.accounts.remembered_browsers import KNOWN_SECONDS, RememberedBrowser
from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.domain.accounts.sign_in_history import SignInRecord
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth.key_rotation import KeyRotation
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks
from gatehouse.storage.jobs import parse_job
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from tests import audited, factories, roles
from tests.factories import NOW
from tests.memory_secrets import MemorySecrets
from tests.recording_transport import RecordingTransport
from tests.unit.endpoints import access
from tests.unit.endpoints.members import SIGN_IN_CLIENT, Member

STRONG = frozenset({"pwd", "otp", "mfa"})
PHONE = Passkey(credential_id=b"phone", public_key=b"key", rp_id="auth.example", name="Phone", since=NOW - 60)
LAPTOP = Passkey(credential_id=b"laptop", public_key=b"key", rp_id="auth.example", name="Laptop", since=NOW - 90)
FRESH_ONLY = [
    pytest.param("DELETE", f"/me/passkeys/{PHONE.passkey_id}", None, id="remove a passkey"),
    pytest.param("DELETE", "/me/authenticator-app", None, id="remove the app"),
    pytest.param("POST", "/me/recovery-codes", None, id="new recovery codes"),
    pytest.param("POST", "/me/email", {"email": "new@example.com"}, id="another address"),
]

type Sign = Callable[..., Member]


@pytest.fixture
def store(organisations: DirectoryWriter, tables: Tables, secrets: MemorySecrets, rotation: KeyRotation) -> Store:  # noqa: ARG001 - filled first
    """A store that sends mails."""
    settings = factories.settings(mail_from="login@auth.example")
    return Store(settings, roles.acting_as(tables, "Store"), roles.RoleTransport(secrets, "Store"))


def test_without_a_sender_nobody_is_promised_a_mail(
    organisations: DirectoryWriter,  # noqa: ARG001 - filled first
    tables: Tables,
    secrets: MemorySecrets,
    signed_in: Sign,
) -> None:
    silent = Store(factories.settings(), tables, secrets)

    assert replace(signed_in(), store=silent).post("/me/email", {"email": "new@example.com"}).status == 409


@pytest.fixture
def user(tables: Tables, organisations: DirectoryWriter) -> User:  # noqa: ARG001 - filled first
    """John, with two passkeys, an app and recovery codes."""
    accounts, store = DynamoDBAccounts(tables), DynamoDBSecondFactors(tables)
    old = accounts.find_user("johnsorg", "john@gmail.com")
    assert old
    before, _ = store.find_factors("johnsorg", old.user_id)
    after = replace(before, app_secret=b"sealed", app_since=NOW - 90, passkeys=(PHONE, LAPTOP), recovery=(b"a", b"b"))
    new = replace(old, factors=after.kinds)
    entry = Entry(organisation="johnsorg", at_ms=1, actor=old.username, action="factor.add", target=old.username)
    stored = store.change_factors("johnsorg", (old, new), (before, after), entry)
    assert stored
    return stored


@pytest.fixture
def signed_in(store: Store, tables: Tables, user: User) -> Sign:
    """Signs John in for a token: what the sign-in proved, and how old it is."""

    def sign(methods: frozenset[str] = STRONG, age: int = 60, of: User = user) -> Member:
        token = access.grant(
            tables,
            of,
            frozenset({"apim:subscribe"}),
            client_id=f"{SIGN_IN_CLIENT}johnsorg",
            application_id="app-signin",
            authenticated_at=NOW - age,
            methods=methods,
        )
        return Member(store, token)

    return sign


def factors_of(tables: Tables, user: User) -> SecondFactors:
    return DynamoDBSecondFactors(tables).find_factors("johnsorg", user.user_id)[0]


def jobs(transport: RecordingTransport) -> list[Any]:
    items = transport.call_uncounted("Scan", {"TableName": "grants"})["Items"]
    return [parse_job(one) for one in items if one["pk"]["S"].startswith("JOB#")]


def test_they_are_listed(signed_in: Sign) -> None:
    assert signed_in().get("/me/sign-in-methods").json == {
        "authenticatorAppSince": str((NOW - 90) * 1000),
        "passkeys": [
            {
                "passkeyId": one.passkey_id,
                "name": one.name,
                "since": str(one.since * 1000),
                "lastUsed": None,
                "isSynced": False,
            }
            for one in (PHONE, LAPTOP)
        ],
        "recoveryCodesLeft": 2,
    }


def test_a_passkey_is_renamed_and_nothing_ends(signed_in: Sign, tables: Tables, user: User) -> None:
    john = signed_in(age=5000)

    renamed = john.put(f"/me/passkeys/{PHONE.passkey_id}", {"name": "  My phone "})

    assert (renamed.status, renamed.json["name"]) == (200, "My phone")
    assert [one.name for one in factors_of(tables, user).passkeys] == ["My phone", "Laptop"]
    assert john.get("/me/sign-in-methods").status == 200


@pytest.mark.parametrize("name", ["", "x" * 61, "a\u202eb"])
def test_a_passkey_is_not_called_what_no_name_is(signed_in: Sign, name: str) -> None:
    assert signed_in().put(f"/me/passkeys/{PHONE.passkey_id}", {"name": name}).status == 400


def test_an_unknown_passkey_is_404(signed_in: Sign) -> None:
    john = signed_in()

    assert john.put("/me/passkeys/0123456789abcdef", {"name": "x"}).status == 404
    assert john.delete("/me/passkeys/0123456789abcdef").status == 404


def test_a_passkey_is_removed_everything_ends_and_a_mail_tells(
    signed_in: Sign, tables: Tables, user: User, transport: RecordingTransport
) -> None:
    john = signed_in()

    assert john.delete(f"/me/passkeys/{PHONE.passkey_id}").status == 200

    assert factors_of(tables, user).passkeys == (LAPTOP,)
    assert john.get("/me/sign-in-methods").status == 401
    assert [(one.notice, one.issuer) for one in jobs(transport)] == [
        ("factors removed", "https://auth.example/t/johnsorg")
    ]


def test_the_app_is_removed(signed_in: Sign, tables: Tables, user: User) -> None:
    assert signed_in().delete("/me/authenticator-app").status == 200
    assert not factors_of(tables, user).app_secret


def test_new_recovery_codes_are_shown_once(signed_in: Sign, tables: Tables, user: User) -> None:
    codes = signed_in().post("/me/recovery-codes").json["codes"]

    assert len(set(codes)) == 10
    assert len(factors_of(tables, user).recovery) == 10


@pytest.mark.parametrize(("method", "path", "body"), FRESH_ONLY)
@pytest.mark.parametrize(
    ("methods", "age"),
    [
        pytest.param(STRONG, 601, id="an old sign-in"),
        pytest.param(frozenset({"pwd"}), 60, id="a password alone"),
        pytest.param(frozenset({"pwd", "remembered"}), 60, id="a remembered browser"),
    ],
)
def test_a_change_needs_the_token_of_a_fresh_sign_in_with_the_second_factor(
    signed_in: Sign,
    tables: Tables,
    user: User,
    transport: RecordingTransport,
    method: str,
    path: str,
    body: Any,
    methods: frozenset[str],
    age: int,
) -> None:
    before = factors_of(tables, user)

    refused = signed_in(methods, age).call(method, path, **({"json_body": body} if body else {}))

    assert refused.status == 401
    challenge = refused.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="600"' in challenge
    assert 'acr_values="http://schemas.openid.net/pape/policies/2007/06/multi-factor"' in challenge
    assert factors_of(tables, user) == before
    assert jobs(transport) == []


def test_a_new_address_is_mailed_a_link_and_changes_nothing_yet(
    signed_in: Sign, tables: Tables, user: User, transport: RecordingTransport
) -> None:
    assert signed_in().post("/me/email", {"email": " new@example.com "}).status == 200

    (job,) = jobs(transport)
    assert (job.kind, job.address, job.login, job.generation) == (
        "email", "new@example.com", user.username, user.generation
    )  # fmt: skip
    found = DynamoDBAccounts(tables).find_user("johnsorg", user.username)
    assert found
    assert found.email == user.email
    assert audited.lines(tables, "member.request-email") == [(user.username, user.username, "new@example.com")]


@pytest.mark.parametrize("email", ["", "new", "new@example", "a@b.example, c@d.example"])
def test_what_is_no_address_gets_no_mail(signed_in: Sign, email: str, transport: RecordingTransport) -> None:
    assert signed_in().post("/me/email", {"email": email}).status == 400
    assert jobs(transport) == []


def test_a_source_asks_for_twenty_mails_in_five_minutes(signed_in: Sign) -> None:
    john = signed_in()

    statuses = [john.post("/me/email", {"email": "new@example.com"}).status for _ in range(21)]

    assert statuses == [200] * 20 + [429]


def test_the_password_is_not_changed_with_the_token_of_a_password_alone(signed_in: Sign) -> None:
    body = {"currentPassword": factories.PASSWORD, "newPassword": "seven purple walruses"}

    assert signed_in(frozenset({"pwd"})).post("/me/change-password", body).status == 401
    assert signed_in(frozenset({"pwd", "remembered"})).post("/me/change-password", body).status == 401
    assert signed_in(STRONG, 5000).post("/me/change-password", body).status == 200


def test_remembered_browsers_are_listed_and_forgotten(
    signed_in: Sign, tables: Tables, user: User, organisations: DirectoryWriter
) -> None:
    organisations.save_organisation(factories.organisation(key="johnsorg", remembered_browser_days=30))
    browsers, john = DynamoDBRememberedBrowsers(tables), signed_in()
    browsers.add_browser(
        "johnsorg",
        RememberedBrowser(
            digest=b"digest",
            organisation="johnsorg",
            user_id=user.user_id,
            generation=user.generation,
            skips_second_factor=True,
            device="Firefox on Linux",
            since=NOW - 60,
            expires_at=NOW + 60 + KNOWN_SECONDS,
        ),
    )

    (listed,) = john.get("/me/remembered-browsers").json["list"]
    assert (listed["device"], listed["expires"]) == ("Firefox on Linux", str((NOW + 60) * 1000))
    assert john.delete("/me/remembered-browsers/none").status == 404
    assert john.delete(f"/me/remembered-browsers/{listed['browserId']}").status == 200
    assert john.get("/me/remembered-browsers").json["list"] == []
    assert audited.lines(tables, "factor.forget-browser") == [("john@gmail.com", "john@gmail.com", listed["device"])]


def test_sign_ins_are_listed(signed_in: Sign, tables: Tables, user: User) -> None:
    DynamoDBSignInHistory(tables).add_sign_in(
        "johnsorg",
        SignInRecord(
            organisation="johnsorg",
            user_id=user.user_id,
            at_ms=NOW * 1000,
            session_id="browser-1",
            device="Firefox on Linux",
            source="192.0.2.7",
            methods=frozenset({"pwd", "remembered"}),
            expires_at=NOW + 60,
        ),
    )

    assert signed_in().get("/me/sign-ins").json["list"] == [
        {
            "at": str(NOW * 1000),
            "device": "Firefox on Linux",
            "address": "192.0.2.7",
            "methods": ["pwd"],
            "sessionId": "browser-1",
        }
    ]


def link(tables: Tables, user: User, provider_id: str = "example") -> User:
    """Link an identity to John's account; return John."""
    linked = FederatedLink(
        organisation="johnsorg",
        provider_id=provider_id,
        digest="digest",
        user_id=user.user_id,
        username=user.username,
        email="john@work.example",
        linked_at=NOW - 60,
    )
    entry = Entry(organisation="johnsorg", at_ms=1, actor="x", action="member.link-identity", target="x")
    stored = DynamoDBFederatedLinks(tables).add_link("johnsorg", linked, user, user, entry)
    assert stored
    return stored


def test_identities_are_listed_and_unlinked(
    signed_in: Sign, tables: Tables, user: User, transport: RecordingTransport
) -> None:
    john = signed_in(of=link(tables, user))

    assert john.get("/me/identities").json["list"] == [
        {"providerId": "example", "email": "john@work.example", "since": str((NOW - 60) * 1000)}
    ]
    assert john.delete("/me/identities/other").status == 404
    assert john.delete("/me/identities/example").status == 200
    assert john.get("/me/identities").status == 401, "every token ends"
    assert [one.notice for one in jobs(transport)] == ["identity unlinked"]
    assert DynamoDBFederatedLinks(tables).find_links("johnsorg", user.user_id) == ()


def test_an_identity_is_unlinked_with_the_token_of_a_fresh_sign_in(signed_in: Sign, tables: Tables, user: User) -> None:
    john = link(tables, user)

    assert signed_in(STRONG, 601, john).delete("/me/identities/example").status == 401
    assert signed_in(frozenset({"fed"}), 60, john).delete("/me/identities/example").status == 401
    assert len(DynamoDBFederatedLinks(tables).find_links("johnsorg", user.user_id)) == 1


def test_the_only_way_to_sign_in_stays(
    signed_in: Sign, tables: Tables, user: User, organisations: DirectoryWriter
) -> None:
    without = replace(link(tables, user), password_hash=None)
    organisations.save_user(without)

    assert signed_in(of=without).delete("/me/identities/example").status == 409


@pytest.mark.parametrize(("shown", "status"), [("Other", 200), ("", 409)])
def test_an_identity_at_a_provider_that_is_off_is_no_other_way_to_sign_in(
    signed_in: Sign, tables: Tables, user: User, organisations: DirectoryWriter, shown: str, status: int
) -> None:
    names = {"example": "Example", "other": shown}
    organisations.save_organisation(factories.organisation(identity_providers=names))
    without = replace(link(tables, link(tables, user), "other"), password_hash=None)
    organisations.save_user(without)

    assert signed_in(of=without).delete("/me/identities/example").status == status
