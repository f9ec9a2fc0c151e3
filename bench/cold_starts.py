"""Cold and warm starts of one built function in the Lambda image, with the CPU that Lambda gives a memory size.

The runtime emulator's REPORT line is no use here (its init is about 0 and its memory the size that was asked for),
so its info log is read: `INIT REPORT(durationMs: ...)` and one `INVOKE RTDONE(... duration: ...)` per call. The peak
is the kernel's VmHWM of the Python process. DynamoDB is reached over TLS, with as many trusted authorities as AWS has.
Not in it: the download of the code, and the start of the sandbox; and Lambda lends more CPU during init.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from bench import certificates
from bench.certificates import Certificates
from local import docker_bridge, toolchain
from local.deployment import architecture

IMAGE = "public.ecr.aws/lambda/python:3.13"
MEMORY_MB_OF_A_CPU = 1769
_WARM_CALLS = 10
_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
_ESTIMATE = """
import time, app
cpu_ms = time.process_time() * 1000
with open('/proc/self/status') as status: print(cpu_ms, int(status.read().split('VmHWM:')[1].split()[0]) / 1024)
"""
"""It imports nothing for itself: what a function does not import anyway would be added to its start."""
_PYTHON = "/var/lang/bin/python3.13"
_IMPORT = (
    "import sys, time; sys.path[:0] = ['/var/task', '/opt/python']; before = len(sys.modules);"
    " import app; print(len(sys.modules) - before, time.process_time() * 1000)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function to start: its code, its layer, its variables and an event it answers with success."""

    name: str
    code: Path
    layer: Path | None
    environment: Mapping[str, str]
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start and the calls after it, in milliseconds and MiB."""

    init_ms: float
    first_ms: float
    warm_ms: float
    peak_mib: float


def is_possible() -> str | None:
    """Return why cold starts cannot be measured here, or None."""
    if not docker_bridge.answers():
        return "no Docker answers"
    return None if docker_bridge.has_image(IMAGE) else f"the image {IMAGE} is not here and cannot be pulled"


def start(function: Function, trusted: Certificates, host: str, memory_mb: int, cpus: float) -> Start:
    """Start a container, call it, read its log, remove it."""
    run = ["docker", "run", "-d", "-p", "127.0.0.1::8080", *_arguments(function, trusted, host)]
    run += [f"--cpus={cpus:.3f}", f"-m={max(memory_mb, 128)}m", "-e", f"AWS_LAMBDA_FUNCTION_MEMORY_SIZE={memory_mb}"]
    container = _output(*run, IMAGE, "app.handler")
    try:
        url = f"http://{_output('docker', 'port', container, '8080').splitlines()[0]}"
        _wait(url)
        for _ in range(1 + _WARM_CALLS):
            _call(url, function)
        pid = next(
            line.split()[0]
            for line in _output("docker", "top", container, "-eo", "pid,comm").splitlines()[1:]
            if line.split()[1].startswith("python")
        )
        peak = int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
        time.sleep(0.2)
        log = _log(container)
    finally:
        subprocess.run(["docker", "rm", "-f", container], capture_output=True, check=False)
    (init, *_) = [float(one) for one in re.findall(r"INIT REPORT\(durationMs: ([\d.]+)", log)]
    calls = [float(one) for one in re.findall(r"INVOKE RTDONE\(.*?duration: ([\d.]+)ms\)", log)]
    return Start(init, calls[0], median(calls[1:]), peak)


def estimate(function: Function, runtime: Path, memory_mb: int) -> Start:
    """Estimate a cold start without Docker: CPU from Python's start to the import's end, by the share of a CPU.

    `first_ms` and `warm_ms` are not measured. Nothing else is on the path than in Lambda: what a
    package imports only where it is installed would cost time that it does not cost there.
    """
    paths = [str(function.code), *([str(function.layer / "python")] if function.layer else []), str(runtime)]
    environment = {**function.environment, "PYTHONPATH": ":".join(paths)}
    done = subprocess.run([sys.executable, "-S", "-c", _ESTIMATE], env=environment, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{function.name}: {done.stderr.decode()}")
    cpu_ms, peak = map(float, done.stdout.split())
    return Start(cpu_ms * MEMORY_MB_OF_A_CPU / memory_mb, 0, 0, peak)


@contextmanager
def lambda_runtime(python: Path) -> Generator[Path]:
    """Make a folder with the packages of the Lambda runtime and no other, from an environment that has them.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
    """
    (packages,) = python.parent.parent.glob("lib/python*/site-packages")
    with tempfile.TemporaryDirectory() as folder:
        for name in _RUNTIME:
            (Path(folder) / name).symlink_to(packages / name)
        yield Path(folder)


def imports(function: Function, trusted: Certificates, host: str) -> tuple[int, float]:
    """Return how many modules importing the function brings, and the CPU milliseconds from Python's start to its end.

    CPU does not depend on what else this machine does, as the milliseconds of a clock do.
    """
    arguments = _arguments(function, trusted, host)
    modules, cpu_ms = _output(
        "docker", "run", "--rm", "--entrypoint", _PYTHON, *arguments, IMAGE, "-c", _IMPORT
    ).split()
    return int(modules), float(cpu_ms)


def slowest_imports(function: Function, trusted: Certificates, host: str) -> list[tuple[float, str]]:
    """Return what importing the function spends its time on: own milliseconds by module, the slowest first."""
    arguments = _arguments(function, trusted, host)
    command = ["docker", "run", "--rm", "--entrypoint", _PYTHON, *arguments, IMAGE, "-X", "importtime", "-c"]
    done = subprocess.run([*command, _IMPORT], capture_output=True, text=True, check=True)
    rows = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)", done.stderr)
    return sorted(((int(own) / 1000, name) for own, name in rows), reverse=True)[:15]


def _arguments(function: Function, trusted: Certificates, host: str) -> list[str]:
    variables = {
        **function.environment,
        "LOG_LEVEL": "INFO",
        "SSL_CERT_FILE": "/bundle.pem",
        "AWS_CA_BUNDLE": "/bundle.pem",
        "PYTHONHASHSEED": "",
        "PYTHONPATH": "",
    }
    arguments = ["--read-only", "--tmpfs=/tmp", "--user=993:990", f"--add-host={certificates.HOST}:{host}"]
    arguments += [f"-v={function.code}:/var/task:ro", f"-v={trusted.bundle}:/bundle.pem:ro"]
    if function.layer:
        arguments.append(f"-v={function.layer}:/opt:ro")
        roots = "python/gatehouse/storage/aws/amazon_roots.pem"
        arguments += [f"-v={trusted.amazon}:/opt/{roots}:ro"] if (function.layer / roots).exists() else []
    arguments += [f"-v={_emulator()}:/usr/local/bin/aws-lambda-rie:ro"]
    return [*arguments, *(part for name, value in variables.items() if value for part in ("-e", f"{name}={value}"))]


@cache
def _emulator() -> Path:
    """Return the runtime emulator that SAM brings, for images without one."""
    pattern = f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture()}"
    return next(toolchain.ensure("sam").parent.glob(pattern))


def _call(url: str, function: Function) -> None:
    path = "/2015-03-31/functions/function/invocations"
    with urllib.request.urlopen(url + path, json.dumps(function.event).encode(), timeout=60) as response:  # noqa: S310
        answer = json.load(response)
    if "errorType" in answer or answer.get("statusCode", 200) != 200:
        raise RuntimeError(f"{function.name}: {answer}")


def _wait(url: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.025)
        else:
            return


def _log(container: str) -> str:
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def _output(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))[:300]}: {done.stderr}")
    return done.stdout.strip()
