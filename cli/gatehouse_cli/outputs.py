"""`gatehouse outputs`: what CloudFormation knows of the stack, for other commands."""

from typing import Annotated

import typer

from gatehouse_cli import commands, output
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Outputs of the stack, such as the names of its tables.")


@app.command("list")
def list_all(connected: Stack) -> output.Answer:
    """List the outputs of the stack."""
    found = connected.outputs
    return output.Rows([{"output": key, "value": value} for key, value in sorted(found.items())])


@app.command()
def show(
    connected: Stack,
    wanted: Annotated[str, typer.Argument(help="The output, such as DirectoryTableName.", metavar="OUTPUT")],
) -> output.Answer:
    """Print the value of one output and nothing else, for use in other commands."""
    outputs = connected.outputs
    if wanted not in outputs:
        raise OperatorError(f"the stack has no output {wanted!r}; it has {', '.join(sorted(outputs))}")
    return output.Text(outputs[wanted], outputs[wanted])
