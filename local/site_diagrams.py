"""A hook of MkDocs: the program that draws the diagrams is served by the site itself.

Diagrams are blocks of Mermaid, which GitHub draws by itself. The theme would load Mermaid from another host, unless the
page has it already: `mkdocs.yml` names the file that is added here. Its version is 11.12, since the theme's colours do
not reach arrowheads and lines of later ones: 11.16 draws them dark in the dark scheme.
"""

import shutil
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent / "tools" / "site-diagrams"
_PROGRAM = PACKAGE / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"


def on_post_build(config: Any, **_: Any) -> None:
    """Add Mermaid to the site that was built; called by MkDocs. `make site` has installed it."""
    folder = Path(config["site_dir"]) / "javascripts"
    folder.mkdir(exist_ok=True)
    shutil.copy(_PROGRAM, folder / "mermaid.js")
