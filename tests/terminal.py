"""A terminal in which a shell runs, and somebody who answers what its programs ask.

Programs that ask read ahead from a pipe, and ask for passwords at the terminal only, so answers on standard input reach
the wrong question or none. Here an answer is typed when its question is on the screen.
"""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SESSION = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_READ_BYTES = 65_536
_KILL_SECONDS = 10
_ROWS_AND_COLUMNS = (50, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalAnswer:
    """What somebody types when the screen ends with this question; the pattern's group 1 may choose among several.

    A question ends with a space, which is shown when the program reads: a password that is typed earlier is shown, too,
    and lost.
    """

    question: re.Pattern[str]
    text: str = ""
    by_name: Mapping[str, str] | None = None

    def of(self, screen: str) -> str | None:
        """Return what to type now; None if this is not asked."""
        found = re.search(rf"(?:{self.question.pattern}) \Z", screen)
        if found is None:
            return None
        return self.text if self.by_name is None else self.by_name.get(found[1], self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSession:
    """What was run.

    Attributes:
        code: The shell's exit code; None if it had to be ended.
        screen: All that was shown, without colours.
        asked: What was answered, in order: the last line of the screen, and what was typed.
    """

    code: int | None
    screen: str
    asked: Sequence[tuple[str, str]]


def run(
    script: str, folder: Path, environment: Mapping[str, str], answers: Sequence[TerminalAnswer], *, seconds: float
) -> TerminalSession:
    """Run a script of Bash, and answer what is asked; end it if it takes longer than so many seconds."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, _ROWS_AND_COLUMNS)
    process = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", _SESSION, "/bin/bash", "-c", script],
        cwd=folder,
        env={**environment, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen, answered, asked, ends_at = "", 0, list[tuple[str, str]](), time.monotonic() + seconds
    try:
        while time.monotonic() < ends_at:
            ready, _, _ = select.select([ours], [], [], max(0, ends_at - time.monotonic()))
            more = _read(ours) if ready else b""
            if not more:
                break
            screen += _CONTROL.sub("", more.decode(errors="replace"))
            typed = next((text for one in answers if (text := one.of(screen[answered:])) is not None), None)
            if typed is not None:
                asked.append((screen[answered:].rpartition("\n")[2].strip(), typed))
                answered = len(screen)
                os.write(ours, typed.encode() + b"\n")
        return TerminalSession(code=_end(process, is_over=time.monotonic() < ends_at), screen=screen, asked=asked)
    finally:
        os.close(ours)


def _read(terminal: int) -> bytes:
    """Read what there is; nothing once all programs of the terminal have ended, which Linux reports as an error."""
    try:
        return os.read(terminal, _READ_BYTES)
    except OSError:
        return b""


def _end(process: subprocess.Popen[bytes], *, is_over: bool) -> int | None:
    """Wait for the shell's exit code, or end the shell."""
    if not is_over:
        process.terminate()
    try:
        code = process.wait(_KILL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    return code if is_over else None
