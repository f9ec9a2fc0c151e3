"""The values of parameters that a template is linted with."""

from collections.abc import Mapping
from pathlib import Path

from cfnlint.rules.resources.lmbd.SnapStartSupported import SnapStartSupported

from local.lint.resolved import ACCOUNT, pseudo_parameters

SNAPSTART = frozenset(SnapStartSupported().regions)
_ISSUER = "https://login.example.com/t/johnsorg"
_METADATA = "https://login.example.com/.well-known/oauth-protected-resource"
_CHALLENGE = {"ResourceMetadataUrl": _METADATA, "MinimumScope": "read"}
_REQUIRED = {
    "orders-jwt": {"Issuer": _ISSUER},
    "github-publisher": {
        "DirectoryTableName": "gatehouse-Directory",
        "GrantsTableName": "gatehouse-Grants",
        "Repository": "example/orders",
    },
}


def required(template: Path) -> Mapping[str, str]:
    """Return values of the parameters that have no default."""
    return _REQUIRED.get(template.parent.name, {})


def every_option(template: Path, region: str) -> Mapping[str, str]:
    """Return values that make every condition of a template true (a test says so)."""
    arn = f"arn:{pseudo_parameters(region)['AWS::Partition']}"
    accounts = [f"{number}" * 12 for number in range(4, 9)]
    return {
        "orders-http": {
            "AuthorizerArn": f"{arn}:lambda:{region}:{ACCOUNT}:function:gatehouse-Authorizer:live",
            "BackendJwt": "true",
        },
        "orders-jwt": required(template),
        "github-publisher": required(template),
        "orders-rest": {**_CHALLENGE, "AccessLogs": "true"},
        "orders-mcp": _CHALLENGE,
    }.get(
        template.parent.name,
        {
            "PublicUrl": "https://login.example.com",
            "CertificateArn": f"{arn}:acm:{region}:{ACCOUNT}:certificate/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f",
            "Architecture": "x86_64",
            "AccessLogs": "true",
            "AlarmTopicArn": f"{arn}:sns:{region}:{ACCOUNT}:alarms",
            "Dashboard": "true",
            "RequestsPerSecond": "100",
            "AuthorizerConcurrency": "50",
            "PublishingConcurrency": "5",
            "FetcherConcurrency": "5",
            "AttachAccounts": ",".join(accounts),
            "AttachRegions": ",".join(f"{region}:{account}" for account in accounts),
            "SnapStart": "PublishedVersions" if region in SNAPSTART else "None",
            "MailFrom": "gatehouse@example.com",
            "OrganisationSignUp": "true",
            "BackendJwt": "true",
            "UsageMetrics": "true",
            "MoreTiers": "Trial:10/minute",
        },
    )
