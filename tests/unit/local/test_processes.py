"""A service is stopped when it has ended, whether or not whoever started it asked how."""

import json
import subprocess
import sys
from pathlib import Path

import psutil

from local import processes
from tests.template import ROOT


def test_a_process_whose_parent_has_not_asked_how_it_ended_is_stopped_at_once(tmp_path: Path) -> None:
    started = subprocess.Popen((sys.executable, "-c", "import time; time.sleep(60)"))
    identity = {"pid": started.pid, "created": psutil.Process(started.pid).create_time(), "fingerprint": ""}
    processes.pid_file(tmp_path, "idle").write_text(json.dumps(identity), encoding="utf-8")
    stop = f"from pathlib import Path; from local import processes; processes.stop(Path({str(tmp_path)!r}), 'idle')"

    subprocess.run((sys.executable, "-c", stop), cwd=ROOT, check=True, timeout=processes.STOP_SECONDS / 2)  # noqa: S603

    assert processes.find(tmp_path, "idle") is None
    started.wait()
