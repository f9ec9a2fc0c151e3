"""`make up`, `make down` and their files, as people and tests find them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from local import processes, services
from local.layout import ROOT, Layout
from local.up import up
from tests.deployed import Deployed
from tests.people import Person

STACK_MEMBERS = {
    "base_url",
    "http_base_url",
    "token_url",
    "orders_url",
    "aws_endpoint_url",
    "region",
    "stack_name",
    "authorizer_arn",
    "directory_table",
    "grants_table",
    "log_file",
}
KEY_PAIR = ("wU62DjlyDBnq87GlBwplfqvmAbAa", "ksdSdoefDDP7wpaElfqvmjDue")


@pytest.fixture
def layout(deployed: Deployed) -> Layout:
    """The stack under test as `make` knows it."""
    offset = (httpx.URL(deployed.stack["base_url"]).port or 0) - 8243
    return Layout(offset=offset, directory=deployed.directory)


def test_stack_json_says_where_everything_is(deployed: Deployed, layout: Layout) -> None:
    stack = deployed.stack

    assert stack.keys() >= STACK_MEMBERS
    assert stack["base_url"] == f"https://localhost:{8243 + layout.offset}"
    assert stack["http_base_url"] == f"http://localhost:{8280 + layout.offset}"
    assert stack["token_url"] == f"{stack['base_url']}/token"
    assert stack["orders_url"] == f"{stack['base_url']}/orders/1.0.0"
    assert Path(stack["log_file"]).is_file()


def test_demo_json_says_who_is_in_it(deployed: Deployed) -> None:
    johnsorg, acme = (deployed.organisation(key) for key in ("johnsorg", "acme"))
    first = johnsorg["applications"][0]

    assert {user["username"]: user["roles"] for user in johnsorg["users"]} == {
        "john@gmail.com": ["employee"],
        "mary@gmail.com": ["employee", "manager"],
        "peter": [],
        "ada": ["admin", "publisher"],
    }
    assert (first["clients"][0]["consumer_key"], first["clients"][0]["consumer_secret"]) == KEY_PAIR
    assert first["clients"][0]["key_type"] == "PRODUCTION"
    assert "orders" in first["subscriptions"]
    assert set(first["clients"][0]["grant_types"]) >= {"password", "refresh_token", "client_credentials"}
    assert acme["applications"][0]["clients"][0]["grant_types"] == first["clients"][0]["grant_types"]
    assert len(acme["users"]) == len(acme["applications"]) == 1


def test_everything_listens_on_loopback_only(layout: Layout) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which address would be used
        own_address = probe.getsockname()[0]

    for port in layout.ports:
        with socket.socket() as client:
            client.settimeout(2)
            assert client.connect_ex((own_address, port)) != 0


def test_a_second_stack_on_the_same_ports_is_refused_and_disturbs_nothing(
    layout: Layout, person: Person, tmp_path: Path
) -> None:
    intruder = Layout(offset=layout.offset, directory=tmp_path)
    issued = person.obtain()

    with pytest.raises(SystemExit, match="taken"):
        up(intruder)

    assert not processes.pid_file(intruder.state, services.EMULATOR).exists()
    assert person.call(issued["access_token"]).status_code == 200


@pytest.mark.parametrize("offset", ["-1", "1x", "50001"])
def test_an_offset_that_is_none_is_refused_in_words(offset: str) -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "local.down"),
        cwd=ROOT,
        env=os.environ | {"PORT_OFFSET": offset},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "PORT_OFFSET is a number from 0 to 50000" in ended.stderr


@pytest.mark.exclusive
def test_down_and_up_again_keeps_what_the_stack_knows(layout: Layout, person: Person) -> None:
    issued = person.obtain()
    described = layout.demo_file.read_text(encoding="utf-8")

    make("down", layout)
    is_down = [socket_refuses(port) for port in layout.ports]
    make("up", layout)

    assert is_down == [True, True, True]
    assert layout.demo_file.read_text(encoding="utf-8") == described
    assert (
        json.loads(layout.stack_file.read_text(encoding="utf-8"))["grants_table"]
        == person.deployed.stack["grants_table"]
    )
    assert person.call(issued["access_token"]).status_code == 200
    assert person.refresh(issued["refresh_token"]).status_code == 200
    assert person.sign_in().status_code == 200


def make(word: str, layout: Layout) -> None:
    """Do what `make down` or `make up` does, to the stack under test."""
    code = (
        f"from pathlib import Path; from local.layout import Layout; from local.{word} import {word}; "
        f"{word}(Layout(offset={layout.offset}, directory=Path({str(layout.directory)!r})))"
    )
    subprocess.run((sys.executable, "-c", code), cwd=ROOT, check=True)  # noqa: S603


def socket_refuses(port: int) -> bool:
    """Tell whether nobody listens on a loopback port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0
