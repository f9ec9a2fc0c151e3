"""`make sam-local`: run the built functions in Lambda's own container image, on the tables of a running `make up`.

Ends with 0 only if everything ran and answered as it should, and with 2 if something it needs is missing.
"""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import httpx

from local import aws, docker_bridge, http_api_events, ports, sample_events, services, toolchain
from local.deployment import architecture
from local.layout import ROOT, Layout
from local.stacks import GATEHOUSE

TEMPLATE = Path("build") / GATEHOUSE / "artifacts" / "template.yaml"
START_SECONDS = 30
type Document = dict[str, Any]


def refuse(message: str) -> NoReturn:
    """Say what is missing.

    Raises:
        SystemExit: always.
    """
    print(f"make sam-local did not run: {message}", file=sys.stderr)
    sys.exit(2)


def fail(message: str) -> NoReturn:
    """Say what went wrong.

    Raises:
        SystemExit: always.
    """
    print(f"make sam-local failed: {message}", file=sys.stderr)
    sys.exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamLocal:
    """`sam local` with the stack's built template and the stack's tables."""

    layout: Layout
    tools: Path
    variables: Path

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Complete a `sam local` command line."""
        template = str(http_api_events.add_events(self.layout.state / TEMPLATE))
        parameters = f"Architecture={architecture()} PublicUrl={self.layout.base_url}"
        options = ("--template", template, "--env-vars", str(self.variables), "--parameter-overrides", parameters)
        return (str(self.tools / "sam"), "local", *arguments, *options, "--region", aws.REGION)

    def environment(self) -> dict[str, str]:
        """Use the image that is here; asking a registry for a newer one fails where there is none."""
        return aws.environment(self.layout) | {"SAM_CLI_TELEMETRY": "0", "SAM_SKIP_PULL_IMAGE": "1"}

    def invoke(self, function: str, event: Document) -> Document:
        """Run `sam local invoke`; its exit code does not tell whether the function raised, its answer does."""
        file = self.layout.state / "events" / f"{function.lower()}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(event), encoding="utf-8")
        command = self.command("invoke", function, "--event", str(file))
        print(f"\n$ sam local invoke {function} --event {file.relative_to(ROOT)}", flush=True)
        done = subprocess.run(command, env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False)
        print(done.stdout, flush=True)
        if done.returncode or not done.stdout.strip():
            fail(f"sam local invoke {function}:\n{done.stderr}")
        answer: Document = json.loads(done.stdout.strip().splitlines()[-1])
        if "errorType" in answer:
            fail(f"{function} raised {answer['errorType']}: {answer.get('errorMessage')}")
        return answer

    @contextmanager
    def start_api(self, port: int) -> Generator[str]:
        """Run `sam local start-api` for as long as it is needed."""
        command = self.command("start-api", "--port", str(port), "--host", "127.0.0.1")
        print(f"\n$ sam local start-api --port {port}", flush=True)
        with (self.layout.logs / "sam-local.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment(), cwd=ROOT, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not services.listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    fail(f"sam local start-api did not start: see {self.layout.logs / 'sam-local.log'}")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def variables(layout: Layout, endpoint_url: str) -> Path:
    """Tell the containers where the tables are: SAM resolves a table's name to its logical id only."""
    stack = json.loads(layout.stack_file.read_text(encoding="utf-8"))
    values: Mapping[str, str] = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "DIRECTORY_TABLE": stack["directory_table"],
        "GRANTS_TABLE": stack["grants_table"],
    }
    file = layout.state / "sam-local.json"
    file.write_text(json.dumps({"Parameters": values}), encoding="utf-8")
    return file


def orders_api_id(layout: Layout) -> str:
    """Find the deployed orders API in the front's table."""
    routes = json.loads((layout.state / "front.json").read_text(encoding="utf-8"))["routes"]
    return next(route["api_id"] for route in routes if route["base_path"].startswith("/orders/"))


def run(sam: SamLocal) -> None:
    """Get a token by `invoke`, let the authorizer judge it, and get another through `start-api`."""
    answer = sam.invoke("Token", sample_events.password())
    if answer.get("statusCode") != httpx.codes.OK.value:
        fail("the token function did not issue a token")
    token = json.loads(answer["body"])["access_token"]
    policy = sam.invoke("Authorizer", sample_events.call_to_orders(token, orders_api_id(sam.layout)))
    if policy["policyDocument"]["Statement"][0]["Effect"] != "Allow":
        fail("the authorizer did not let the token pass")
    made = sample_events.password()
    form = parse_qsl(base64.b64decode(made["body"]).decode())
    with sam.start_api(ports.choose()) as base_url:
        authorization = made["headers"]["authorization"]
        response = httpx.post(
            f"{base_url}/token", data=dict(form), headers={"Authorization": authorization}, timeout=60, trust_env=False
        )
        print(f"POST {base_url}/token\n{response.status_code} {response.text}")
        if not response.is_success:
            fail("the token endpoint behind start-api did not issue a token")


def main() -> None:
    """Check what is needed, then run."""
    layout = Layout.from_environment()
    image = f"public.ecr.aws/lambda/python:3.13-{architecture()}"
    if not docker_bridge.answers():
        refuse("Docker does not answer (`docker info` fails). sam local runs functions in containers and needs it.")
    if not docker_bridge.has_image(image):
        refuse(f"the image {image} is neither here nor to be pulled.")
    if not layout.stack_file.exists() or not services.listens(layout.emulator_port):
        refuse("no stack is running. Start it with `make up`.")
    with docker_bridge.reach(layout.emulator_port) as endpoint_url:
        run(SamLocal(layout=layout, tools=toolchain.ensure("sam"), variables=variables(layout, endpoint_url)))
    print("\nsam local ran the token function, the authorizer and start-api.")


if __name__ == "__main__":
    main()
