"""`make build`: package every stack for AWS, compiled, as `sam deploy` will take it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local import packages, toolchain, versions
from local.deploy_options import Options
from local.layout import ROOT
from local.stacks import EXAMPLES


def package(folder: Path, tools: Path, environment: Mapping[str, str], architecture: str) -> None:
    """Build the stack whose template is in a folder; its `.aws-sam/build` can be deployed then.

    Raises:
        SystemExit: SAM cannot build it, and says why before.
    """
    print(f"Building for {architecture} ...", flush=True)
    command = (tools / "sam", "build", "--parameter-overrides", f"Architecture={architecture}")
    if subprocess.run(command, cwd=folder, env=dict(environment), check=False).returncode:
        raise SystemExit(f"sam build failed for {architecture}, for the reason above; nothing was deployed")
    packages.finish(folder / ".aws-sam" / "build")
    versions.mark(folder / ".aws-sam" / "build" / "template.yaml", architecture)


def main() -> None:
    """Build Gatehouse and the examples for the architecture that samconfig.toml says, else for arm64."""
    tools = toolchain.ensure("sam")
    environment = dict(os.environ) | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}:{os.environ['PATH']}"}
    for folder in (ROOT, *(example.folder for example in EXAMPLES)):
        architecture = Options.parse((), folder, {}).architecture({})
        package(folder, tools, environment, architecture)


if __name__ == "__main__":
    main()
