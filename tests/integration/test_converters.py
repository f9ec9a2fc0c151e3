"""The programs from npm that the guides name for OpenAPI documents write what can be published."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.endpoints.publisher import documents
from local import toolchain
from tests.deployed import ROOT

FOLDER = ROOT / "local" / "tools" / "openapi-converters"
PAGE = (ROOT / "docs" / "how-to" / "publish.md").read_text(encoding="utf-8")
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "books", "version": "1.0.0"},
    "paths": {
        "/books": {"get": {"security": [{"gatehouse": ["read"]}], "responses": {"200": {"description": "Books"}}}}
    },
    "securityDefinitions": {
        "gatehouse": {
            "type": "oauth2",
            "flow": "application",
            "tokenUrl": "https://localhost/token",
            "scopes": {"read": "Read"},
        }
    },
}

pytestmark = pytest.mark.more  # npm installs them


def run(program: str, document: str, folder: Path) -> dict[str, Any]:
    """Run a command of the page on a document; return what it writes, which Gatehouse finds valid."""
    (command,) = re.findall(rf"`(npx {re.escape(program)} [^`]+)`", PAGE)
    toolchain.ensure_npm(FOLDER)
    written = folder / "openapi.yaml"
    words = command.replace("FILE", document).replace("openapi.yaml", str(written)).split()
    npx = shutil.which("npx")
    assert npx, "install npm"
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run(  # noqa: S603
        [npx, "--no-install", *words[1:]], cwd=FOLDER, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    read = documents.load(written.read_bytes())
    documents.validate(read)
    return read


def test_a_swagger_document_is_converted(tmp_path: Path) -> None:
    source = tmp_path / "swagger.yaml"
    source.write_text(yaml.safe_dump(SWAGGER), encoding="utf-8")

    with pytest.raises(InvalidInputError, match="npx swagger2openapi FILE --outfile"):
        documents.validate(documents.load(source.read_bytes()))
    read = run("swagger2openapi", str(source), tmp_path)

    assert read["paths"]["/books"]["get"]["security"] == [{"gatehouse": ["read"]}]


def test_references_to_other_files_are_bundled(tmp_path: Path) -> None:
    source = tmp_path / "source.yaml"
    document = {**SWAGGER, "openapi": "3.0.3", "paths": {"/books": {"$ref": "books.yaml"}}}
    del document["swagger"], document["securityDefinitions"]
    source.write_text(yaml.safe_dump(document), encoding="utf-8")
    (tmp_path / "books.yaml").write_text(yaml.safe_dump(SWAGGER["paths"]["/books"]), encoding="utf-8")

    read = run("@redocly/cli", str(source), tmp_path)

    assert read["paths"]["/books"]["get"]["responses"] == {"200": {"description": "Books"}}
