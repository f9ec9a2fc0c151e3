"""`gatehouse output`: what other commands need to know of the stack."""

from typing import Annotated

import typer

from gatehouse_cli import output, stack
from gatehouse_cli.output import StackName
from gatehouse_cli.stack import OperatorError


@output.refusing
def show(
    wanted: Annotated[str, typer.Argument(help="Such as DirectoryTableName.", metavar="OUTPUT")],
    *,
    name: StackName = "gatehouse",
) -> None:
    """Print an output of the stack."""
    outputs = stack.connect(name).outputs
    if wanted not in outputs:
        raise OperatorError(f"the stack has no output {wanted!r}; it has {', '.join(sorted(outputs))}")
    typer.echo(outputs[wanted])
