"""`gatehouse outputs`: what CloudFormation knows of the stack, for other commands."""

import json
from typing import Annotated

import typer

from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError

app = typer.Typer(help="Outputs of the stack, such as the names of its tables.", no_args_is_help=True)


@app.command("list")
@output.refusing
def list_all(*, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """List the outputs of the stack."""
    found = stack.connect(name).outputs
    output.rows([{"output": key, "value": value} for key, value in sorted(found.items())], is_json=is_json)


@app.command()
@output.refusing
def show(
    wanted: Annotated[str, typer.Argument(help="The output, such as DirectoryTableName.", metavar="OUTPUT")],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Print the value of one output and nothing else, for use in other commands."""
    outputs = stack.connect(name).outputs
    if wanted not in outputs:
        raise OperatorError(f"the stack has no output {wanted!r}; it has {', '.join(sorted(outputs))}")
    typer.echo(json.dumps(outputs[wanted]) if is_json else outputs[wanted])
