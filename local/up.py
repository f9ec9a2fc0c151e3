"""`make up`: the whole of Gatehouse on this machine, shown to work by calls that anyone can repeat."""

import json
from typing import Any

from local import aws, demo, processes, services, showcase, summary, toolchain
from local.front.settings import Route
from local.layout import ROOT, Layout
from local.progress import Progress
from local.stacks import EXAMPLES, GATEHOUSE, MAIL_FROM, gatehouse

STATE_VERSION = "2: users have a status, tokens name it"
"""What the stored items look like. Before version 0.1.0 nothing reads older ones."""


def up(layout: Layout, progress: Progress | None = None) -> None:
    """Bring the stack up, or up to date."""
    shown = progress or Progress()
    with toolchain.locked(layout.directory / ".lock"):
        refuse_older_state(layout)
        refuse_taken_ports(layout)
        with shown.step("Check the tools"):
            sam, ministack = toolchain.ensure("sam"), toolchain.ensure("ministack")
        with shown.step("Start the AWS emulator"):
            services.emulator(layout, ministack).ensure()
        with shown.step("Build and deploy Gatehouse"):
            outputs = gatehouse(layout).deploy(layout, sam)
        apis: dict[str, dict[str, str]] = {}
        for example in EXAMPLES:
            with shown.step(f"Build and deploy the example API {example.name}"):
                apis[example.name] = example.stack(layout).deploy(layout, sam)
        routes = [Route(base_path="", api_id=outputs["AuthApiId"], stage="$default")]
        routes += [
            Route(
                base_path=example.base_path, api_id=apis[example.name]["ApiId"], stage=apis[example.name]["StageName"]
            )
            for example in EXAMPLES
        ]
        with shown.step("Start the HTTPS front"):
            services.front(layout, routes).ensure()
        write(layout, outputs)
        with shown.step("Load the demo"):
            aws.verify_sender(layout, MAIL_FROM)
            demo.load(layout, outputs, routes)
            aws.settle_usage_plans(layout, outputs["PlansFunctionName"])


def refuse_older_state(layout: Layout) -> None:
    """See that what a stack remembers was stored in the present form; say so where nothing is remembered yet.

    Raises:
        SystemExit: it was stored in an older form.
    """
    file = layout.state / "version"
    stored = file.read_text(encoding="utf-8").strip() if file.exists() else ""
    if (layout.state / "ministack").exists() and stored != STATE_VERSION:
        message = f"{layout.state.relative_to(ROOT)} is of an older version, which this one cannot read: make reset"
        raise SystemExit(message)
    layout.state.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{STATE_VERSION}\n", encoding="utf-8")


def refuse_taken_ports(layout: Layout) -> None:
    """See that every port of what does not run yet is free, before minutes are spent on the rest.

    Raises:
        SystemExit: one is not.
    """
    ports = {services.EMULATOR: (layout.emulator_port,), services.FRONT: (layout.tls_port, layout.plain_port)}
    for name, its_ports in ports.items():
        if not processes.find(layout.state, name):
            for port in its_ports:
                processes.refuse_if_taken(port)


def write(layout: Layout, outputs: dict[str, str]) -> None:
    """Say in `stack.json` where everything is."""
    facts: dict[str, Any] = {
        "base_url": layout.base_url,
        "http_base_url": layout.http_base_url,
        "token_url": f"{layout.base_url}/token",
        **{f"{example.name}_url": example.url(layout) for example in EXAMPLES},
        "aws_endpoint_url": layout.aws_endpoint_url,
        "mails_url": layout.mails_url,
        "region": aws.REGION,
        "stack_name": GATEHOUSE,
        "authorizer_arn": outputs["AuthorizerArn"],
        "directory_table": outputs["DirectoryTableName"],
        "grants_table": outputs["GrantsTableName"],
        "log_file": str(layout.function_log),
    }
    layout.function_log.touch()
    layout.stack_file.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Bring it up, show it, and end with what somebody needs next."""
    layout, progress = Layout.from_environment(), Progress()
    up(layout, progress)
    showcase.run(layout)
    print(summary.render(layout, progress.seconds))


if __name__ == "__main__":
    main()
