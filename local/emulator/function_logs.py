"""Write what the functions print to a file, beside the log group that MiniStack keeps in memory.

The file is the one named by the environment variable FUNCTION_LOG; a function that fails before it can print leaves its
error there too, as the platform does on AWS.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

import os
import threading
from pathlib import Path
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

LOCK = threading.Lock()


def install(emulator: Emulator) -> None:
    """Close the gap."""
    functions = emulator.functions
    file = Path(os.environ.pop("FUNCTION_LOG"))

    @around(functions, "_execute_function_warm")
    def keep_the_error(original: AnyCallable, *arguments: Any) -> Document:
        result: Document = original(*arguments)
        if result.get("error") and not result.get("log"):
            result["log"] = str(result.get("body"))
        return result

    @around(functions, "_emit_lambda_logs")
    def write(
        original: AnyCallable, function: Document, request_id: str, text: str, *rest_of: Any, **named: Any
    ) -> None:
        original(function, request_id, text, *rest_of, **named)
        name = (function.get("config") or function).get("FunctionName")
        if text:
            with LOCK, file.open("a", encoding="utf-8") as log:
                log.writelines(f"{name} {request_id} {line}\n" for line in text.splitlines())
