"""What `sam build` cannot do to the template: say which build it is, and allow nothing that was not built.

The source template refuses to be deployed: its parameter `Build` has one allowed value, which its rule refuses. A
stack that is deployed already would keep the value that it has, so the built template's value is another one.
"""

from pathlib import Path
from typing import Any

import yaml

from local import fingerprints
from local.layout import ROOT

NOT_BUILT, BUILT = "none", "complete"


def of_sources() -> str:
    """Name the build by the content of what is built: the same sources make the same version anywhere."""
    return fingerprints.of([ROOT / name for name in ("template.yaml", "functions", "layers")])[:12]


def mark(template: Path, architecture: str) -> None:
    """Make a built template deployable, with the architecture that was built and no other."""
    document: dict[str, Any] = yaml.safe_load(template.read_text(encoding="utf-8"))
    parameters = document["Parameters"]
    parameters["Architecture"] |= {
        "Default": architecture,
        "AllowedValues": [architecture],
        "ConstraintDescription": f"{architecture}, which this package was built for; make deploy builds for another",
    }
    if "Build" in parameters:
        parameters["Build"] |= {"Default": BUILT, "AllowedValues": [BUILT]}
        version = of_sources()
        document["Globals"]["Function"]["Environment"]["Variables"]["BUILD_VERSION"] = version
        document["Outputs"]["BuildVersion"]["Value"] = version
    template.write_text(yaml.safe_dump(document, sort_keys=False, width=10_000), encoding="utf-8")
