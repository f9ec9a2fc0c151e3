"""`make deploy`: build for the chosen architecture, deploy what was built, ask `gatehouse doctor`.

Arguments are those of `sam deploy` (`make deploy ARGS="--guided"`). What cannot succeed is reported in one line, before
anything is changed. SAM asks its guided questions first and only makes a change set of the answers, which are checked
before the deployment.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
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


def ask(options: Options, sam: Path, environment: Mapping[str, str]) -> Options:
    """Let SAM ask its questions and write samconfig.toml; return the options that hold then.

    Raises:
        SystemExit: SAM failed, or the answers are not where the deployment reads them.
    """
    before = options.saved()
    command = [*sam_deploy(options, sam, BUILD / "template.yaml"), "--no-execute-changeset"]
    run(command, environment)
    missed = options.saved().misses(before)
    if missed:
        raise SystemExit(f"make deploy: nothing was deployed: {missed}")
    return options.answered()


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a command.

    Raises:
        SystemExit: It failed, with the same exit code.
    """
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Deploy.

    Raises:
        SystemExit: Something is missing, `sam deploy` failed, or `gatehouse doctor` found something.
    """
    options = Options.parse(sys.argv[1:], ROOT, os.environ)
    present = preflight.check(options)
    tools = toolchain.ensure("sam")
    environment = options.environment | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}:{os.environ['PATH']}"}
    build.package(ROOT, tools, environment, options.architecture(present))
    if options.is_guided:
        options = ask(options, tools / "sam", environment)
        preflight.check(options)
    run(sam_deploy(options, tools / "sam", BUILD / "template.yaml"), environment | options.environment)
    try:
        old_versions.delete(options.session(), options.stack_name)
    except (BotoCoreError, ClientError) as error:
        print(f"make deploy: old function versions were not deleted: {error}", file=sys.stderr)
    gatehouse = shutil.which("gatehouse", path=str(Path(sys.executable).parent)) or "gatehouse"
    run((gatehouse, "doctor", "--stack", options.stack_name), options.environment)


if __name__ == "__main__":
    main()
