"""What is deployed was built, for the architecture that is asked for; all else is refused before anything changes."""

import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local import build, old_versions, toolchain, versions
from tests.clones import clone
from tests.deployed import ROOT, Deployed

pytestmark = pytest.mark.exclusive  # an update of the stack by another test would look like one of these

# ELF's e_machine: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"arm64": 183, "x86_64": 62}
NEVER = "never-deployed"
DEPLOY_AS_BUILT = """
import sys
from local import build, deploy
build.package = lambda *_: None
deploy.main()
"""
UV = {"UV_PROJECT": str(ROOT), "UV_NO_SYNC": "1"}


@pytest.fixture(scope="module")
def sam() -> Path:
    return toolchain.ensure("sam") / "sam"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which nothing was built."""
    return clone(tmp_path_factory.mktemp("source"))


@pytest.fixture
def built(tmp_path: Path, deployed: Deployed) -> Path:
    """A clone with the build of the running stack."""
    folder = clone(tmp_path)
    (folder / ".aws-sam").mkdir()
    (folder / ".aws-sam" / "build").symlink_to(deployed.directory / "state" / "build" / "gatehouse" / "artifacts")
    return folder


@pytest.fixture
def environment(deployed: Deployed) -> dict[str, str]:
    ours = ("AWS_", "PYTHON", "SSL_CERT_FILE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "UV": str(ROOT / ".tools" / "uv" / "bin" / "uv"),
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


@pytest.mark.more
def test_a_first_deployment_of_what_was_not_built_is_refused(
    sam: Path, source: Path, environment: dict[str, str], cloudformation: Any
) -> None:
    done = run([str(sam), "deploy", "--stack-name", NEVER, "--no-confirm-changeset"], source, environment)

    assert done.returncode != 0
    assert "make deploy" in done.stdout + done.stderr
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


@pytest.mark.more
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


@pytest.mark.more
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


def guided(built: Path, environment: dict[str, str], *answers: str) -> subprocess.CompletedProcess[str]:
    """Run `make deploy ARGS="--guided"` on what is built already; the answers are followed by every default."""
    return run([sys.executable, "-c", DEPLOY_AS_BUILT, "--guided"], built, environment, "\n".join(answers) + "\n" * 80)


@pytest.mark.more
def test_guided_answers_land_in_the_samconfig_beside_the_template(
    built: Path, environment: dict[str, str], cloudformation: Any
) -> None:
    done = guided(built, environment, NEVER)  # then the change set is shown, and not confirmed

    answers = saved(built)["default"]["deploy"]["parameters"]
    assert answers["stack_name"] == NEVER, done.stdout + done.stderr
    assert answers["region"] == environment["AWS_DEFAULT_REGION"]
    assert not (built / ".aws-sam" / "build" / "samconfig.toml").exists()
    assert "Deploy this changeset?" in done.stdout
    assert done.returncode != 0
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


@pytest.mark.more
def test_a_guided_certificate_of_another_host_is_one_line_and_deploys_nothing(
    built: Path, environment: dict[str, str], deployed: Deployed, cloudformation: Any
) -> None:
    arn = deployed.aws("acm").request_certificate(DomainName="login.example.com")["CertificateArn"]

    done = guided(built, environment, NEVER, "", "https://auth.example.com", arn)

    (line,) = done.stderr.splitlines()[-1:]
    assert line == "make deploy: the certificate is for login.example.com, and PublicUrl for 'auth.example.com'"
    assert saved(built)["default"]["deploy"]["parameters"]["stack_name"] == NEVER
    assert "Deploy this changeset?" not in done.stdout
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


@pytest.mark.more
@pytest.mark.parametrize(
    ("last", "line"),
    [
        pytest.param(("n",), "the answers were not saved in", id="nowhere"),
        pytest.param(("", "", "prod"), 'run make deploy ARGS="--config-env prod"', id="environment"),
    ],
)
def test_guided_answers_that_are_saved_elsewhere_deploy_nothing(
    built: Path, environment: dict[str, str], cloudformation: Any, last: tuple[str, ...], line: str
) -> None:
    asked = len(yaml.safe_load((built / ".aws-sam" / "build" / "template.yaml").read_text())["Parameters"])
    confirmations = 3  # of the change set, of roles, of no rollback

    done = guided(built, environment, NEVER, "", *[""] * asked, *[""] * confirmations, *last)

    assert line in done.stderr.splitlines()[-1]
    assert "Deploy this changeset?" not in done.stdout
    assert status(cloudformation, NEVER) in {"none", "REVIEW_IN_PROGRESS"}


def saved(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "samconfig.toml").read_text(encoding="utf-8"))


@pytest.mark.more  # two builds, two deployments
def test_make_deploy_builds_deploys_deletes_old_versions_and_passes_on_what_the_doctor_says(
    deployed: Deployed, tmp_path: Path, environment: dict[str, str]
) -> None:
    """The stack's own deployment is repeated from a clone, which changes nothing, then changed and restored."""
    folder = clone(tmp_path)
    name, region = deployed.stack["stack_name"], environment.pop("AWS_DEFAULT_REGION")
    trusting = environment | {"SSL_CERT_FILE": str(deployed.directory / "state" / "tls" / "authority.pem")}
    command = ["make", "deploy", f"ARGS=--no-confirm-changeset --stack-name {name} --region {region}"]

    unwell, well = (run(command, folder, one | UV) for one in (environment, trusting))

    assert unwell.returncode != 0
    assert re.search(r"^address +wrong +the certificate of localhost", unwell.stdout, re.MULTILINE), unwell.stdout
    assert well.returncode == 0, well.stdout + well.stderr
    assert "No changes to deploy" in well.stdout
    with (folder / "functions" / "token" / "app.py").open("a", encoding="utf-8") as file:
        file.write("CHANGED = True\n")
    try:
        changed = run(command, folder, trusting | UV)
        assert changed.returncode == 0, changed.stdout + changed.stderr
        running = deployed.outputs(name)["BuildVersion"]
        assert running != versions.of_sources()
        assert f"{running} runs, as built here" in changed.stdout
    finally:
        shutil.copy(ROOT / "functions" / "token" / "app.py", folder / "functions" / "token")
        restored = run(command, folder, trusting | UV)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert deployed.outputs(name)["BuildVersion"] == versions.of_sources()
    found = deployed.aws("lambda").list_versions_by_function(FunctionName=function(deployed, "Token"))["Versions"]
    assert len([one for one in found if one["Version"] != "$LATEST"]) == old_versions.KEPT


def function(deployed: Deployed, logical_id: str) -> str:
    """Name the function that runs."""
    return deployed.aws("cloudformation").describe_stack_resource(
        StackName=deployed.stack["stack_name"], LogicalResourceId=logical_id
    )["StackResourceDetail"]["PhysicalResourceId"]


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
    assert {one.relative_to(folder / ".aws-sam" / "build").parts[0] for one in compiled} >= {"CommonLayer", "Publisher"}
    assert {one: found for one, found in machines.items() if found != MACHINES[architecture]} == {}
