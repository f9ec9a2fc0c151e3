"""The page of the command line: each command of `gatehouse`, with its arguments and options."""

from collections.abc import Sequence
from typing import Any

import typer
from gatehouse_cli.app import app

from local.reference.text import plain, table

_CONVENTIONS = """\
* Each group is a plural noun. The organisation key is the first argument.
* `--json` prints JSON on standard output. Refusals and warnings go to standard error, each in one line that names the
  object.
* `--stack NAME`, or `GATEHOUSE_STACK_NAME`, chooses the CloudFormation stack. `AWS_PROFILE` and `AWS_REGION` choose
  account and region.
* A failure that nobody foresaw is one line, too; `GATEHOUSE_TRACE=1` shows where it happened.
* A question needs a terminal; scripts confirm by `--yes`, and give passwords by the variable that `--help` names, or on
  standard input.
* `gatehouse --install-completion` sets up completion for bash, zsh, fish and PowerShell.

| status | meaning |
| --- | --- |
| 0 | done; of `apis check`, `doctor` and `identity-providers test`: nothing is wrong |
| 1 | refused, or something is wrong; a refusal changed nothing unless it says so |
| 2 | the command line was not understood |
| 130 | interrupted |"""


def page() -> str:
    """Describe each command of `gatehouse`, with its arguments and options."""
    program: Any = typer.main.get_command(app)
    context: Any = typer.Context(program, info_name="gatehouse")
    parts = ["# The command line", f"`gatehouse` is the program of operators. {plain(program.help)}", _CONVENTIONS]
    for name in sorted(program.commands):
        group = program.commands[name]
        members = getattr(group, "commands", {name: group})
        parts += [f"## {name}", plain(group.help)] if members != {name: group} else []
        for command, one in members.items():
            words = f"{name} {command}" if one is not group else name
            parts += [f"{'###' if one is not group else '##'} gatehouse {words}", plain(one.help)]
            rows = [_option(parameter, context) for parameter in one.params if parameter.name != "help"]
            parts += [table(("argument or option", "default", "meaning"), rows)] if rows else []
    return "\n\n".join(filter(None, parts)) + "\n"


def _option(parameter: Any, context: Any) -> Sequence[str]:
    names = [*parameter.opts, *parameter.secondary_opts]
    is_argument = parameter.param_type_name == "argument"
    shown = parameter.name.upper() if is_argument else ", ".join(names)
    default = parameter.get_default(context, call=False)
    is_plain = isinstance(default, str | int | float) and default not in {"", False}
    needed = "required" if parameter.required else f"`{default}`" if is_plain else ""
    return f"`{shown}`", needed, plain(getattr(parameter, "help", "") or "")
