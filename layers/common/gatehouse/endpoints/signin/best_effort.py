"""Steps after which a sign-in is as good as before them: an outage leaves them undone, and the sign-in goes on."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError

_logger = logging.getLogger("gatehouse")


@contextmanager
def best_effort(step: str) -> Generator[None]:
    """Leave a step undone where a table is throttled or out of reach; a line of the log, at WARN, names it.

    It is for what follows a proof that cannot be given twice, such as a code: to answer 503 would waste that.
    """
    try:
        yield
    except TemporarilyUnavailableError as error:
        _logger.warning("left undone", extra={"fields": {"step": step, "reason": error.reason}})
