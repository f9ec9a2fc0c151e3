"""Keep a function's process when its handler raises, as the managed runtimes do.

MiniStack kills the process, so every 401 of the authorizer (an exception, by contract) would be followed by a cold
start. On AWS only a crash or a timeout resets the environment. The worker reports the exception as an outcome, and the
outcome is turned back into an error after MiniStack has decided the process's fate.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

KILLS = '{"status": "error", "error": str(e), "trace"'
REPORTS = '{"status": "ok", "raised": str(e), "trace"'


def install(emulator: Emulator) -> None:
    """Close the gap.

    Raises:
        RuntimeError: the worker script has changed.
    """
    workers = emulator.workers
    if workers._PYTHON_WORKER_SCRIPT.count(KILLS) != 1:
        message = "MiniStack's Python worker reports exceptions in another way"
        raise RuntimeError(message)
    workers._PYTHON_WORKER_SCRIPT = workers._PYTHON_WORKER_SCRIPT.replace(KILLS, REPORTS)

    @around(workers.Worker, "invoke")
    def invoke(original: AnyCallable, worker: Any, *arguments: Any, **named: Any) -> Document:
        response: Document = original(worker, *arguments, **named)
        if "raised" in response:
            response.update(status="error", error=response.pop("raised"))
        return response
