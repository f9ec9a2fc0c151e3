"""`make deploy` in an account of moto's server: what cannot succeed is one line and changes nothing."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

from tests.clones import clone
from tests.deployed import ROOT

pytestmark = pytest.mark.more  # tests/unit/local (test_deploy.py, test_preflight.py) has the same cases without `make`

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NOTHING = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'


@dataclass(frozen=True, kw_only=True)
class Deployer:
    """Somebody with a clone and an account."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def aws(self, service: str) -> Any:
        """Make a client of the account."""
        keys = {name.lower(): value for name, value in KEYS.items()}
        make: Any = boto3.client
        return make(service, region_name=REGION, endpoint_url=self.url, **keys)

    def deploy(self, arguments: str = "", *, without: str = "") -> subprocess.CompletedProcess[str]:
        """Type the command."""
        environment = {name: value for name, value in self.environment.items() if name != without}
        command = ["make", "deploy", f"ARGS={arguments}"]
        return subprocess.run(  # noqa: S603 - our own words
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def stacks(self) -> list[tuple[str, str]]:
        """What is deployed, with its state."""
        found = self.aws("cloudformation").describe_stacks()["Stacks"]
        return sorted((one["StackName"], one["StackStatus"]) for one in found)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def newcomer(server: str, tmp_path: Path) -> Deployer:
    """A clone, nothing built; the environment that `make` would make is the one of this repository."""
    dropped = ("AWS_", "PYTHON", "MAKE")  # a make that was started by another names itself `make[1]`
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    uv = {"UV_PROJECT": str(ROOT), "UV_NO_SYNC": "1"}
    aws = {"AWS_ENDPOINT_URL": server, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", **KEYS}
    return Deployer(folder=clone(tmp_path), url=server, environment=kept | nowhere | uv | aws)


def create(newcomer: Deployer, status: str) -> None:
    """Put a stack into the account, in any state: moto never fails to deploy one."""
    client = newcomer.aws("cloudformation")
    made = client.create_stack(StackName=f"in-{status.lower().replace('_', '-')}", TemplateBody=NOTHING)
    cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].stacks[made["StackId"]].status = status


def certificate(newcomer: Deployer, name: str) -> str:
    return newcomer.aws("acm").request_certificate(DomainName=name)["CertificateArn"]


def in_state(status: str) -> Callable[[Deployer], dict[str, str]]:
    """Deploy over a stack in that state."""

    def arguments(newcomer: Deployer) -> dict[str, str]:
        create(newcomer, status)
        return {"arguments": f"--stack-name in-{status.lower().replace('_', '-')}"}

    return arguments


def with_certificate(newcomer: Deployer) -> dict[str, str]:
    arn = certificate(newcomer, "login.example.com")
    return {"arguments": f"--parameter-overrides CertificateArn={arn} PublicUrl=https://auth.example.com"}


def with_samconfig(text: str) -> Callable[[Deployer], dict[str, str]]:
    def arguments(newcomer: Deployer) -> dict[str, str]:
        (newcomer.folder / "samconfig.toml").write_text(text, encoding="utf-8")
        return {}

    return arguments


def with_a_package_that_is_nowhere(newcomer: Deployer) -> dict[str, str]:
    pins = newcomer.folder / "functions" / "events" / "requirements.txt"
    pins.write_text("./a-package-that-is-not-here\n", encoding="utf-8")
    return {}


@pytest.mark.parametrize(
    ("prepare", "line"),
    [
        pytest.param(
            lambda _: {"without": "AWS_ACCESS_KEY_ID"}, "make deploy: there are no AWS credentials", id="no credentials"
        ),
        pytest.param(lambda _: {"without": "AWS_DEFAULT_REGION"}, "make deploy: there is no region", id="no region"),
        pytest.param(
            lambda _: {"arguments": "--region mars-east-1"},
            "make deploy: 'mars-east-1' is not a region of AWS",
            id="unknown region",
        ),
        pytest.param(
            lambda _: {"arguments": "--profile nobody"},
            "make deploy: The config profile (nobody) could not be found",
            id="unknown profile",
        ),
        pytest.param(in_state("ROLLBACK_COMPLETE"), "ROLLBACK_COMPLETE and cannot be updated", id="rolled back"),
        pytest.param(
            in_state("UPDATE_ROLLBACK_FAILED"), "UPDATE_ROLLBACK_FAILED: continue its rollback", id="rollback failed"
        ),
        pytest.param(in_state("UPDATE_IN_PROGRESS"), "UPDATE_IN_PROGRESS: wait", id="another deployment"),
        pytest.param(
            with_certificate,
            "make deploy: the certificate is for login.example.com, and PublicUrl for 'auth.example.com'",
            id="certificate",
        ),
        pytest.param(with_samconfig("[default"), "samconfig.toml cannot be read", id="samconfig"),
        pytest.param(lambda _: {"arguments": "-t template.yaml"}, "leave out --template-file", id="template"),
        pytest.param(
            with_a_package_that_is_nowhere, "sam build failed for arm64, for the reason above; nothing", id="build"
        ),
    ],
)
def test_what_cannot_be_deployed_is_one_line_and_changes_nothing(
    newcomer: Deployer, prepare: Callable[[Deployer], dict[str, str]], line: str
) -> None:
    wanted: Any = prepare(newcomer)
    before = newcomer.stacks()

    done = newcomer.deploy(**wanted)

    *sam, said, of_make = done.stderr.splitlines()
    assert line in said
    assert of_make.startswith("make: ***")
    assert not sam or prepare is with_a_package_that_is_nowhere
    assert "Traceback" not in done.stdout + done.stderr
    assert newcomer.stacks() == before
    assert not (newcomer.folder / ".aws-sam" / "build" / "template.yaml").exists()
