"""Count lines of code at commits: no blank lines, no comments, no docstrings.

    python -m bench.code_lines [COMMIT ...]

Each commit defaults to HEAD. What is counted are the Python files below `layers`, `functions` and `cli`, the product,
and below `local`, `bench`, `examples` and `tests`, each by itself.
"""

import ast
import io
import subprocess
import sys
import tokenize

PRODUCT = ("layers", "functions", "cli")
OTHERS = ("local", "bench", "examples", "tests")
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def count(source: str) -> int:
    """Return how many lines have code on them. A string that is a statement of its own is a docstring."""
    documented = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    coded = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(coded - documented)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def count_commit(commit: str, folder: str) -> int:
    """Return the lines of code of a folder at a commit."""
    names = _git("ls-tree", "-r", "--name-only", commit, "--", folder).splitlines()
    return sum(count(_git("show", f"{commit}:{name}")) for name in names if name.endswith(".py"))


def main(commits: list[str]) -> None:
    """Print a row for each commit."""
    print("commit", *PRODUCT, "product", *OTHERS, sep="\t")
    for commit in commits or ["HEAD"]:
        product = [count_commit(commit, folder) for folder in PRODUCT]
        others = [count_commit(commit, folder) for folder in OTHERS]
        print(_git("rev-parse", "--short", commit).strip(), *product, sum(product), *others, sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
