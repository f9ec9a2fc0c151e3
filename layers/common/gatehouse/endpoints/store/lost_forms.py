"""What of a form is shown again when its session ended before it was sent: everything but secrets and pictures."""

import re
from collections.abc import Mapping

import msgspec

from gatehouse.domain.kernel import text_files

_SECRET = re.compile(r"\w*(password|secret|token)", re.IGNORECASE)
"""The whole name of a field that no page shows again. `token_format` and `grant password` hold no secret."""

_KEPT_MAX_CHARACTERS = 900_000
"""How much is put into a page. It may take five times as much there, and Lambda answers 6 MB at most."""


class KeptForm(msgspec.Struct, frozen=True, kw_only=True):
    """The fields to show again, and the names of those that have to be typed again."""

    fields: Mapping[str, str]
    secrets: tuple[str, ...]


def keep(form: Mapping[str, str], files: Mapping[str, bytes], text_of_file: str) -> KeptForm | None:
    """Return what is shown again; None if a file is no text, or if it is too much."""
    sent = {name: value for name, value in form.items() if name != "form_token"}
    fields = {name: value for name, value in sent.items() if not _SECRET.fullmatch(name)}
    for content in files.values():
        if content and text_of_file:
            try:
                fields[text_of_file] = text_files.decode(content)
            except UnicodeDecodeError:
                return None
        elif content:
            return None
    if sum(len(name) + len(value) for name, value in fields.items()) > _KEPT_MAX_CHARACTERS:
        return None
    return KeptForm(fields=fields, secrets=tuple(sorted(name for name in sent.keys() - fields.keys() if sent[name])))
