"""`make site`: write the reference pages, build the documentation site into `.site`, and serve it until interrupted.

`make site ARGS=--build` builds only. A link that leads nowhere fails the build.
"""

import argparse
import os
import subprocess

from local import reference, site_diagrams, toolchain
from local.layout import ROOT

ADDRESS = "127.0.0.1:8000"


def main() -> None:
    """Build and serve.

    Raises:
        SystemExit: The site could not be built.
    """
    parser = argparse.ArgumentParser(prog="make site", description=__doc__)
    parser.add_argument("--build", action="store_true", help="do not serve it")
    parser.add_argument("--address", default=ADDRESS, help=f"where to serve it: {ADDRESS}")
    given = parser.parse_args()
    mkdocs = toolchain.ensure("site") / "mkdocs"
    toolchain.ensure_npm(site_diagrams.PACKAGE)
    reference.write()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["NO_MKDOCS_2_WARNING"] = "1"
    # Not --quiet: what is not logged is not counted, and the build would pass.
    built = subprocess.run([mkdocs, "build"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        warnings = [line for line in built.stderr.splitlines() if not line.startswith("INFO")]
        raise SystemExit("\n".join(["make site: the site could not be built:", *warnings]))
    print("The site is in .site")
    if not given.build:
        print(f"It is served at http://{given.address}; Ctrl+C ends it.", flush=True)
        try:
            subprocess.run(
                [mkdocs, "serve", "--quiet", "--dev-addr", given.address], cwd=ROOT, env=environment, check=False
            )
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
