"""The shell of a reader who runs commands of a how-to guide at the stack under test."""

import os
import subprocess
from pathlib import Path

from local import toolchain
from tests.deployed import ROOT, Deployed


def environment(deployed: Deployed) -> dict[str, str]:
    """What the guides tell their reader to have: AWS CLI, sam and uv on the PATH, an account and a region.

    The rest is the local stack's: its address, its certificate, and the environment that uv does not build again.
    """
    tools = [toolchain.ensure("awscli"), toolchain.ensure("sam"), ROOT / ".tools" / "uv" / "bin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "PATH": ":".join([*map(str, tools), os.environ["PATH"]]),
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "SSL_CERT_FILE": str(deployed.directory / "state" / "tls" / "authority.pem"),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "SAM_CLI_TELEMETRY": "0",
        "UV_PROJECT": str(ROOT),
        "UV_FROZEN": "1",
    }


def run(script: str, folder: Path, environment: dict[str, str]) -> str:
    """Run commands until one fails; return what they print.

    Raises:
        AssertionError: One failed; its end is shown.
    """
    done = subprocess.run(  # noqa: S603 - the guide's own words
        ["/bin/bash", "-euxo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
