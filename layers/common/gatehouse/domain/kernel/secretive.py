"""Values with fields that are never printed: neither by a log line nor by a traceback that shows variables."""

from typing import Any, ClassVar

import msgspec


class Secretive(msgspec.Struct, frozen=True):
    """A value whose `SECRETS` are left out of its representation. msgspec has no such option for a field."""

    SECRETS: ClassVar[frozenset[str]]

    def __repr__(self) -> str:
        """Return the other fields."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Return the other fields, for `rich`."""
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.SECRETS]
