"""The demo's keys are known to the world, so they stay on this machine."""

import re

import pytest

from local import demo, demo_data


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
