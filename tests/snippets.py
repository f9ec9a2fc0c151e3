"""The blocks of the documents: what they are, and what other systems export for the migrations."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.template import ROOT

FOLDERS = ("docs", "docs/tutorials", "docs/how-to")
PAGES = [ROOT / "README.md", *(path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.md")))]
KEYCLOAK_PASSWORD = "walks-the-dog-at-7"
_SALT = b"sixteen bytes of"
_ROUNDS = 27_500
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a page.

    Attributes:
        title: Where it runs if not in the tests, such as "On AWS"; empty if they run it.
    """

    page: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of a page, with the name that the page gives it."""

    name: str
    text: str

    def save(self, folder: Path) -> Path:
        """Write it where the page says."""
        path = folder / self.name
        path.write_text(self.text, encoding="utf-8")
        return path


def blocks() -> Iterator[Block]:
    """Read every block of the README, the tutorials, the how-to guides and the other pages.

    A page is named by its path below `docs`, such as `how-to/deploy`.
    """
    for path in PAGES:
        name = str(path.relative_to(ROOT).with_suffix("")).removeprefix("docs/")
        for language, title, text in _BLOCK.findall(path.read_text(encoding="utf-8")):
            yield Block(page=name, language=language, title=title, text=text)


def program_of(guide: str) -> Program:
    """Return the one program of a how-to guide."""
    page = (ROOT / "docs" / "how-to" / f"{guide}.md").read_text(encoding="utf-8")
    (text,) = [one.text for one in blocks() if one.page == f"how-to/{guide}" and one.language == "python"]
    (name,) = re.findall(r"Save this as `([\w.]+)`", page)
    return Program(name=name, text=text)


def _keycloak(username: str, algorithm: str = "pbkdf2-sha256", *, enabled: bool = True) -> Mapping[str, Any]:
    value = hashlib.pbkdf2_hmac(algorithm.rpartition("-")[2], KEYCLOAK_PASSWORD.encode(), _SALT, _ROUNDS, 64)
    salt, hashed = (base64.b64encode(one).decode() for one in (_SALT, value))
    secret = f'{{"value": "{hashed}", "salt": "{salt}", "additionalParameters": {{}}}}'
    how = f'{{"hashIterations": {_ROUNDS}, "algorithm": "{algorithm}", "additionalParameters": {{}}}}'
    return {
        "username": username,
        "enabled": enabled,
        "email": f"{username}@example.org",
        "emailVerified": True,
        "firstName": "Kay",
        "lastName": "Cloak",
        "credentials": [{"type": "password", "secretData": secret, "credentialData": how}],
        "realmRoles": ["employee"],
    }


def _cognito(email: str, *, verified: str = "true", enabled: bool = True) -> Mapping[str, Any]:
    attributes = {"sub": "1", "email": email, "email_verified": verified, "name": "Connie Nito"}
    return {
        "Username": email,
        "Enabled": enabled,
        "UserStatus": "CONFIRMED",
        "Attributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
    }


EXPORTS: Mapping[str, Any] = {
    "realm.json": {
        "users": [_keycloak("kay"), _keycloak("kim", "pbkdf2-sha512"), _keycloak("gone", enabled=False)],
    },
    "pool.json": {
        "Users": [_cognito("connie@example.org"), _cognito("unverified@example.org", verified="false")],
    },
}
"""What the other systems export, by the names that the pages give."""
