"""A release is checked, unpacked and deployed by the commands of its page, without a build."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import archives, deployment, release, toolchain, versions
from tests import snippets
from tests.clones import clone
from tests.deployed import ROOT, Deployed

STACK = "released"

pytestmark = pytest.mark.more  # builds for AWS, and deploys a second stack


@pytest.fixture
def downloaded(tmp_path: Path) -> Path:
    """The files of a release for this machine's architecture."""
    assert platform.system() == "Linux"
    sources, folder = tmp_path / "sources", tmp_path / "release"
    folder.mkdir()
    shutil.copy(ROOT / "LICENSE", clone(sources))
    listed = release.parts(sources, folder, tmp_path)
    release.stack(sources, deployment.architecture(), listed, folder)
    release.command_line(sources, folder)
    (folder / "SHA256SUMS").write_text(archives.sums(folder), encoding="utf-8")
    return folder


@pytest.fixture
def stack(deployed: Deployed) -> Iterator[str]:
    yield STACK
    cloudformation = deployed.aws("cloudformation")
    outputs = deployed.outputs(STACK)
    cloudformation.delete_stack(StackName=STACK)
    table = outputs["DirectoryTableName"]  # it stays, protected, as a directory does
    deployed.aws("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
    deployed.aws("dynamodb").delete_table(TableName=table)


def commands(deployed: Deployed) -> str:
    """Return the commands of the page, with what the emulator needs; no host of that name answers `doctor`."""
    (text,) = [one.text for one in snippets.blocks() if one.page == "how-to/deploy" and "sha256sum" in one.text]
    parameters = f"EndpointUrl={deployed.stack['aws_endpoint_url']} PublicUrl=https://released.example"
    replaced = {
        "0.1.0": release.version(),
        "arm64": deployment.architecture(),
        "--guided": f'--stack-name {STACK} --no-confirm-changeset --parameter-overrides "{parameters}"',
        "gatehouse doctor": "gatehouse doctor || test $? = 1",
    }
    for words, ours in replaced.items():
        assert words in text, words
        text = text.replace(words, ours)
    return f"set -eux\n{text}"


def test_a_release_is_deployed_by_the_commands_of_its_page(
    deployed: Deployed, downloaded: Path, stack: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{toolchain.ensure('sam')}:{toolchain.ensure('pipx')}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_DEFAULT_PYTHON": sys.executable,
        "GATEHOUSE_STACK_NAME": STACK,
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0",
    }
    certificates = {name: value for name, value in os.environ.items() if name.endswith(("_CERT", "_CERT_FILE"))}

    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", commands(deployed)],
        cwd=downloaded,
        env=environment | certificates,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert deployed.outputs(stack)["BuildVersion"] == versions.of_sources()
    unpacked = {one.name for one in (downloaded / "gatehouse").iterdir()}
    assert {"LICENSE", "THIRD-PARTY-LICENCES.txt", "template.yaml"} <= unpacked
    assert f"gatehouse-{release.version()}-{deployment.architecture()}.zip: OK" in done.stdout
    assert re.search(r"^\W*ok\W+stack\b|\bstack\b.*\bok\b", done.stdout, re.MULTILINE), done.stdout[-2_000:]
