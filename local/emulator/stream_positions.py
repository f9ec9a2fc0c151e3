"""Let stream mappings read on after a restart.

MiniStack keeps over a restart how far each mapping has read a table's stream, but not the stream's records: they
begin at 0 again, and a mapping would miss as many as it had read before. So every mapping begins with the stream.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

from typing import Any

from local.emulator.patching import Advice, Emulator, around


def install(emulator: Emulator) -> None:
    """Close the gap, whether MiniStack has restored its state already or will."""
    positions: Any = getattr(emulator.functions, "_dynamodb_stream_positions")  # noqa: B009 - it is private to MiniStack

    def begin() -> None:
        positions._data.update(dict.fromkeys(positions._data, 0))

    begin()

    @around(emulator.functions, "_restore_esm_positions")
    def restore(original: Advice, store: Any, restored: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        original(store, restored)
        if store is positions:
            begin()
