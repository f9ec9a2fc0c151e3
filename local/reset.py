"""`make reset`: stop the stack and forget what it knew."""

import shutil

from local.down import down
from local.layout import ROOT, Layout


def reset(layout: Layout) -> None:
    """Clear the state and the files that describe it; a stack at an offset leaves no folder behind."""
    down(layout)
    shutil.rmtree(layout.state, ignore_errors=True)
    layout.stack_file.unlink(missing_ok=True)
    layout.demo_file.unlink(missing_ok=True)
    if layout.offset:
        shutil.rmtree(layout.directory, ignore_errors=True)


if __name__ == "__main__":
    layout = Layout.from_environment()
    reset(layout)
    print(f"Forgot everything in {layout.directory.relative_to(ROOT)}")
