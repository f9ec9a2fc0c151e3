"""The command that counts lines of code for the decision records."""

from bench import code_lines

SOURCE = '''"""A module.

Of two paragraphs."""

# why
X = 1  # one


def f():
    """Do it."""
    return (
        X
    )
'''


def test_blank_lines_comments_and_docstrings_are_no_code() -> None:
    assert code_lines.count(SOURCE) == 5


def test_a_string_over_several_lines_is_code_where_it_is_a_value() -> None:
    assert code_lines.count('X = """\na\n\nb\n"""\n') == 5
