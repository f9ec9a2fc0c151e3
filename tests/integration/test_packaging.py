"""What SAM builds is complete: the emulator's workers see the emulator's own packages, Lambda's do not."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.deployment import version
from local.toolchain import TOOLS
from tests.deployed import ROOT, Deployed

PROGRAM = """
import importlib, sys
sys.path[:0] = {path!r}
import app
app.handler
for module in {modules!r}:
    importlib.import_module(module)
from gatehouse.domain.accounts import passwords
passwords.hash_password("what the password library needs, it imports by itself")
"""
TRANSFORM = """
import json, sys
from samtranslator.translator.transform import transform
class NoPolicies:
    def load(self):
        return {}
print(json.dumps(list(transform(json.load(sys.stdin), {}, NoPolicies())["Resources"])))
"""
# What the Lambda runtime brings along (https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html).
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")


@pytest.fixture(scope="session")
def artifacts(deployed: Deployed) -> Path:
    return deployed.directory / "state" / "build" / "gatehouse" / "artifacts"


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages of the Lambda runtime and no other."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin)
        if source.name == "__init__.py":
            (folder / name).symlink_to(source.parent)
        else:
            (folder / source.name).symlink_to(source)
    return folder


def environment_of(deployed: Deployed, logical_id: str) -> dict[str, str]:
    """The variables of a deployed function."""
    resource = deployed.aws("cloudformation").describe_stack_resource(
        StackName=deployed.stack["stack_name"], LogicalResourceId=logical_id
    )["StackResourceDetail"]
    function = deployed.aws("lambda").get_function_configuration(FunctionName=resource["PhysicalResourceId"])
    regions = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"), deployed.stack["region"])  # Lambda sets both
    credentials = regions | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return function["Environment"]["Variables"] | credentials


def imports_of(folder: Path) -> set[str]:
    """Every module that the code of a folder names, also those it imports only when it needs them."""
    return {name for file in sorted(folder.rglob("*.py")) for name in imported(ast.parse(file.read_text()))}


def imported(node: ast.AST) -> Iterator[str]:
    """The modules named under a node; what only a type checker reads does not count."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module)):
            yield module
        case _:
            for child in ast.iter_child_nodes(node):
                yield from imported(child)


@pytest.mark.more  # builds for AWS
def test_every_function_imports_from_its_own_build_and_layer_alone(
    deployed: Deployed, artifacts: Path, runtime: Path
) -> None:
    resources: dict[str, Any] = yaml.safe_load((artifacts / "template.yaml").read_text())["Resources"]
    functions = [name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]
    layer = artifacts / "CommonLayer" / "python"
    assert {"Token", "Authorizer"} <= set(functions)
    # What one function alone brings along (functions/*/requirements.txt) is imported there alone.
    brought = {one.stem for name in functions for one in (artifacts / name).iterdir() if one.is_dir()}

    for name in functions:
        path = [str(folder) for folder in (artifacts / name, layer, runtime)]
        named = imports_of(ROOT / "functions" / name.lower()) | imports_of(layer / "gatehouse")
        others = brought - {one.stem for one in (artifacts / name).iterdir()}
        modules = sorted(module for module in named if module.partition(".")[0] not in others)
        program = PROGRAM.format(path=path, modules=modules)
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-S", "-B", "-c", program],
            env=environment_of(deployed, name),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


def test_new_code_in_the_layer_is_a_new_version_of_every_function_behind_an_alias(deployed: Deployed) -> None:
    """Nearly all code is in the layer: an alias that stayed with the old one would never see a deployment."""
    cloudformation = deployed.aws("cloudformation")
    template = yaml.safe_load(
        cloudformation.get_template(StackName=deployed.stack["stack_name"], TemplateStage="Original")["TemplateBody"]
    )
    functions = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
    before = versions(template)

    template["Resources"]["CommonLayer"]["Properties"]["ContentUri"] += "0"
    after = versions(template)

    assert {name.rpartition("Version")[0] for name in before} == functions
    assert before.isdisjoint(after)


def versions(template: dict[str, Any]) -> set[str]:
    """Let SAM expand a packaged template; return the logical ids of the versions that it publishes."""
    done = subprocess.run(  # noqa: S603
        [TOOLS / "ministack" / "bin" / "python", "-c", TRANSFORM],
        input=json.dumps(template),
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return {name for name in names if re.search(r"Version[0-9a-f]{10}$", name)}


@pytest.fixture
def as_deployed(deployed: Deployed) -> Iterator[None]:
    """Record the stack as deployed when it is so again; otherwise the next `make up` would deploy it once more."""
    yield
    name = deployed.stack["stack_name"]
    record = deployed.directory / "state" / "deployed" / f"{name}.json"
    (stack,) = deployed.aws("cloudformation").describe_stacks(StackName=name)["Stacks"]
    fingerprint, *_ = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps([fingerprint, *version(stack)]), encoding="utf-8")


@pytest.mark.exclusive
@pytest.mark.usefixtures("as_deployed")
def test_a_changed_parameter_is_served_behind_every_alias(deployed: Deployed) -> None:
    """SAM does not see the values of parameters: `VersionDescription` carries them (tests/unit/test_versions.py)."""
    cloudformation, name = deployed.aws("cloudformation"), deployed.stack["stack_name"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    found = [one for page in pages for one in page["StackResourceSummaries"]]
    functions = [one["PhysicalResourceId"] for one in found if one["ResourceType"] == "AWS::Lambda::Function"]
    before = served(deployed, functions)

    set_log_level(cloudformation, name, "DEBUG")
    changed = served(deployed, functions)
    set_log_level(cloudformation, name, "INFO")

    assert {level for _, level in changed.values()} == {"DEBUG"}
    assert all(changed[one][0] != before[one][0] for one in functions)
    assert {level for _, level in served(deployed, functions).values()} == {"INFO"}


def served(deployed: Deployed, functions: list[str]) -> dict[str, tuple[str, str]]:
    """Return which version each alias serves, with what log level."""
    client = deployed.aws("lambda")
    found = {one: client.get_function_configuration(FunctionName=one, Qualifier="live") for one in functions}
    return {name: (one["Version"], one["Environment"]["Variables"]["LOG_LEVEL"]) for name, one in found.items()}


def set_log_level(cloudformation: Any, name: str, level: str) -> None:
    parameters = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
    kept = [
        {"ParameterKey": one["ParameterKey"], "UsePreviousValue": True}
        for one in parameters
        if one["ParameterKey"] != "LogLevel"
    ]
    cloudformation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[*kept, {"ParameterKey": "LogLevel", "ParameterValue": level}],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
