"""docs/operations.md, command by command in the order of the page, on a stack of its own beside the others.

The stack is named `page`, and shares the address of the stack under test: there is one front. What is put in the place
of a command's words, and what is not run, is listed here, and each entry must be used.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from local import deployment, toolchain
from tests.clones import clone
from tests.deployed import ROOT, Deployed

PAGE = ROOT / "docs" / "operations.md"
STACK = "page"

NOT_RUN = {
    "git pull": "the clone of the test has no remote",
    "git checkout <older release> && make deploy": "there is no older release; `make deploy` itself is run",
}

pytestmark = pytest.mark.more  # a build, three deployments and a deletion


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def answers(deployed: Deployed) -> str:
    """Answer SAM's questions: the stack's name, the parameters that differ from their defaults, six questions more."""
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - plain text
    given = {"PublicUrl": deployed.stack["base_url"], "EndpointUrl": deployed.stack["aws_endpoint_url"]}
    return "\n".join([STACK, "", *(given.get(name, "") for name in template["Parameters"]), *[""] * 6, ""])


@pytest.fixture
def replacements(deployed: Deployed, tmp_path: Path) -> dict[str, str]:
    """What stands in the page, by what is run."""
    (tmp_path / "answers").write_text(answers(deployed), encoding="utf-8")
    yes = "while sleep 1; do echo y; done"  # slowly, since a process reads ahead whatever is there
    moment = datetime.now(UTC) + timedelta(minutes=1)
    architecture = f"--parameter-overrides Architecture={deployment.architecture()}"
    answering = f"< <(cat {tmp_path}/answers; {yes})"
    keys, newest = '"$(uv run gatehouse output KeysFunctionName)"', "--query Versions[-1].Version --output text"
    return {
        'make deploy ARGS="--guided" ': f'make deploy ARGS="--guided {architecture}" {answering} ',
        "\nmake deploy  ": f"\nmake deploy < <({yes})  ",
        "directory restore gatehouse-copy ": f"directory restore gatehouse-copy < <({yes}) ",
        "sam delete --stack-name gatehouse ": f"sam delete --stack-name gatehouse < <({yes}) ",
        "--stack-name gatehouse": f"--stack-name {STACK}",
        "gatehouse-copy": f"{STACK}-copy",
        "http://127.0.0.1:4566": deployed.stack["aws_endpoint_url"],
        ".local/state": str(deployed.directory / "state"),
        "<moment>": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "<function>": keys,
        "<number>": f"$(aws lambda list-versions-by-function --function-name {keys} {newest})",
    }


@pytest.fixture
def environment(deployed: Deployed) -> dict[str, str]:
    """What the page tells its reader to have: make, the AWS CLI, an account and a region; a password to be asked for.

    The rest is the local stack's: its address, its certificate, and the environment that uv does not build again.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "PATH": f"{toolchain.ensure('awscli')}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "SSL_CERT_FILE": str(deployed.directory / "state" / "tls" / "authority.pem"),
        "GATEHOUSE_STACK_NAME": STACK,
        "GATEHOUSE_PASSWORD": "mary-likes-long-passwords",
        "SAM_CLI_TELEMETRY": "0",
        "UV_PROJECT": str(ROOT),
        "UV_NO_SYNC": "1",
    }


@pytest.fixture
def tidy(deployed: Deployed) -> Iterator[None]:
    """Delete what a failed walk leaves behind."""
    yield
    deployed.aws("cloudformation").delete_stack(StackName=STACK)
    client = deployed.aws("dynamodb")
    for table in client.list_tables()["TableNames"]:
        if table.startswith(f"{STACK}-"):
            client.update_table(TableName=table, DeletionProtectionEnabled=False)
            client.delete_table(TableName=table)


def script(replacements: dict[str, str]) -> str:
    """Put the page's commands into one script, in its order."""
    page = "\n".join(["set -euxo pipefail", *blocks()])
    for line in NOT_RUN:
        page, count = re.subn(rf"^{re.escape(line)}.*\n", "", page, flags=re.MULTILINE)
        assert count == 1, line
    for words, ours in replacements.items():
        assert words in page, words
        page = page.replace(words, ours)
    return page


@pytest.mark.exclusive
@pytest.mark.usefixtures("tidy")
def test_the_commands_of_the_page_work_in_its_order(
    deployed: Deployed, tmp_path: Path, replacements: dict[str, str], environment: dict[str, str]
) -> None:
    (tmp_path / "clone").mkdir()

    done = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/bash", "-c", script(replacements)],
        cwd=clone(tmp_path / "clone"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '{"status": "replaced"}' in done.stdout
    names = [one["StackName"] for one in deployed.aws("cloudformation").describe_stacks()["Stacks"]]
    assert STACK not in names
    assert not [one for one in deployed.aws("dynamodb").list_tables()["TableNames"] if one.startswith(f"{STACK}-D")]
