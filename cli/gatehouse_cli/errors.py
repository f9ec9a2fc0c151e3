"""Errors of commands, worded for operators."""


class OperatorError(Exception):
    """What the operator asked for cannot be done; the message says why."""


def changed_meanwhile(what: str) -> OperatorError:
    """Return the refusal of a change that lost to another one."""
    return OperatorError(f"{what} was changed at the same moment; run the command again")
