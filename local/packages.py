"""What `sam build` leaves undone: take out what never runs, and compile the rest ahead of time.

`/opt` and `/var/task` are read-only, so without bytecode beside them Lambda compiles every module again at every
cold start. SAM's Python builder strips bytecode, and dates in a package are not those of the sources; hence files
that are checked against nothing (PEP 552), compiled by the very Python version that the functions run on.
"""

import compileall
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

_RUNTIME = (3, 13)
_NEVER_IMPORTED = (
    "python/pycparser",  # cffi's compiler reads C with it; compiled bindings do not
    "python/pycparser-*.dist-info",
    "python/cffi",  # the same: at run time only _cffi_backend is imported
    "python/requirements.txt",
    "python/**/*.pyi",
    "python/**/tests",
)


def finish(build: Path) -> None:
    """Finish every function and layer of a SAM build folder, in place; `sam deploy` zips what is there."""
    if sys.version_info[:2] != _RUNTIME:
        raise SystemExit(f"Python {'.'.join(map(str, _RUNTIME))} compiles for Lambda; this is {sys.version}")
    for artifact in sorted(one for one in build.iterdir() if one.is_dir()):
        for pattern in _NEVER_IMPORTED:
            for path in sorted(artifact.glob(pattern)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        compileall.compile_dir(
            artifact, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, stripdir=str(artifact)
        )
