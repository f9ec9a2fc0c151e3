"""`make deploy` reads its options as SAM does, and says in one line what could not succeed."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from local import build, deploy, old_versions, preflight, versions
from local.deploy_options import Options
from tests.template import ROOT

ENVIRONMENT = {"AWS_REGION": "eu-west-1", "PATH": "/bin"}
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nstack_name = "mine"\nprofile = "work"\n'
        'parameter_overrides = "Architecture=\\"x86_64\\" MoreTiers=\\"\\""\n'
        '[other.global.parameters]\nstack_name = "others"\nregion = "us-west-2"\n',
        encoding="utf-8",
    )
    return tmp_path


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


class Session:
    """An account, as the SDK shows it."""

    def __init__(self, region: str | None = "eu-west-1", **facts: Any) -> None:
        self.region_name = region
        self.facts: dict[str, Any] = {
            "credentials": object(),
            "stacks": [],
            "names": ["login.example.com"],
            "status": "ISSUED",
            "domains": [],
            "limits": (1000, 1000),
        } | facts

    def get_available_partitions(self) -> list[str]:
        return ["aws"]

    def get_available_regions(self, service: str, partition: str) -> list[str]:
        assert (service, partition) == ("cloudformation", "aws")
        return ["eu-west-1", "us-east-1"]

    def get_credentials(self) -> object:
        return self.facts["credentials"]

    def client(self, service: str) -> "Session":
        assert service in {"sts", "cloudformation", "acm", "lambda", "apigatewayv2"}
        return self

    def get_account_settings(self) -> dict[str, Any]:
        if self.facts["limits"] is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")
        account, free = self.facts["limits"]
        return {"AccountLimit": {"ConcurrentExecutions": account, "UnreservedConcurrentExecutions": free}}

    def get_domain_name(self, **named: str) -> dict[str, str]:
        if named["DomainName"] not in self.facts["domains"]:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "no"}}, "GetDomainName")
        return named

    def get_caller_identity(self) -> None:
        if "refused" in self.facts:
            raise ClientError(
                {"Error": {"Code": "ExpiredToken", "Message": "The token\nhas expired"}}, "GetCallerIdentity"
            )

    def describe_stacks(self, **named: str) -> dict[str, Any]:
        if not self.facts["stacks"]:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": named["StackName"]}}, "DescribeStacks")
        return {"Stacks": self.facts["stacks"]}

    def describe_certificate(self, **named: str) -> dict[str, Any]:
        first, *others = self.facts["names"]
        assert named["CertificateArn"]
        return {"Certificate": {"DomainName": first, "SubjectAlternativeNames": others, "Status": self.facts["status"]}}


def checked(root: Path, monkeypatch: pytest.MonkeyPatch, session: Session, *arguments: str) -> Mapping[str, str]:
    monkeypatch.setattr(Options, "session", lambda _options: session)
    return preflight.check(parse(root, *arguments))


def stack(status: str, **parameters: str) -> dict[str, Any]:
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"StackStatus": status, "Parameters": given}


DOMAIN = ("--parameter-overrides", f"CertificateArn={CERTIFICATE}", "PublicUrl=https://login.example.com")
RESERVING = ("--parameter-overrides", "AuthorizerConcurrency=50", "PublishingConcurrency=5")


@pytest.mark.parametrize(
    ("session", "arguments", "message"),
    [
        pytest.param(Session(None), (), "there is no region", id="no region"),
        pytest.param(Session("mars-east-1"), (), "not a region of AWS", id="unknown region"),
        pytest.param(Session(credentials=None), (), "no AWS credentials", id="no credentials"),
        pytest.param(Session(refused=True), (), "The token has expired", id="expired credentials"),
        pytest.param(Session(stacks=[stack("ROLLBACK_COMPLETE")]), (), "delete it first", id="first deployment failed"),
        pytest.param(Session(stacks=[stack("UPDATE_ROLLBACK_FAILED")]), (), "continue its rollback", id="stuck"),
        pytest.param(Session(stacks=[stack("UPDATE_IN_PROGRESS")]), (), "wait until", id="another deployment"),
        pytest.param(Session(names=["other.example.com"]), DOMAIN, "is for other.example.com", id="other host"),
        pytest.param(Session(names=["*.b.example.com"]), DOMAIN, "and PublicUrl for", id="other wildcard"),
        pytest.param(Session(status="PENDING_VALIDATION"), DOMAIN, "not ISSUED", id="not issued"),
        pytest.param(Session("us-east-1"), DOMAIN, "needs one there", id="certificate of another region"),
        pytest.param(
            Session(names=["login.example.com"]),
            (*DOMAIN[:2], "PublicUrl=https://login.example.com:8443"),
            "at port 443",
            id="a port of its own",
        ),
        pytest.param(Session(domains=["login.example.com"]), DOMAIN, "is a custom domain of API", id="taken domain"),
        pytest.param(Session(limits=(10, 10)), RESERVING, "lets this stack reserve 0:", id="a new account"),
        pytest.param(Session(limits=(1000, 154)), RESERVING, "lets this stack reserve 54:", id="reserved by others"),
        pytest.param(
            Session(stacks=[stack("CREATE_COMPLETE", AuthorizerConcurrency="20")], limits=(1000, 120)),
            RESERVING,
            "lets this stack reserve 40:",
            id="reserved by this stack and by others",
        ),
        pytest.param(
            Session(stacks=[stack("CREATE_COMPLETE", CertificateArn=CERTIFICATE)], names=["a.example"]),
            ("--parameter-overrides", "PublicUrl=https://b.example"),
            "PublicUrl for 'b.example'",
            id="the certificate that the stack has",
        ),
    ],
)
def test_what_cannot_succeed_is_said_in_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, session: Session, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit, match=message) as refused:
        checked(root, monkeypatch, session, *arguments)

    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("names", [["login.example.com"], ["*.example.com"], ["example.com", "Login.Example.com"]])
def test_a_certificate_for_the_host_is_taken(root: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    assert checked(root, monkeypatch, Session(names=names), *DOMAIN) == {}


@pytest.mark.parametrize(
    ("session", "arguments"),
    [
        pytest.param(Session(limits=(1000, 155)), RESERVING, id="enough is left"),
        pytest.param(Session(limits=None), RESERVING, id="nobody may ask for the limits"),
        pytest.param(Session(limits=(10, 10)), (), id="nothing is reserved"),
        pytest.param(
            Session(stacks=[stack("CREATE_COMPLETE", AuthorizerConcurrency="60")], limits=(1000, 90)),
            RESERVING,
            id="less than before",
        ),
        pytest.param(
            Session(
                stacks=[stack("CREATE_COMPLETE", CertificateArn=CERTIFICATE, PublicUrl="https://login.example.com")],
                domains=["login.example.com"],
            ),
            DOMAIN,
            id="the domain is the stack's own",
        ),
    ],
)
def test_what_can_succeed_is_not_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, session: Session, arguments: tuple[str, ...]
) -> None:
    assert checked(root, monkeypatch, session, *arguments) is not None


class Versions:
    """Lambda and CloudFormation with one function."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def client(self, _service: str) -> "Versions":
        return self

    def get_paginator(self, operation: str) -> Any:
        pages: Iterator[Any] = iter(
            [{"StackResourceSummaries": [{"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "token"}]}]
            if operation == "list_stack_resources"
            else [
                {"Versions": [{"Version": "$LATEST"}, {"Version": "9"}]},
                {"Versions": [{"Version": one} for one in ("10", "2", "11", "3")]},
            ]
        )
        return type("Paginator", (), {"paginate": lambda _self, **_named: pages})()

    def list_aliases(self, **_named: str) -> Any:
        weights = {"AdditionalVersionWeights": {"3": 0.1}}
        return {"Aliases": [{"FunctionVersion": "11", "RoutingConfig": weights}, {"FunctionVersion": "10"}]}

    def delete_function(self, **named: str) -> None:
        self.deleted.append(named["Qualifier"])


def test_the_last_two_versions_and_those_in_use_are_kept() -> None:
    account = Versions()

    old_versions.delete(account, "gatehouse")

    assert sorted(account.deleted, key=int) == ["2", "9"]
