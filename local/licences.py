"""The licences of what is shipped: which there are, and their texts, from the metadata of the installed packages."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ALLOWED = frozenset({"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"})
"""What may be shipped with software under Apache 2.0 without obligations beyond its notice. By SPDX identifiers."""

_SPELT = {
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD-3-Clause license": "BSD-3-Clause",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
_TEXT = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice)[^/]*$")
_OPERATOR = re.compile(r"\s+(?:AND|OR)\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that is shipped.

    Attributes:
        licence: An SPDX expression, or what the package says instead.
        texts: Of its licence and its notices.
    """

    name: str
    version: str
    licence: str
    texts: Sequence[str]

    @property
    def is_allowed(self) -> bool:
        """Whether each licence of its expression is one of the allowed ones."""
        return set(_OPERATOR.split(self.licence.strip("()"))) <= ALLOWED


def installed(folder: Path) -> list[Package]:
    """List the packages that are installed in a folder, by name."""
    return _listed(distributions(path=[str(folder)]))


def named(names: Iterable[str]) -> list[Package]:
    """List packages of this Python's environment, by name.

    Raises:
        PackageNotFoundError: One is not installed.
    """
    return _listed(Distribution.from_name(name) for name in names)


def _listed(found: Iterable[Distribution]) -> list[Package]:
    packages = [
        Package(name=one.metadata["Name"], version=one.version, licence=_licence(one), texts=_texts(one))
        for one in found
    ]
    return sorted(packages, key=lambda one: one.name.lower())


def _licence(one: Distribution) -> str:
    metadata = one.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classified = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier", []) if "License ::" in text]
    said = [text for text in (str(metadata.get("License") or ""), *classified) if text and "\n" not in text]
    return next((_SPELT.get(text, text) for text in said if _SPELT.get(text, text) in ALLOWED or text in _SPELT), "")


def _texts(one: Distribution) -> Sequence[str]:
    paths = sorted(path for path in one.files or () if ".dist-info/" in str(path) and _TEXT.search(str(path)))
    return [Path(path.locate()).read_text(encoding="utf-8", errors="replace") for path in paths if path.suffix != ".py"]


def page(packages: Sequence[Package]) -> str:
    """Write the notice of the packages that are shipped, with the texts of their licences."""
    parts = ["Gatehouse is licensed under the Apache License 2.0. It is shipped with these packages."]
    for one in packages:
        parts += [
            "=" * 80,
            f"{one.name} {one.version}".strip() + f", {one.licence}",
            *(text.strip() for text in one.texts),
        ]
    return "\n\n".join(parts) + "\n"
