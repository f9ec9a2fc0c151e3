"""The terminal of the tests: what is asked there is answered when it is asked."""

import os
import re
from pathlib import Path

import pytest

from tests import terminal
from tests.terminal import TerminalAnswer

ASKS = """
read -p "Name: " name
python3 -c "import getpass; print('a password of', len(getpass.getpass()))"
read -p "Sure? [y/N]: " sure
echo "$name $sure"
"""
ANSWERS = [
    TerminalAnswer(question=re.compile(r"Password:"), text="secret"),
    TerminalAnswer(question=re.compile(r"(Name|Sure\?)[^\n]*:"), by_name={"Name": "Mary"}, text="y"),
]


def run(
    script: str, tmp_path: Path, answers: list[TerminalAnswer] = ANSWERS, seconds: float = 60
) -> terminal.TerminalSession:
    return terminal.run(script, tmp_path, {"PATH": os.environ["PATH"]}, answers, seconds=seconds)


def test_each_question_gets_its_answer_and_passwords_are_asked_at_the_terminal(tmp_path: Path) -> None:
    session = run(ASKS, tmp_path)

    assert session.code == 0
    assert session.screen.endswith("a password of 6\nSure? [y/N]: y\nMary y\n")
    assert [typed for _, typed in session.asked] == ["Mary", "secret", "y"]
    assert "secret" not in session.screen


@pytest.mark.parametrize("code", [0, 3])
def test_the_shells_exit_code_is_told(tmp_path: Path, code: int) -> None:
    assert run(f"exit {code}", tmp_path).code == code


def test_a_question_that_nobody_answers_ends_with_the_time(tmp_path: Path) -> None:
    session = run("read -p 'What else? ' answer", tmp_path, seconds=0.5)

    assert session.code is None
    assert session.screen == "What else? "
