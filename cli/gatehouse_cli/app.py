"""The program `gatehouse`: one group of commands for each noun."""

from importlib.metadata import version
from typing import Annotated

import typer

from gatehouse_cli import (
    apis,
    applications,
    audit_entries,
    backups,
    doctor,
    documents,
    identity_providers,
    keys,
    mail_domains,
    organisations,
    outputs,
    parameters,
    paths,
    registered_clients,
    requests,
    restrictions,
    roles,
    scopes,
    secrets,
    sessions,
    statistics,
    subscriptions,
    tiers,
    tokens,
    usage,
    user_factors,
    user_import,
    users,
)
from gatehouse_cli.program import Program

app = typer.Typer(
    cls=Program,
    help="Operate a Gatehouse stack, with the AWS credentials and region of the environment.",
    epilog="Status: 0 done, 1 refused or something is wrong, 2 not understood, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich's columns cut the names of options
)
app.add_typer(organisations.app.typer, name="organisations")
users.app.command("import")(user_import.import_users)
user_factors.register(users.app)
app.add_typer(identity_providers.app.typer, name="identity-providers")
app.add_typer(mail_domains.app.typer, name="mail-domains")
app.add_typer(users.app.typer, name="users")
app.add_typer(roles.app.typer, name="roles")
app.add_typer(applications.app.typer, name="applications")
app.add_typer(keys.app.typer, name="keys")
app.add_typer(secrets.app.typer, name="secrets")
app.add_typer(registered_clients.app.typer, name="registered-clients")
apis.app.command("show-usage")(usage.show_usage)
applications.app.command("show-usage")(usage.show_application_usage)
app.add_typer(apis.app.typer, name="apis")
app.add_typer(documents.app.typer, name="documents")
app.add_typer(scopes.app.typer, name="scopes")
app.add_typer(restrictions.app.typer, name="restrictions")
app.add_typer(requests.app.typer, name="requests")
app.add_typer(subscriptions.app.typer, name="subscriptions")
app.add_typer(tokens.app.typer, name="tokens")
app.add_typer(sessions.app.typer, name="sessions")
app.add_typer(tiers.app.typer, name="tiers")
app.add_typer(statistics.app.typer, name="statistics")
app.add_typer(audit_entries.app.typer, name="audit-entries")
app.add_typer(paths.app.typer, name="paths")
app.add_typer(backups.app.typer, name="backups")
app.add_typer(parameters.app.typer, name="parameters")
app.add_typer(outputs.app.typer, name="outputs")
app.command()(doctor.doctor)


def _show_version(is_asked: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if is_asked:
        typer.echo(f"gatehouse {version('gatehouse-cli')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    is_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version, and stop.")
    ] = False,
) -> None:
    """Operate a Gatehouse stack, with the AWS credentials and region of the environment."""
    del is_version


def main() -> None:
    """Run the program."""
    app()
