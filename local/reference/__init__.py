"""Reference pages that are generated from the code, the template and the OpenAPI documents.

`make reference` writes them, and a unit test compares them with what would be written (docs/decisions/0350).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from local.layout import ROOT
from local.reference import audit_events, command_line, data_model, errors, http_apis, parameters, settings

FOLDER = ROOT / "docs" / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "audit-events.md": audit_events.page,
    "command-line.md": command_line.page,
    "data-model.md": data_model.page,
    "errors.md": errors.page,
    "http-apis.md": http_apis.page,
    "parameters.md": parameters.page,
    "settings.md": settings.page,
}


def write(folder: Path = FOLDER) -> None:
    """Write every page, and remove those of other versions."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        path.unlink()
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
