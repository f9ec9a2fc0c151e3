"""What is looked at before anything is built or changed: region, credentials, the stack's state, what AWS would refuse.

A first deployment that fails leaves a protected table behind, so what AWS would refuse is looked for before.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from local.deploy_options import Options

_GONE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
_STUCK = {"UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"}
_RESERVED = ("AuthorizerConcurrency", "PublishingConcurrency", "FetcherConcurrency")
_UNRESERVED_MIN = 100
"""Lambda keeps so many executions for functions without a reservation; in a smaller account, all of them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

_MAY_NOT_ASK = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized")
ADVICE = "docs/how-to/deploy.md, Recover from a failed deployment"


def check(options: Options) -> Mapping[str, str]:
    """Return the present parameters of the stack, none if there is no stack.

    Raises:
        SystemExit: The deployment could not succeed; the message says why in one line.
    """
    try:
        session = options.session()
        _region(session, options)
        if session.get_credentials() is None:
            raise SystemExit("make deploy: there are no AWS credentials: set AWS_PROFILE, or pass --profile")
        session.client("sts").get_caller_identity()
        present = _stack(session, options)
        if not options.is_guided:
            wanted = dict(present) | dict(options.overrides)
            _certificate(session, wanted)
            _domain(session, present, wanted)
            _concurrency(session, present, wanted)
    except (BotoCoreError, ClientError) as error:
        raise SystemExit(f"make deploy: {' '.join(str(error).split())}") from None
    return present


def _region(session: Any, options: Options) -> None:
    if not session.region_name:
        if options.is_guided:
            raise SystemExit("make deploy: there is no region: pass --region, or set AWS_DEFAULT_REGION")
        raise SystemExit("make deploy: there is no region: pass --region, or write it to samconfig.toml")
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("cloudformation", partition)
    }
    if session.region_name not in known:
        raise SystemExit(f"make deploy: {session.region_name!r} is not a region of AWS")


def _stack(session: Any, options: Options) -> Mapping[str, str]:
    """Return the parameters of the stack."""
    try:
        found = session.client("cloudformation").describe_stacks(StackName=options.stack_name)["Stacks"][0]
    except ClientError as error:
        if _code(error) == "ValidationError":
            return {}
        raise
    status = found["StackStatus"]
    name = f"make deploy: the stack {options.stack_name!r} is in the state {status}"
    if status in _GONE:
        raise SystemExit(f"{name} and cannot be updated: delete it first ({ADVICE})")
    if status in _STUCK:
        raise SystemExit(f"{name}: continue its rollback first ({ADVICE})")
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise SystemExit(f"{name}: wait until that has ended")
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())}


def _concurrency(session: Any, present: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """See that the account has the executions that the parameters reserve; who may not ask learns it from Lambda."""
    before, after = (_reserved(parameters) for parameters in (present, wanted))
    if after <= before:
        return
    try:
        limits = session.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError as error:
        if _code(error).startswith(_MAY_NOT_ASK):
            return
        raise
    account, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    most = before + max(0, free - min(_UNRESERVED_MIN, account))
    if after > most:
        raise SystemExit(
            f"make deploy: {', '.join(_RESERVED)} reserve {after} concurrent executions; the account has "
            f"{account}, and Lambda lets this stack reserve {most}: lower them, or raise the account's quota"
        )


def _domain(session: Any, present: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """See that the domain is not one of API Gateway already, of another stack or made by hand."""
    if not wanted.get("CertificateArn") or (present.get("CertificateArn") and _host(present) == _host(wanted)):
        return
    try:
        session.client("apigatewayv2").get_domain_name(DomainName=_host(wanted))
    except ClientError as error:
        if _code(error) == "NotFoundException" or _code(error).startswith(_MAY_NOT_ASK):
            return
        raise
    raise SystemExit(
        f"make deploy: {_host(wanted)} is a custom domain of API Gateway in this region already; delete it there, or "
        "leave out CertificateArn and map that domain to this stack's API"
    )


def _host(parameters: Mapping[str, str]) -> str:
    return urlsplit(parameters.get("PublicUrl", "")).hostname or ""


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _reserved(parameters: Mapping[str, str]) -> int:
    return sum(int(parameters.get(name) or 0) for name in _RESERVED if parameters.get(name, "0").isdigit())


def _certificate(session: Any, parameters: Mapping[str, str]) -> None:
    """See that the certificate is in this region, issued, and for the host of PublicUrl."""
    arn, host = parameters.get("CertificateArn", ""), _host(parameters)
    if not arn:
        return
    if urlsplit(parameters.get("PublicUrl", "")).netloc != host:
        raise SystemExit(
            f"make deploy: API Gateway serves a domain at port 443 and knows no capitals: PublicUrl=https://{host}"
        )
    region = arn.split(":")[3]
    if region != session.region_name:
        raise SystemExit(
            f"make deploy: the certificate is in {region}; the stack, in {session.region_name}, needs one there"
        )
    found = session.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    names = {found["DomainName"], *found.get("SubjectAlternativeNames", ())}
    if not any(covers(name.lower(), host) for name in names):
        raise SystemExit(f"make deploy: the certificate is for {', '.join(sorted(names))}, and PublicUrl for {host!r}")
    if found["Status"] != "ISSUED":
        raise SystemExit(f"make deploy: the certificate's status is {found['Status']}, not ISSUED")


def covers(name: str, host: str) -> bool:
    """Tell whether a name of a certificate is the host's; a `*` stands for one label (RFC 6125 section 6.4.3)."""
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])
