"""Know where the log lines of an invocation end, instead of waiting for more of them.

MiniStack's worker prints its answer to one pipe and the function's log lines to another. It waits 50 ms for a first
line after each answer, and 5 ms after the last one. Here the worker prints a mark behind the lines of each invocation,
and the lines are read up to the mark: there is nothing to wait for, and no line is lost or taken for the next call's.
"""

import queue
import time
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

ANSWERS = """        _real_stdout.flush()

run()
"""
MARK = "\x1eend of "
MARKS_AND_ANSWERS = (
    """        sys.stderr.flush()
        os.write(2, ("\\x1eend of " + context.aws_request_id + "\\n").encode())
"""
    + ANSWERS
)
PATIENCE_SECONDS = 5
"""The mark is in the pipe before the answer is; this only bounds a machine that hands it over late."""
POLL_SECONDS = 0.05


def install(emulator: Emulator) -> None:
    """Close the gap.

    Raises:
        RuntimeError: the worker script has changed.
    """
    workers = emulator.workers
    if workers._PYTHON_WORKER_SCRIPT.count(ANSWERS) != 1:
        message = "MiniStack's Python worker answers in another way"
        raise RuntimeError(message)
    workers._PYTHON_WORKER_SCRIPT = workers._PYTHON_WORKER_SCRIPT.replace(ANSWERS, MARKS_AND_ANSWERS)

    @around(workers.Worker, "invoke")
    def invoke(original: AnyCallable, worker: Any, event: Any, request_id: str, **named: Any) -> Document:
        worker.log_mark = MARK + request_id
        response: Document = original(worker, event, request_id, **named)
        return response

    @around(workers.Worker, "_drain_stderr_bounded")
    def drain(_original: AnyCallable, worker: Any) -> str:
        return "\n".join(lines_to_mark(worker))


def lines_to_mark(worker: Any) -> list[str]:
    """Return what the function has printed, once the mark of this invocation has arrived or the process has ended."""
    lines: list[str] = []
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        try:
            line = worker._stderr_queue.get(timeout=POLL_SECONDS)
        except queue.Empty:
            if worker._stderr_thread.is_alive():
                continue
            break
        text, mark, request_id = line.partition(MARK)
        if text or not mark:
            lines.append(text)
        if mark and mark + request_id == worker.log_mark:
            break
    return lines
