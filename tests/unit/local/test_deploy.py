"""`make deploy` reads its options as SAM does, and deploys nothing but what it built."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import build, deploy, versions
from local.deploy_options import Options
from tests.template import ROOT

ENVIRONMENT = {"AWS_REGION": "eu-west-1", "PATH": "/bin"}


def parse(root: Path, *arguments: str) -> Options:
    return Options.parse(arguments, root, ENVIRONMENT)


def test_stack_region_and_profile_come_from_samconfig_and_environment(root: Path) -> None:
    options = parse(root)

    assert (options.stack_name, options.region, options.profile) == ("mine", "eu-west-1", "work")
    assert options.overrides == {"Architecture": "x86_64", "MoreTiers": ""}
    reaching = {name: options.environment[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE")}
    assert reaching == {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_PROFILE": "work"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--stack-name", "theirs", "--region", "us-east-2", "--profile", "play"),
        ("--stack-name=theirs", "--region=us-east-2", "--profile=play", "--guided"),
    ],
)
def test_arguments_decide_over_both_and_reach_doctor(root: Path, arguments: tuple[str, ...]) -> None:
    options = parse(root, *arguments)

    assert (options.stack_name, options.region, options.profile) == ("theirs", "us-east-2", "play")
    assert options.environment["AWS_DEFAULT_REGION"] == "us-east-2"
    assert options.arguments == arguments


def test_another_environment_of_samconfig_is_read(root: Path) -> None:
    options = parse(root, "--config-env", "other")

    assert (options.stack_name, options.region) == ("others", "us-west-2")


def test_the_configuration_file_is_named_by_its_absolute_path_and_once(root: Path) -> None:
    options = parse(root, "--config-file", "samconfig.toml", "--guided")

    command = deploy.sam_deploy(options, Path("sam"), Path(".aws-sam/build/template.yaml"))

    assert command.count("--config-file") == 1
    assert command[command.index("--config-file") + 1] == str(root / "samconfig.toml")
    assert command[-1] == "--guided"


def test_answers_replace_the_arguments_that_sam_asks_about(root: Path) -> None:
    asked = (
        "--stack-name",
        "a",
        "--guided",
        "--parameter-overrides",
        "A=1",
        "B=2",
        "--profile",
        "play",
        "--no-rollback",
    )
    options = parse(root, *asked)

    (root / "samconfig.toml").write_text(
        '[default.global.parameters]\nregion = "us-west-1"\n[default.deploy.parameters]\nstack_name = "b"\n'
        'region = "us-east-2"\nparameter_overrides = "A=3"\n',
        encoding="utf-8",
    )

    answered = options.answered()
    assert answered.arguments == ("--profile", "play", "--no-rollback")
    assert (answered.stack_name, answered.region, answered.overrides) == ("b", "us-east-2", {"A": "3"})
    assert not answered.is_guided


@pytest.mark.parametrize(
    ("written", "missed"),
    [
        pytest.param('[default.deploy.parameters]\nstack_name = "new"\n', "", id="read"),
        pytest.param(None, "not saved", id="not written"),
        pytest.param('[prod.deploy.parameters]\nstack_name = "new"\n', '--config-env prod"', id="another part"),
    ],
)
def test_answers_that_a_deployment_would_not_read_are_noticed(root: Path, written: str | None, missed: str) -> None:
    options = parse(root, "--guided")
    before = options.saved()

    if written is not None:
        (root / "samconfig.toml").write_text(written, encoding="utf-8")
        os.utime(root / "samconfig.toml", ns=(0, before.written_at_ns + 1))

    found = options.saved().misses(before)
    assert missed in found
    assert bool(found) == bool(missed)


def test_a_samconfig_that_is_none_is_one_line(root: Path) -> None:
    (root / "samconfig.toml").write_text("[default", encoding="utf-8")

    with pytest.raises(SystemExit, match=r"samconfig\.toml cannot be read") as refused:
        parse(root)

    assert len(str(refused.value).splitlines()) == 1


def test_a_build_that_fails_is_one_line(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "sam").write_text("#!/bin/sh\necho why >&2\nexit 3\n", encoding="utf-8")
    (root / "sam").chmod(0o755)

    with pytest.raises(SystemExit, match="sam build failed for x86_64, for the reason above; nothing was deployed"):
        build.package(root, root, {}, "x86_64")

    assert capfd.readouterr().err == "why\n"


@pytest.mark.parametrize("code", [1, 7])
def test_the_exit_code_of_what_fails_is_passed_on(code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        deploy.run(("/bin/sh", "-c", f"exit {code}"), {})

    assert ended.value.code == code


def test_another_template_is_not_deployed(root: Path) -> None:
    with pytest.raises(SystemExit, match="deploys what it builds"):
        parse(root, "-t", "template.yaml")


@pytest.mark.parametrize(
    ("arguments", "present", "architecture"),
    [
        pytest.param(
            ("--parameter-overrides", "Architecture=arm64"), {"Architecture": "x86_64"}, "arm64", id="argument"
        ),
        pytest.param(
            ("--parameter-overrides", "ParameterKey=Architecture,ParameterValue=arm64"), {}, "arm64", id="long form"
        ),
        pytest.param(("--config-env", "other"), {"Architecture": "x86_64"}, "x86_64", id="the stack's present value"),
        pytest.param((), {"Architecture": "arm64"}, "x86_64", id="samconfig"),
        pytest.param(("--config-env", "other"), {}, "arm64", id="default"),
    ],
)
def test_the_architecture_is_that_which_sam_would_deploy(
    root: Path, arguments: tuple[str, ...], present: Mapping[str, str], architecture: str
) -> None:
    assert parse(root, *arguments).architecture(present) == architecture


def test_only_a_built_template_can_be_deployed_and_only_with_its_architecture(tmp_path: Path) -> None:
    source: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump(source), encoding="utf-8")

    versions.mark(built, "x86_64")

    found = yaml.safe_load(built.read_text())
    refused = set(source["Parameters"]["Build"]["AllowedValues"])
    assert refused == {source["Parameters"]["Build"]["Default"]}
    assert refused.isdisjoint(found["Parameters"]["Build"]["AllowedValues"])
    assert found["Parameters"]["Build"]["Default"] in found["Parameters"]["Build"]["AllowedValues"]
    assert found["Parameters"]["Architecture"]["AllowedValues"] == ["x86_64"]
    version = found["Outputs"]["BuildVersion"]["Value"]
    assert found["Globals"]["Function"]["Environment"]["Variables"]["BUILD_VERSION"] == version == versions.of_sources()
