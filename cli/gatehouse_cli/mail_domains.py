"""`gatehouse mail-domains`: which mail domains lead to an organisation's identity provider."""

from typing import Annotated

import typer

from gatehouse.domain.accounts.mail_domains import DomainClaim
from gatehouse.domain.kernel.caller import Caller
from gatehouse_cli import commands, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Mail domains that lead to an identity provider, once DNS proves them.")

Domain = Annotated[str, typer.Argument(help="The domain of mail addresses, such as example.com.")]
_SOURCE = "operator"


@app.command("list")
def list_all(connected: Stack, organisation: Organisation) -> output.Answer:
    """List the mail domains that an organisation claims, and whether DNS proves them."""
    found = connected.mail_domains.find_all(connected.operator(organisation))
    listed = [_row(one, is_proven=is_proven) for one, is_proven in found]
    return output.Rows(listed, empty=f"{organisation} claims no mail domains")


@app.command()
def claim(
    connected: Stack,
    organisation: Organisation,
    domain: Domain,
    provider: Annotated[str, typer.Argument(help="The id of the identity provider that its addresses lead to.")],
) -> output.Answer:
    """Claim a mail domain; prints the TXT record that proves it."""
    made = connected.mail_domains.claim(connected.operator(organisation), domain, provider)
    return output.Fields(_row(made, is_proven=False))


@app.command()
def check(connected: Stack, organisation: Organisation, domain: Domain) -> output.Answer:
    """Look for the TXT record; once it is seen, addresses of the domain lead to the provider."""
    proven = connected.mail_domains.check(_claimant(connected, organisation, domain), domain, _SOURCE)
    return output.Fields(_row(proven, is_proven=True))


@app.command()
def remove(connected: Stack, organisation: Organisation, domain: Domain) -> output.Answer:
    """Remove the claim of a mail domain; its addresses no longer lead to the provider."""
    connected.mail_domains.remove(_claimant(connected, organisation, domain), domain)
    return output.Fields({"removed": domain})


def _claimant(connected: Stack, organisation: str, domain: str) -> Caller:
    """Return the operator of an organisation that claims the domain."""
    caller = connected.operator(organisation)
    if domain.lower() not in {one.domain for one, _ in connected.mail_domains.find_all(caller)}:
        raise OperatorError(f"{organisation} does not claim the domain {domain!r}; see `gatehouse mail-domains list`")
    return caller


def _row(claim: DomainClaim, *, is_proven: bool) -> output.Row:
    return {
        "domain": claim.domain,
        "provider": claim.provider_id,
        "proven": is_proven,
        "record_name": claim.record_name,
        "record": claim.record,
    }
