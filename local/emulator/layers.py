"""Unpack each version of a layer once, for all environments that use it: it is read-only and the same for all on AWS.

MiniStack unpacks it anew for every environment, thousands of files, in the process that also answers requests: when
many environments start at once, nothing else is answered in time.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

import hashlib
import os
import shutil
import tempfile
import threading
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from local.emulator.patching import AnyCallable, Document, Emulator, around

VARIABLE = "_LAMBDA_LAYERS_DIRS"  # what MiniStack's Python worker reads
LOCK = threading.Lock()


def unpack(name: str, content: bytes) -> Path:
    """Return the folder of a layer version, unpacked if it was not yet; whole, or not there."""
    folder = Path(tempfile.gettempdir()) / "layers" / hashlib.sha256(name.encode()).hexdigest()[:16]
    with LOCK:
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            with zipfile.ZipFile(BytesIO(content)) as archive:
                archive.extractall(part)
            part.rename(folder)
    return folder


def install(emulator: Emulator) -> None:
    """Close the gap for functions in Python; the others have layers in more places than one variable."""
    functions = emulator.functions

    @around(emulator.workers.Worker, "_spawn")
    def spawn(original: AnyCallable, worker: Any) -> None:
        config: Document = worker.config
        references = [one if isinstance(one, str) else one.get("Arn", "") for one in config.get("Layers") or ()]
        if not references or not str(config.get("Runtime", "")).startswith("python"):
            return original(worker)
        contents = [(one, functions._resolve_layer_zip(one)) for one in references]
        folders = [str(unpack(name, content)) for name, content in contents if content]
        variables = {**config.get("Environment", {}).get("Variables", {}), VARIABLE: os.pathsep.join(folders)}
        worker.config = {**config, "Layers": [], "Environment": {"Variables": variables}}
        try:
            return original(worker)
        finally:
            worker.config = config
