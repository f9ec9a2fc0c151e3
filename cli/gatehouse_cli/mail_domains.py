"""`gatehouse mail-domains`: which mail domains lead to an organisation's identity provider."""

from typing import Annotated

import typer

from gatehouse.domain.accounts.mail_domains import DomainClaim
from gatehouse_cli import output, stack
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.output import Json, StackName

app = typer.Typer(no_args_is_help=True, help="Mail domains that lead to an identity provider, once DNS proves them.")

Domain = Annotated[str, typer.Argument(help="The domain of mail addresses, such as example.com.")]
_SOURCE = "operator"


@app.command("list")
@output.refusing
def list_all(organisation: Organisation, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the mail domains that an organisation claims, and whether DNS proves them."""
    connected = stack.connect(name)
    found = connected.mail_domains.find_all(connected.operator(organisation))
    listed = [_row(one, is_proven=is_proven) for one, is_proven in found]
    output.rows(listed, is_json=is_json, empty=f"{organisation} claims no mail domain")


@app.command()
@output.refusing
def claim(
    organisation: Organisation,
    domain: Domain,
    provider: Annotated[str, typer.Argument(help="The id of the identity provider that its addresses lead to.")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Claim a mail domain; prints the TXT record that proves it."""
    connected = stack.connect(name)
    made = connected.mail_domains.claim(connected.operator(organisation), domain, provider)
    output.one(_row(made, is_proven=False), is_json=is_json)


@app.command()
@output.refusing
def check(organisation: Organisation, domain: Domain, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Look for the TXT record; once it is seen, addresses of the domain lead to the provider."""
    connected = stack.connect(name)
    proven = connected.mail_domains.check(connected.operator(organisation), domain, _SOURCE)
    output.one(_row(proven, is_proven=True), is_json=is_json)


@app.command()
@output.refusing
def remove(organisation: Organisation, domain: Domain, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Give a mail domain up."""
    connected = stack.connect(name)
    connected.mail_domains.remove(connected.operator(organisation), domain)
    output.one({"removed": domain}, is_json=is_json)


def _row(claim: DomainClaim, *, is_proven: bool) -> output.Row:
    return {
        "domain": claim.domain,
        "provider": claim.provider_id,
        "proven": is_proven,
        "record_name": claim.record_name,
        "record": claim.record,
    }
