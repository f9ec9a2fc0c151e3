"""What of a form is shown again when its session ended before it was sent: everything but secrets."""

import re
from collections.abc import Mapping

_SECRET = re.compile("password|secret|token|jwks|code", re.IGNORECASE)
_KEPT_MAX_CHARACTERS = 900_000
"""How much is put into a page. It may take five times as much there, and Lambda answers 6 MB at most."""


def keep(form: Mapping[str, str], files: Mapping[str, bytes], text_of_file: str) -> dict[str, str] | None:
    """Return the fields to show again; None if they hold a secret, a file that is no text, or too much."""
    fields = {name: value for name, value in form.items() if name != "form_token"}
    for content in files.values():
        if content and text_of_file:
            try:
                fields[text_of_file] = content.decode()
            except UnicodeDecodeError:
                return None
        elif content:
            return None
    is_secret = any(_SECRET.search(name) for name in fields)
    is_large = sum(len(name) + len(value) for name, value in fields.items()) > _KEPT_MAX_CHARACTERS
    return None if is_secret or is_large else fields
