"""The page of the errors: OAuth's by code, those of the JSON APIs by WSO2's number."""

from collections.abc import Sequence

from gatehouse.domain.kernel.errors import DomainError, OAuthError
from gatehouse.endpoints import error_table
from local.reference.text import plain, table


def page() -> str:
    """List the errors: OAuth's by code, those of the JSON APIs by WSO2's number."""
    oauth: list[Sequence[str]] = []
    rest: list[Sequence[str]] = []
    for kind, (status, number, message) in error_table.ROWS.items():
        if issubclass(kind, OAuthError):
            oauth.append((f"`{kind.code}`", str(status.value), plain(_first_line(kind))))
        else:
            rest.append((str(number), str(status.value), plain(message or _first_line(kind))))
    head = "Statuses are those of `/token` and of the JSON APIs. Pages and redirects carry the same codes."
    return (
        "\n\n".join(
            [
                "# Errors",
                head,
                "## OAuth",
                table(("error", "status", "meaning"), sorted(set(map(tuple, oauth)))),
                "## JSON APIs",
                table(("code", "status", "meaning"), sorted(set(map(tuple, rest)))),
            ]
        )
        + "\n"
    )


def _first_line(kind: type[DomainError]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
