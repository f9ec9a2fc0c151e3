"""The processes of a run: the DynamoDB beside it, and the subjects. All end with the run."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environment import HOME, LAYER, ROOT
from tests import template

REGION = "us-east-1"
_START_SECONDS = 60
_LOG = HOME / "subjects.log"
_ANSWERS = {"scenarios", "cpu_ms"}
"""What tells a subject's answers from other lines of JSON: see `bench.subjects.protocol`."""


@dataclass(frozen=True, slots=True)
class Database:
    """A running `bench.dynamodb`, and the port at which it speaks TLS."""

    endpoint_url: str
    tls_port: int

    def call(self, operation: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call an operation of DynamoDB, or one that reads and clears the counters."""
        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        body = json.dumps(request or {}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.endpoint_url, body, headers)) as answer:  # noqa: S310
            return json.load(answer)

    def create_tables(self, prefix: str) -> dict[str, str]:
        """Create both tables of template.yaml; return the variables that tell a function their names."""
        names = {"DirectoryTable": f"{prefix}-directory", "GrantsTable": f"{prefix}-grants"}
        for logical_id, name in names.items():
            self.call("CreateTable", {"TableName": name, **template.table(logical_id)})
        return {"DIRECTORY_TABLE": names["DirectoryTable"], "GRANTS_TABLE": names["GrantsTable"]}


class Subject:
    """A process of `bench/subjects` that waits for orders."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Start it and wait until it has told its scenarios."""
        self._process = subprocess.Popen(
            [*map(str, command)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=_LOG.open("ab"),
            text=True,
        )
        hello = self._receive()
        self.scenarios: list[str] = hello["scenarios"]
        self.facts: dict[str, Any] = hello["facts"]

    def send(self, **order: Any) -> None:
        """Order a run without waiting for its end."""
        if self._process.stdin is None:
            raise RuntimeError("no standard input")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """Wait for the answer."""
        return self._receive()

    def run(self, **order: Any) -> dict[str, Any]:
        """Order a run and wait for its answer."""
        self.send(**order)
        return self._receive()

    def peak_rss_mib(self) -> float:
        """Return the most memory it ever held."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _receive(self) -> dict[str, Any]:
        """Read the next answer, past what a peer or the log of a function prints."""
        while line := self._process.stdout.readline() if self._process.stdout else "":
            answer: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if answer.keys() & _ANSWERS:
                return answer
            with _LOG.open("a") as log:
                log.write(line)
        raise RuntimeError(f"{self._process.args} ended; see {_LOG}")


@contextmanager
def database(interpreter: Path, certificate: Path) -> Generator[Database]:
    """Run a DynamoDB for the time of the block."""
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder) / "port"
        command = [str(interpreter), "-m", "bench.dynamodb", str(port_file), str(certificate)]
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            for _ in range(_START_SECONDS * 100):
                if port_file.exists():
                    break
                time.sleep(0.01)
            plain, tls = json.loads(port_file.read_text())
            yield Database(f"http://127.0.0.1:{plain}", tls)
        finally:
            process.kill()
            process.wait()


def _resolve(value: dict[str, str], defaults: Mapping[str, str]) -> str:
    """Return a parameter's default; what only CloudFormation knows is empty."""
    return defaults.get(f"!Ref {value.get('!Ref')}", "")


def lambda_environment(endpoint_url: str, tables: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the variables that template.yaml and Lambda set, with template.yaml's defaults."""
    loaded = template.load()
    defaults = {f"!Ref {name}": str(one["Default"]) for name, one in loaded["Parameters"].items() if "Default" in one}
    functions = [loaded["Globals"]["Function"], *(one["Properties"] for one in loaded["Resources"].values())]
    variables: dict[str, str] = {}
    for function in functions:
        declared: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
        variables |= {
            name: value if isinstance(value, str) else _resolve(value, defaults) for name, value in declared.items()
        }
    return {
        **variables,
        **tables,
        "SIGNING_KEYS_SECRET": "signing-keys",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "PYTHONPATH": f"{LAYER}:{ROOT}",
        "PYTHONHASHSEED": "0",
        **more,
    }
