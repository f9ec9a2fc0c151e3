"""What is deployed was built, for the architecture that is asked for; all else is refused before anything changes."""

import os
import struct
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import build, deploy, toolchain, versions
from local.deploy_options import Options
from tests.clones import clone
from tests.deployed import Deployed

pytestmark = pytest.mark.exclusive  # an update of the stack by another test would look like one of these

# ELF's e_machine: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"arm64": 183, "x86_64": 62}
NEVER = "never-deployed"


@pytest.fixture(scope="module")
def sam() -> Path:
    return toolchain.ensure("sam") / "sam"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which nothing was built."""
    return clone(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, deployed: Deployed) -> Path:
    """A clone with the build of the running stack."""
    folder = clone(tmp_path_factory.mktemp("built"))
    (folder / ".aws-sam").mkdir()
    (folder / ".aws-sam" / "build").symlink_to(deployed.directory / "state" / "build" / "gatehouse" / "artifacts")
    return folder


@pytest.fixture
def environment(deployed: Deployed) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "SAM_CLI_TELEMETRY": "0",
    }


@pytest.fixture
def cloudformation(deployed: Deployed) -> Iterator[Any]:
    client = deployed.aws("cloudformation")
    yield client
    client.delete_stack(StackName=NEVER)


def status(cloudformation: Any, name: str) -> str:
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError:
        return "none"


def run(
    command: list[str], folder: Path, environment: dict[str, str], typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        command, cwd=folder, env=environment, input=typed, capture_output=True, text=True, check=False
    )


def test_a_first_deployment_of_what_was_not_built_is_refused(
    sam: Path, source: Path, environment: dict[str, str], cloudformation: Any
) -> None:
    done = run([str(sam), "deploy", "--stack-name", NEVER, "--no-confirm-changeset"], source, environment)

    assert done.returncode != 0
    assert "make deploy" in done.stdout + done.stderr
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


def test_a_running_service_is_not_replaced_by_what_was_not_built(
    sam: Path, source: Path, environment: dict[str, str], deployed: Deployed, cloudformation: Any
) -> None:
    name = deployed.stack["stack_name"]
    before = cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    plain = run([str(sam), "deploy", "--stack-name", name, "--no-confirm-changeset"], source, environment)
    by_name = ["--parameter-overrides", f"Build={versions.BUILT}"]
    forced = run([str(sam), "deploy", "--stack-name", name, "--no-confirm-changeset", *by_name], source, environment)

    assert plain.returncode != 0
    assert forced.returncode != 0
    assert cloudformation.describe_stacks(StackName=name)["Stacks"][0] == before


def test_another_architecture_than_the_one_that_was_built_is_refused(
    sam: Path, built: Path, environment: dict[str, str], deployed: Deployed, cloudformation: Any
) -> None:
    present = {one["ParameterKey"]: one["ParameterValue"] for one in parameters(cloudformation, deployed)}
    other = ({"arm64", "x86_64"} - {present["Architecture"]}).pop()
    overrides = ["--parameter-overrides", f"Architecture={other}"]

    done = run([str(sam), "deploy", "--stack-name", NEVER, "--no-confirm-changeset", *overrides], built, environment)

    assert done.returncode != 0
    assert "Architecture" in done.stdout + done.stderr
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


def parameters(cloudformation: Any, deployed: Deployed) -> list[dict[str, str]]:
    return cloudformation.describe_stacks(StackName=deployed.stack["stack_name"])["Stacks"][0]["Parameters"]


def test_guided_answers_land_in_the_samconfig_beside_the_template(
    sam: Path, built: Path, environment: dict[str, str], cloudformation: Any
) -> None:
    options = Options.parse(("--guided",), built, environment)
    command = deploy.sam_deploy(options, sam, built / ".aws-sam" / "build" / "template.yaml")

    done = run(command, built, environment, typed=f"{NEVER}\n" + "\n" * 80)  # every default; the change set is not run

    written = tomllib.loads((built / "samconfig.toml").read_text(encoding="utf-8"))
    answers = written["default"]["deploy"]["parameters"]
    assert answers["stack_name"] == NEVER, done.stdout + done.stderr
    assert answers["region"] == environment["AWS_DEFAULT_REGION"]
    assert not (built / ".aws-sam" / "build" / "samconfig.toml").exists()
    assert options.reread().stack_name == NEVER
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


def test_the_running_functions_say_which_build_they_are(deployed: Deployed) -> None:
    name, _, alias = deployed.stack["authorizer_arn"].rpartition(":")

    found = deployed.aws("lambda").get_function_configuration(FunctionName=name, Qualifier=alias)

    version = deployed.outputs(deployed.stack["stack_name"])["BuildVersion"]
    assert found["Environment"]["Variables"]["BUILD_VERSION"] == version == versions.of_sources()


@pytest.mark.more  # two builds
@pytest.mark.parametrize("architecture", MACHINES)
def test_every_compiled_file_is_of_the_architecture_that_is_built_for(architecture: str, tmp_path: Path) -> None:
    folder = clone(tmp_path)
    tools = toolchain.ensure("sam")
    environment = dict(os.environ) | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}:{os.environ['PATH']}"}

    build.package(folder, tools, environment, architecture)

    compiled = sorted((folder / ".aws-sam" / "build").rglob("*.so*"))
    machines = {one: struct.unpack_from("<H", one.read_bytes(), 18)[0] for one in compiled}
    assert {one.relative_to(folder / ".aws-sam" / "build").parts[0] for one in compiled} >= {"CommonLayer", "Admin"}
    assert {one: found for one, found in machines.items() if found != MACHINES[architecture]} == {}
