"""The package of a release is deployed as its page says: unpacked, by `sam deploy`, without a build."""

import os
import platform
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import deployment, release, toolchain, versions
from tests.clones import clone
from tests.deployed import ROOT, Deployed

STACK = "released"

pytestmark = pytest.mark.more  # builds for AWS, and deploys a second stack


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """What the archive of a release has for this machine's architecture, unpacked."""
    assert platform.system() == "Linux"
    sources, bills, folder, unpacked = (tmp_path / name for name in ("sources", "bills", "release", "unpacked"))
    bills.mkdir()
    folder.mkdir()
    shutil.copy(ROOT / "LICENSE", clone(sources))
    listed = release.parts(sources, bills, tmp_path)
    release.stack(sources, deployment.architecture(), listed, folder)
    (archive,) = folder.iterdir()
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(unpacked)
    return unpacked


@pytest.fixture
def stack(deployed: Deployed) -> Iterator[str]:
    yield STACK
    cloudformation = deployed.aws("cloudformation")
    outputs = deployed.outputs(STACK)
    cloudformation.delete_stack(StackName=STACK)
    table = outputs["DirectoryTableName"]  # it stays, protected, as a directory does
    deployed.aws("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
    deployed.aws("dynamodb").delete_table(TableName=table)


def test_the_package_is_deployed_without_a_build(deployed: Deployed, package: Path, stack: str) -> None:
    tools = toolchain.ensure("sam")
    parameters = f"EndpointUrl={deployed.stack['aws_endpoint_url']} PublicUrl=https://released.example"
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0",
    }
    options = ("--stack-name", stack, "--no-confirm-changeset", "--parameter-overrides", parameters)

    done = subprocess.run(  # noqa: S603
        [tools / "sam", "deploy", *options], cwd=package, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert deployed.outputs(stack)["BuildVersion"] == versions.of_sources()
    assert {"LICENSE", "THIRD-PARTY-LICENCES.txt", "template.yaml"} <= {one.name for one in package.iterdir()}
