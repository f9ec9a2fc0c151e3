"""Names as parts of paths. HTTP APIs hand a path on decoded, except for its percent signs, and we split it then.

So the marks that would end a part are encoded twice: API Gateway decodes them once.
"""

from urllib.parse import quote, unquote

_ENDINGS = (("/", "%2F"), ("?", "%3F"))


def segment(name: str) -> str:
    """Return a name as one part of a path."""
    for mark, code in _ENDINGS:
        name = name.replace(mark, code)
    return quote(name, safe="", errors="replace")


def parse(part: str) -> str:
    """Return the name in one part of a path that was called."""
    name = unquote(part)
    for mark, code in _ENDINGS:
        name = name.replace(code, mark)
    return name


def spell(path: str) -> str:
    """Return a path that was called as links spell it; half a character (a lone surrogate) becomes a question mark."""
    return "/".join(quote(unquote(part), safe="", errors="replace") for part in path.split("/"))
