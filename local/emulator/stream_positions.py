"""Let stream mappings read on after a restart, and those that begin at LATEST miss what comes in their first seconds.

MiniStack keeps over a restart how far each mapping has read a table's stream, but not the stream's records: they
begin at 0 again, and a mapping would miss as many as it had read before. So every mapping begins with the stream.

On AWS it takes minutes until a new mapping is read. One that begins at LATEST misses the records of that time.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
https://docs.aws.amazon.com/lambda/latest/dg/msk-starting-positions.html
"""

import contextvars
import importlib
import threading
from typing import Any

from local.emulator.patching import AnyCallable, Emulator, around

FIRST_READ_SECONDS = 10


def install(emulator: Emulator) -> None:
    """Close the gap, whether MiniStack has restored its state already or will."""
    positions: Any = getattr(emulator.functions, "_dynamodb_stream_positions")  # noqa: B009 - it is private to MiniStack

    def begin() -> None:
        positions._data.update(dict.fromkeys(positions._data, 0))

    begin()

    @around(emulator.functions, "_restore_esm_positions")
    def restore(original: AnyCallable, store: Any, restored: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        original(store, restored)
        if store is positions:
            begin()

    miss_the_first_seconds(emulator, positions)


def miss_the_first_seconds(emulator: Emulator, positions: Any) -> None:
    """Move a mapping at LATEST behind the records of its first seconds."""
    functions, tables = emulator.functions, importlib.import_module("ministack.services.dynamodb")

    @around(functions, "_init_stream_position")
    def start(original: AnyCallable, mapping: str, source: str, starting: str) -> None:
        original(mapping, source, starting)
        if starting == "LATEST" and mapping in positions:
            table = source.partition("/stream/")[0].rpartition("/")[2]
            context = contextvars.copy_context()  # it says whose tables these are

            def skip() -> None:
                positions[mapping] = tables.stream_end_position(table)

            late = threading.Timer(FIRST_READ_SECONDS, context.run, (skip,))
            late.daemon = True
            late.start()
