"""Build a stack with SAM and deploy it, by its own template and the `local` environment of its own samconfig.toml."""

import json
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local import aws, fingerprints, packages, versions
from local.layout import ROOT, Layout
from local.processes import tail

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

SAM_PINS = ROOT / "local" / "tools" / "sam.txt"
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def architecture() -> str:
    """Name this machine's architecture as Lambda does: the layer's native code has to load here."""
    return ARCHITECTURES[platform.machine().lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A SAM application: its stack's name, the folder of its template, what its build reads, and its parameters."""

    name: str
    folder: Path
    sources: tuple[Path, ...]
    parameters: Mapping[str, str]

    def deploy(self, layout: Layout, tools: Path) -> dict[str, str]:
        """Bring the stack up to date and return its outputs; nothing is built if the sources are those deployed."""
        fingerprint = fingerprints.of([*self.sources, SAM_PINS], dict(self.parameters))
        record = layout.state / "deployed" / f"{self.name}.json"
        stack = describe(layout, self.name)
        if stack is None or not record.exists() or json.loads(record.read_text()) != [fingerprint, *version(stack)]:
            self.build_and_deploy(layout, tools)
            stack = describe(layout, self.name)
            record.parent.mkdir(exist_ok=True)
            record.write_text(json.dumps([fingerprint, *version(stack)]), encoding="utf-8")
        outputs = stack.get("Outputs", []) if stack else []
        return {one.get("OutputKey", ""): one.get("OutputValue", "") for one in outputs}

    def build_and_deploy(self, layout: Layout, tools: Path) -> None:
        """Run `sam build` and `sam deploy`; each stack of each layout builds into a folder of its own."""
        build = layout.state / "build" / self.name
        parameters = " ".join(f"{name}={value}" for name, value in self.parameters.items())
        common = ("--config-file", str(self.folder / "samconfig.toml"), "--config-env", "local")
        common += ("--parameter-overrides", parameters)
        cache = ("--cache-dir", str(layout.state / "cache" / self.name))
        self.sam(layout, tools, "build", *common, "--build-dir", str(build / "artifacts"), *cache)
        packages.finish(build / "artifacts")
        versions.mark(build / "artifacts" / "template.yaml", self.parameters["Architecture"])
        self.sam(layout, tools, "deploy", *common, "--template-file", str(build / "artifacts" / "template.yaml"))

    def sam(self, layout: Layout, tools: Path, *arguments: str) -> None:
        """Run the SAM CLI, whose Python and pip come first on its PATH.

        Raises:
            SystemExit: it failed.
        """
        environment = aws.environment(layout)
        environment["PATH"] = f"{tools}:{environment['PATH']}"
        environment["SAM_CLI_TELEMETRY"] = "0"
        file = layout.logs / f"sam-{self.name}.log"
        with file.open("ab") as log:
            command = (str(tools / "sam"), *arguments)
            done = subprocess.run(
                command, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
            )
        if done.returncode:
            message = f"sam {arguments[0]} failed for {self.name}; the end of {file}:\n{tail(file, 40)}"
            raise SystemExit(message)


def describe(layout: Layout, name: str) -> "StackTypeDef | None":
    """Find a stack."""
    try:
        return aws.cloudformation(layout).describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise


def version(stack: "StackTypeDef | None") -> tuple[str, str, str]:
    """Say which state of which stack this is, so that a record of another one does not count."""
    if stack is None:
        return "", "", ""
    changed = stack.get("LastUpdatedTime") or stack["CreationTime"]
    return stack.get("StackId", ""), stack["StackStatus"], changed.isoformat()
