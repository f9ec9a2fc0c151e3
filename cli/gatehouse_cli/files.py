"""Files that a command line names."""

from pathlib import Path

from gatehouse_cli.errors import OperatorError


def read(file: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OperatorError: It cannot be read; the message names it.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise OperatorError(f"{file}: there is no such file") from None
    except IsADirectoryError:
        raise OperatorError(f"{file}: this is a folder, not a file") from None
    except PermissionError:
        raise OperatorError(f"{file}: you may not read this file") from None
    except OSError as error:
        raise OperatorError(f"{file}: it cannot be read (error {error.errno})") from None


def read_text(file: Path) -> str:
    """Return the text in a file, without the byte order mark that some editors write.

    Raises:
        OperatorError: It cannot be read, or is no text in UTF-8.
    """
    try:
        return read(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise OperatorError(f"{file}: this is no text in UTF-8") from None
