"""`make deploy`: build for the chosen architecture, deploy what was built, ask `gatehouse doctor`.

Arguments are those of `sam deploy` (`make deploy ARGS="--guided"`). What can be seen to be wrong before anything is
built or changed is said in one line.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local import build, old_versions, preflight, toolchain
from local.deploy_options import Options
from local.layout import ROOT

BUILD = ROOT / ".aws-sam" / "build"


def sam_deploy(options: Options, sam: Path, template: Path) -> list[str]:
    """Return the command; the absolute path keeps SAM from taking the template's folder for that of samconfig.toml."""
    command = [str(sam), "deploy", "--template-file", str(template), "--config-file", str(options.config_file)]
    return [*command, *options.arguments]


def main() -> None:
    """Deploy.

    Raises:
        SystemExit: Something is missing, `sam deploy` failed, or `gatehouse doctor` found something.
    """
    options = Options.parse(sys.argv[1:], ROOT, os.environ)
    stack = preflight.check(options)
    tools = toolchain.ensure("sam")
    architecture = options.architecture(stack)
    environment = options.environment | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}:{os.environ['PATH']}"}
    print(f"Building for {architecture} ...", flush=True)
    build.package(ROOT, tools, environment, architecture)
    done = subprocess.run(
        sam_deploy(options, tools / "sam", BUILD / "template.yaml"), cwd=ROOT, env=environment, check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    options = options.reread()  # --guided writes answers to samconfig.toml
    try:
        old_versions.delete(options.session(), options.stack_name)
    except (BotoCoreError, ClientError) as error:
        print(f"make deploy: old function versions were not deleted: {error}", file=sys.stderr)
    gatehouse = shutil.which("gatehouse", path=str(Path(sys.executable).parent)) or "gatehouse"
    command = (gatehouse, "doctor", "--stack", options.stack_name)
    sys.exit(subprocess.run(command, cwd=ROOT, env=options.environment, check=False).returncode)


if __name__ == "__main__":
    main()
