"""`make build`: validate every template and package it for AWS, compiled, as `sam deploy` will take it."""

import subprocess

from local import aws, packages, toolchain
from local.layout import Layout
from local.stacks import EXAMPLES, gatehouse


def main() -> None:
    """Run `sam validate --lint` and `sam build` in the folder of each stack, with its `default` environment."""
    layout = Layout.from_environment()
    tools = toolchain.ensure("sam")
    environment = aws.environment(layout) | {"SAM_CLI_TELEMETRY": "0"}
    environment["PATH"] = f"{tools}:{environment['PATH']}"
    for stack in (gatehouse(layout), *(example.stack(layout) for example in EXAMPLES)):
        for arguments in (("validate", "--lint"), ("build",)):
            subprocess.run((tools / "sam", *arguments), cwd=stack.folder, env=environment, check=True)
        packages.finish(stack.folder / ".aws-sam" / "build")


if __name__ == "__main__":
    main()
