"""Texts for one line."""


def one_line(text: str) -> str:
    """Return a text without line breaks and repeated blanks."""
    return " ".join(text.split())


def kebab(name: str) -> str:
    """Return a name of a JSON member as options spell it: lockOutMinutes is lock-out-minutes."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).replace("_", "-")


def camel(name: str) -> str:
    """Return a name of an option as JSON spells it: lock_out_minutes is lockOutMinutes."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
