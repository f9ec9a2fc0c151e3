"""The demo's keys are known to the world, so they stay on this machine."""

import re

import pytest
from gatehouse_cli.stack import Stack

from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from local import demo, demo_data
from tests import factories


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
def test_this_machine_is_accepted(url: str) -> None:
    demo.refuse_unless_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://dynamodb.eu-west-1.amazonaws.com", id="AWS"),
        pytest.param("http://192.168.1.10:4566", id="the neighbour"),
        pytest.param("http://127.0.0.1.example.com", id="a name that begins like loopback"),
        pytest.param("http://localhost.example.com", id="a name that begins like localhost"),
        pytest.param("http://127.0.0.1@example.com", id="user information"),
        pytest.param("", id="nothing, which means AWS"),
    ],
)
def test_any_other_is_refused(url: str) -> None:
    with pytest.raises(SystemExit):
        demo.refuse_unless_loopback(url)


def test_passwords_need_no_escaping_in_a_form() -> None:
    texts = [user.password for organisation in demo_data.ORGANISATIONS for user in organisation.users]

    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", text) for text in texts)


def test_the_first_key_pair_is_that_of_the_documents() -> None:
    client = demo.describe()["organisations"][0]["applications"][0]["clients"][0]

    assert client["consumer_key"] == "wU62DjlyDBnq87GlBwplfqvmAbAa"
    assert client["consumer_secret"] == "ksdSdoefDDP7wpaElfqvmjDue"


def test_the_demos_application_has_an_owner_and_stands_in_the_lists_of_subscriptions(tables: Tables) -> None:
    writer, directory = DirectoryWriter(tables), DynamoDBDirectory(tables, TtlCache(0))
    organisation = demo_data.ORGANISATIONS[0]
    loader = demo.Loader(
        directory=directory,
        writer=writer,
        operated=Stack(tables, "https://auth.example", "1", "eu-west-1"),
        settings=DynamoDBSettings(tables),
        subscriptions=DynamoDBSubscriptions(tables),
    )
    loader.load(organisation)
    for name in organisation.applications[0].subscriptions:
        writer.save_api(factories.api(api_id=name))

    loader.load_application(organisation, organisation.applications[0])

    john = directory.find_user("johnsorg", "john@gmail.com")
    assert john is not None
    (made,) = DynamoDBApplications(tables).find_applications("johnsorg", john.user_id, Window()).items
    listed = DynamoDBSubscriptions(tables).find_subscriptions_of_api("johnsorg", "orders", Window()).items
    assert (made.name, made.owner) == ("DefaultApplication", "john@gmail.com")
    assert [one.api_id for one in made.subscriptions] == ["orders", "orders-http", "orders-jwt"]
    assert [(one.application_name, one.owner) for one in listed] == [("DefaultApplication", "john@gmail.com")]
