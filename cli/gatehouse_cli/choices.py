"""Values that the domain names in capitals, as people may type them."""

from gatehouse_cli.errors import OperatorError


def choose[T](text: str, choices: tuple[T, ...]) -> T:
    """Return the choice that a text names, in any case.

    Raises:
        OperatorError: There is no such choice.
    """
    for one in choices:
        if one == text.upper():
            return one
    raise OperatorError(f"{text!r} is none of {', '.join(map(str, choices))}")
