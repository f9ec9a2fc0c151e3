"""Values that the domain names in capitals, as people may type them."""

from typing import cast, get_args

from gatehouse.domain.apis.apis import Lifecycle, Visibility
from gatehouse_cli.errors import OperatorError


def lifecycle(text: str) -> Lifecycle:
    """Return a state of the lifecycle of APIs.

    Raises:
        OperatorError: There is no such state.
    """
    return cast("Lifecycle", _choose(text, get_args(Lifecycle.__value__)))


def visibility(text: str) -> Visibility:
    """Return a visibility of APIs.

    Raises:
        OperatorError: There is no such visibility.
    """
    return cast("Visibility", _choose(text, get_args(Visibility.__value__)))


def _choose(text: str, choices: tuple[str, ...]) -> str:
    if text.upper() not in choices:
        raise OperatorError(f"{text!r} is none of {', '.join(choices)}")
    return text.upper()
