"""What the commands of members, their requests and their sessions do and print."""

import shlex

import pytest

from gatehouse.domain.accounts import connections
from gatehouse.domain.accounts.connections import Connection
from gatehouse.domain.accounts.factors import PASSWORD_ALONE
from gatehouse.domain.accounts.sessions import Session, start
from gatehouse.domain.accounts.users import User
from gatehouse.storage.connections import DynamoDBConnections
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.sessions import DynamoDBSessions
from tests import factories
from tests.factories import NOW
from tests.unit.cli.clock import now as now
from tests.unit.cli.conftest import PASSWORD, Operator, audited


@pytest.fixture
def waiting(johnsorg: Operator, tables: Tables) -> Operator:
    """The same, with Mary, who signed up and awaits approval."""
    mary = factories.user(user_id="user-mary", username="mary@x.example", awaits_approval=True, is_active=False)
    DirectoryWriter(tables).add_user(mary)
    return johnsorg


@pytest.fixture
def grace(johnsorg: Operator, tables: Tables) -> User:
    assert johnsorg
    found = DynamoDBDirectory(tables, TtlCache(0)).find_user("johnsorg", "grace")
    assert found is not None
    return found


@pytest.fixture
def session(grace: User, tables: Tables) -> Session:
    """A browser in which Grace is signed in."""
    organisation = DynamoDBDirectory(tables, TtlCache(0)).find_organisation("johnsorg")
    assert organisation is not None
    return start(grace, organisation, "s" * 43, now_ms=NOW * 1000, lifetime_seconds=1800, methods=PASSWORD_ALONE)


@pytest.fixture
def connection(grace: User, tables: Tables) -> Connection:
    """A registered client that acts for Grace."""
    organisation = DynamoDBDirectory(tables, TtlCache(0)).find_organisation("johnsorg")
    assert organisation is not None
    made = connections.renew(None, grace, organisation, factories.registered_client(), NOW * 1000, 3600)
    assert made is not None
    return made


def test_who_signed_up_is_listed_approved_or_rejected(waiting: Operator, tables: Tables) -> None:
    (pending,) = waiting.json("requests", "list", "johnsorg")
    assert (pending["kind"], pending["id"]) == ("member", "mary@x.example")

    approved = waiting.json(*pending["approve"].split()[1:])

    assert (approved["active"], approved["awaits_approval"]) == (True, False)
    assert waiting.done("requests", "list", "johnsorg") == "johnsorg has no pending requests\n"
    assert ("operator", "member.approve") in audited(tables)
    assert "does not await approval" in waiting.refused("users", "reject", "johnsorg", "mary@x.example")


def test_the_command_that_approves_is_safe_to_paste(johnsorg: Operator, tables: Tables) -> None:
    name = "$(reboot)'; rm -r ~"
    DirectoryWriter(tables).add_user(factories.user(username=name, awaits_approval=True, is_active=False))

    (pending,) = johnsorg.json("requests", "list", "johnsorg")

    assert shlex.split(pending["approve"]) == ["gatehouse", "users", "approve", "johnsorg", name]


@pytest.mark.parametrize("typed", ["Zo\u00eb", "Zoe\u0308", "ZOE\u0308", " zo\u00eb "])
def test_a_user_is_found_by_every_spelling_that_creates_them(johnsorg: Operator, typed: str) -> None:
    johnsorg.done("users", "create", "johnsorg", typed, GATEHOUSE_PASSWORD=PASSWORD)

    assert johnsorg.json("users", "show", "johnsorg", typed)["username"] == "zo\u00eb"
    johnsorg.done("applications", "create", "johnsorg", typed, "Books")
    assert len(johnsorg.json("applications", "list", "johnsorg", "--owner", typed)) == 1


@pytest.mark.parametrize("typed", ["", " ", "a\u0000b", "x" * 600])
def test_what_is_no_username_is_no_user(johnsorg: Operator, typed: str) -> None:
    assert "there is no user" in johnsorg.refused("users", "show", "johnsorg", typed)


def test_a_created_and_a_deleted_user_are_in_the_audit_log(johnsorg: Operator, tables: Tables) -> None:
    johnsorg.done("users", "create", "johnsorg", "Ann", "--role", "clerk", GATEHOUSE_PASSWORD=PASSWORD)
    johnsorg.done("users", "delete", "johnsorg", "ann", "--yes")
    before = audited(tables)
    johnsorg.refused("users", "create", "johnsorg", "grace", GATEHOUSE_PASSWORD=PASSWORD)

    lines = johnsorg.json("audit-entries", "list", "johnsorg", "--action", "member.")
    told = {(one["actor"], one["action"], one["target"], one["detail"]) for one in lines}
    assert {("operator", "member.create", "ann", "clerk"), ("operator", "member.delete", "ann", "")} <= told
    assert audited(tables) == before


def test_who_is_rejected_stays_disabled(waiting: Operator) -> None:
    assert waiting.json("users", "reject", "johnsorg", "mary@x.example")["active"] is False
    assert waiting.json("requests", "list", "johnsorg") == []


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("users", "invite", "johnsorg", "eve@x.example", "--role", "manger"), id="invite"),
        pytest.param(("users", "create", "johnsorg", "eve", "--role", "manger"), id="create"),
        pytest.param(("roles", "set", "johnsorg", "grace", "manger"), id="set"),
    ],
)
def test_a_new_role_that_looks_like_a_slip_is_named(johnsorg: Operator, command: tuple[str, ...]) -> None:
    johnsorg.publish()

    done = johnsorg.run(*command, GATEHOUSE_PASSWORD="seven purple walruses")
    right = johnsorg.run(
        *[one.replace("manger", "manager").replace("eve", "zoe") for one in command],
        GATEHOUSE_PASSWORD="seven purple walruses",
    )

    assert done.stderr == "gatehouse: the role manger is new in johnsorg. Did you mean manager?\n"
    assert (done.exit_code, right.exit_code, right.stderr) == (0, 0, "")


def test_a_member_is_invited_shown_unlocked_and_mailed_a_link(johnsorg: Operator, tables: Tables) -> None:
    invited = johnsorg.json("users", "invite", "johnsorg", "ada@x.example", "--role", "manager")
    johnsorg.done("users", "unlock", "johnsorg", "ada@x.example")
    mailed = johnsorg.json("users", "reset-password", "johnsorg", "ada@x.example")

    assert johnsorg.json("users", "show", "johnsorg", "ada@x.example") == invited
    assert (invited["roles"], mailed["mailed"]) == (["manager"], "ada@x.example")
    told = [action for _, action in audited(tables)]
    assert {"member.invite", "member.unlock", "member.reset"} <= set(told)
    assert "a member of that name" in johnsorg.refused("users", "invite", "johnsorg", "ada@x.example")
    assert "no e-mail address" in johnsorg.refused("users", "reset-password", "johnsorg", "grace")


def test_sessions_of_a_member_are_listed_ended_and_blocked(
    johnsorg: Operator, tables: Tables, session: Session, connection: Connection
) -> None:
    DynamoDBSessions(tables).add_session("johnsorg", session)
    DynamoDBConnections(tables).save_connection("johnsorg", connection)

    listed = johnsorg.json("sessions", "list", "johnsorg", "grace")
    johnsorg.done("sessions", "end", "johnsorg", "grace", session.session_id)
    johnsorg.done("sessions", "block-client", "johnsorg", "grace", "dyn.agent")

    assert {one["session_id"]: one["kind"] for one in listed} == {session.session_id: "browser", "dyn.agent": "client"}
    assert johnsorg.json("sessions", "list", "johnsorg", "grace") == []
    (blocked,) = johnsorg.json("sessions", "list-blocked-clients", "johnsorg", "grace")
    assert blocked["client_id"] == "dyn.agent"
    johnsorg.done("sessions", "unblock-client", "johnsorg", "grace", "dyn.agent")
    assert {actor for actor, _ in audited(tables)} == {"operator"}
    assert johnsorg.json("sessions", "list-blocked-clients", "johnsorg", "grace") == []
    assert "grace has no session 'elsewhere'" in johnsorg.refused("sessions", "end", "johnsorg", "grace", "elsewhere")


def test_every_session_of_a_member_ends_at_once(johnsorg: Operator, tables: Tables, session: Session) -> None:
    DynamoDBSessions(tables).add_session("johnsorg", session)

    johnsorg.done("sessions", "end-all", "johnsorg", "grace")

    assert johnsorg.done("sessions", "list", "johnsorg", "grace") == "grace has no active sessions\n"
    assert sorted(action for _, action in audited(tables)) == [
        "member.create",
        "member.sign-out",
        "organisation.create",
    ]


def test_an_invitation_is_sent_again_until_it_is_accepted(johnsorg: Operator, tables: Tables) -> None:
    johnsorg.done("users", "invite", "johnsorg", "ada@x.example")

    again = johnsorg.json("users", "resend-invitation", "johnsorg", "ada@x.example")

    assert again["mailed"] == "ada@x.example"
    assert [action for _, action in audited(tables)].count("member.invite") == 2
    assert "no open invitation" in johnsorg.refused("users", "resend-invitation", "johnsorg", "grace")
