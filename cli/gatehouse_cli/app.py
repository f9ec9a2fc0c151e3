"""The program `gatehouse`: one group of commands for each noun."""

import typer

from gatehouse_cli import (
    apis,
    applications,
    backups,
    doctor,
    identity_providers,
    key_settings,
    organisations,
    outputs,
    parameters,
    registered_clients,
    scopes,
    subscriptions,
    tokens,
    user_import,
    users,
)

app = typer.Typer(
    help="Operate a Gatehouse stack, with the AWS credentials and region of the environment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(organisations.app, name="organisations")
users.app.command("import")(user_import.import_users)
app.add_typer(identity_providers.app, name="identity-providers")
app.add_typer(users.app, name="users")
app.add_typer(users.roles, name="roles")
app.add_typer(applications.app, name="applications")
applications.keys.command("show")(key_settings.show)
applications.keys.command("configure")(key_settings.configure)
app.add_typer(applications.keys, name="keys")
app.add_typer(registered_clients.app, name="registered-clients")
app.add_typer(apis.app, name="apis")
app.add_typer(scopes.app, name="scopes")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(tokens.app, name="tokens")
app.add_typer(backups.app, name="backups")
app.add_typer(parameters.app, name="parameters")
app.add_typer(outputs.app, name="outputs")
app.command()(doctor.doctor)


def main() -> None:
    """Run the program."""
    app()
