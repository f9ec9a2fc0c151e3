"""Files of other projects that the repository holds itself, for the notice and the lists of parts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import licences

_ACCOUNTS = "layers/common/gatehouse/domain/accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of another project.

    Attributes:
        path: Below the root of the repository.
        licence: An SPDX identifier.
        text: The file with the licence's text.
        purl: The package URL, or empty where the file is no package.
    """

    name: str
    version: str
    path: str
    licence: str
    text: str
    purl: str = ""

    def component(self, sources: Path) -> Mapping[str, Any]:
        """Describe the file as a component of CycloneDX."""
        digest = hashlib.sha256((sources / self.path).read_bytes()).hexdigest()
        return {
            "bom-ref": self.path,
            "hashes": [{"alg": "SHA-256", "content": digest}],
            "licenses": [{"license": {"id": self.licence}}],
            "name": self.name,
            **({"purl": self.purl} if self.purl else {}),
            "type": "library" if self.purl else "data",
            **({"version": self.version} if self.version else {}),
        }

    def package(self, sources: Path) -> licences.Package:
        """Return what the notice says of it."""
        text = (sources / self.text).read_text(encoding="utf-8")
        return licences.Package(name=self.name, version=self.version, licence=self.licence, texts=(text,))


PASSWORDS = File(
    name="Django's list of common passwords",
    version="",
    path=f"{_ACCOUNTS}/breached_passwords.txt.gz",
    licence="BSD-3-Clause",
    text=f"{_ACCOUNTS}/breached_passwords.LICENSE",
)
HTMX = File(
    name="htmx.org",
    version="2.0.11",
    path="functions/store/static/htmx.min.js",
    licence="0BSD",
    text="functions/store/static/LICENSES.txt",
    purl="pkg:npm/htmx.org@2.0.11",
)

OF_STACK = (PASSWORDS, HTMX)
OF_COMMAND_LINE = (PASSWORDS,)


def add(files: Sequence[File], sources: Path, bill: Path) -> None:
    """Add files to a list of parts."""
    listed = json.loads(bill.read_text(encoding="utf-8"))
    listed["components"] += [one.component(sources) for one in files]
    listed["dependencies"] += [{"ref": one.path} for one in files]
    bill.write_text(json.dumps(listed, indent=2, sort_keys=True) + "\n", encoding="utf-8")
