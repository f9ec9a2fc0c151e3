"""`make down`: stop what `make up` started. What the stack knows stays for the next time."""

import shutil

from local import processes, services
from local.layout import Layout


def down(layout: Layout) -> None:
    """Stop the front, then MiniStack, which writes its state as it goes."""
    for name in (services.FRONT, services.EMULATOR):
        if processes.stop(layout.state, name):
            print(f"Stopped {name}")
    shutil.rmtree(layout.scratch, ignore_errors=True)


if __name__ == "__main__":
    down(Layout.from_environment())
