"""The words that Gatehouse no longer uses, in names, docstrings and comments; each has one that replaces it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template import ROOT

FOLDERS = ("layers", "functions", "cli", "local", "tests")
HERE = Path(__file__).resolve().relative_to(ROOT).as_posix()

NAMES = {
    "AccountChanges": "AccountStore",
    "Correspondence": "MailSender",
    "ErrandDesk": "JobQueue",
    "Founding": "organisation_signup",
    "Homes": "AccountDirectory",
    "Letter": "MailTemplate",
    "Memory": "TtlCache",
    "Placements": "SubscriptionIndex",
    "Registry": "DirectoryWriter",
    "Remembered": "ReadThroughCache",
    "SignedIn": "ActiveSession",
    "Visit": "PageContext",
    "Wish": "TokenOptions",
    "_again": "_reissue",
    "_prepare": "_build_grant",
    "_run_where_ways_part": "_run_wso2_compatible",
    "_take": "_submit_consent",
    "begin_once": "issue_grant_for_code",
    "claims_stages": "may_register_stages",
    "find_owner": "find_user_and_organisation",
    "find_standing": "find_current_parties",
    "OwnSessions": "ActiveSessions",
    "own_sessions": "active_sessions",
    "recall_ended": "peek_stale",
    "tick_client_scopes": "grant_client_scopes",
}
"""Names that are refused as a whole."""

MODULES = {
    "absent": "unsupported",
    "correspondence": "mail_sender",
    "errand_desk": "job_queue",
    "errands": "jobs",
    "founding": "organisation_signup",
    "guard": "client_authenticator",
    "items": "attribute_values",
    "records": "mappers",
    "registry": "directory_writer",
    "remembered": "read_through_cache",
    "visits": "page_context",
}
"""Names of modules that are refused; as names of values, some are good."""

WORDS = {
    "correspondence": "mail",
    "errand": "job",
    "errands": "jobs",
    "founding": "organisation sign-up",
    "founded": "created",
    "realm": "organisation",
}
"""Words that are refused in names, docstrings and comments."""

ALLOWED = {
    ("layers/common/gatehouse/endpoints/publisher/documents.py", "Registry"): "the class of the library `referencing`",
}
"""Files that may use a word, each with its reason."""


PROSE = {
    "founder": "the person who created the organisation",
    "he": "they",
    "himself": "themselves",
    "his": "their",
    "whoever": "name the person",
}
"""Words that are refused in pages that people read, decision records included."""

PAGES = [
    *ROOT.glob("*.md"),
    *(path for folder in (".", "how-to", "releases", "tutorials") for path in (ROOT / "docs" / folder).glob("*.md")),
    *(ROOT / "docs" / "decisions").glob("[0-9]*.md"),
]


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.relative_to(ROOT).as_posix() != HERE:
                yield path


def names(tree: ast.AST) -> Iterator[str]:
    """Every name that the module gives to something of its own, or uses."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.alias(name=name):
                yield name
            case _:
                pass


def prose(source: str, tree: ast.AST) -> Iterator[str]:
    """Docstrings and comments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def parts(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


_ANY_NAME = re.compile(rf"\b({'|'.join(NAMES)})\b")


def holds(source: str) -> bool:
    """Whether the text has a refused word anywhere, be it in a string: then it is worth being parsed."""
    lower = source.lower()
    return _ANY_NAME.search(source) is not None or any(word in lower for word in WORDS)


def refused(path: str, source: str) -> set[str]:
    """The words and names of a file that are refused, each with what replaces it."""
    tree = ast.parse(source if holds(source) else "")
    used = {*names(tree)}
    found = {name: NAMES[name] for name in used & NAMES.keys()}
    said = {
        word for text in (prose(source, tree) if holds(source) else ()) for word in re.findall(r"[a-z]+", text.lower())
    }
    said |= {word for name in used for word in parts(name)}
    found |= {word: WORDS[word] for word in said & WORDS.keys()}
    if (module := Path(path).stem) in MODULES:
        found[module] = MODULES[module]
    return {f"{word} -> {instead}" for word, instead in found.items() if (path, word) not in ALLOWED}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_old_vocabulary_is_gone(folder: str) -> None:
    read = [path for path in sources() if path.relative_to(ROOT).parts[0] == folder]
    found = {str(path.relative_to(ROOT)): refused(path.relative_to(ROOT).as_posix(), path.read_text()) for path in read}

    assert read
    assert {path: words for path, words in found.items() if words} == {}


def test_what_is_allowed_is_still_used() -> None:
    for path, word in ALLOWED:
        assert re.search(rf"(?i)(?<![a-z]){word}(?![a-z])", (ROOT / path).read_text()), f"{path}: {word}"


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("class Wish: ...", "Wish -> TokenOptions"),
        ("def leave_errand(): ...", "errand -> job"),
        ("ErrandStore = None", "errand -> job"),
        ("# after founding\n", "founding -> organisation sign-up"),
        ('"""The errands."""', "errands -> jobs"),
        ("x.begin_once()", "begin_once -> issue_grant_for_code"),
    ],
)
def test_an_old_word_is_found(source: str, word: str) -> None:
    assert refused("domain/kernel/names.py", source) == {word}


def refused_prose(text: str) -> set[str]:
    """The words of a page that are refused, each with what replaces it; code and addresses do not count."""
    shown = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)
    return {f"{word} -> {PROSE[word]}" for word in set(re.findall(r"[a-z]+", shown.lower())) & PROSE.keys()}


def test_pages_name_the_actor_in_plain_words() -> None:
    found = {str(path.relative_to(ROOT)): refused_prose(path.read_text(encoding="utf-8")) for path in PAGES}

    assert len(found) > 50
    assert {path: words for path, words in found.items() if words} == {}


def test_a_refused_word_of_a_page_is_found() -> None:
    assert refused_prose("Whoever asks gets `his` key, and [he](he.md) waits.") == {
        "he -> they",
        "whoever -> name the person",
    }


def test_the_name_of_a_module_is_read_too() -> None:
    assert refused("endpoints/guard.py", "x = 1") == {"guard -> client_authenticator"}
