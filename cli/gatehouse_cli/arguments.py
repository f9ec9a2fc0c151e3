"""Arguments that many commands take, described once."""

from typing import Annotated

import typer

Organisation = Annotated[str, typer.Argument(help="The organisation key, such as johnsorg.")]
Username = Annotated[str, typer.Argument(help="The username of the member.")]
ApplicationId = Annotated[str, typer.Argument(help="The application's id, as `applications list` shows it.")]
ApiId = Annotated[str, typer.Argument(help="The API's id, as `apis list` shows it.")]
SubscriptionId = Annotated[str, typer.Argument(help="The subscription's id, as `subscriptions list` shows it.")]
Scope = Annotated[str, typer.Argument(help="The scope, as OpenAPI documents spell it.")]

SEVERAL = "May be given several times; replaces what was there. An empty text removes all."
"""How an option of a list behaves."""
