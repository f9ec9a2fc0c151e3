"""`make deploy` says in one line what could not succeed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import preflight
from local.deploy_options import Options

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"


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
    return preflight.check(Options.parse(arguments, root, {"AWS_REGION": "eu-west-1"}))


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
