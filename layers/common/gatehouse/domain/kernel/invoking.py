"""Asking another function of this deployment to do something, and waiting for what it says."""

from typing import Any, Protocol


class FunctionInvoker(Protocol):
    """Invokes one function."""

    def invoke(self, event: Any) -> Any:
        """Return what the function answers to an event; both are JSON.

        Raises:
            BusyError: As many as may run at once are running. The function was not started.
            InvalidInputError: The event is larger than Lambda takes.
            TemporarilyUnavailableError: Whether the function did it is not known.
        """
        ...
