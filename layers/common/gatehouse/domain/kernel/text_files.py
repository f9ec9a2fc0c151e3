"""Files that people save as text: in UTF-8, or in UTF-16 as spreadsheets write it."""

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 that says so by its byte order mark.

    Raises:
        UnicodeDecodeError: It is in neither.
    """
    return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
