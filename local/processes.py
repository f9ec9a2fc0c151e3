"""Background processes: started once, found again by pid file, stopped by pid and only if the pid is still theirs."""

import json
import math
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local.layout import ROOT

START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a pid file holds: a pid is reused, a pid with its time of birth is not."""

    pid: int
    created: float
    fingerprint: str

    def process(self) -> psutil.Process | None:
        """Find the process, if it is still the one that was started."""
        try:
            process = psutil.Process(self.pid)
            same_birth = math.isclose(process.create_time(), self.created, abs_tol=1)
            is_ours = same_birth and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if is_ours else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A process that should run: what it is called, what it runs, and what makes a restart necessary."""

    name: str
    directory: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: tuple[int, ...]
    fingerprint: str
    is_ready: Callable[[], bool]

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.directory / "logs" / f"{self.name}.log"

    def ensure(self) -> None:
        """Have it running as described: start it, or restart it if it runs as something else."""
        running = find(self.directory, self.name)
        if running and running.fingerprint == self.fingerprint and self.is_ready():
            return
        stop(self.directory, self.name)
        self.start()

    def start(self) -> None:
        """Start it in the background, in a session of its own so that no terminal takes it along.

        Raises:
            SystemExit: a port is taken, or it ended, or did not answer in time.
        """
        for port in self.ports:
            refuse_if_taken(port)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        identity = Identity(
            pid=started.pid, created=psutil.Process(started.pid).create_time(), fingerprint=self.fingerprint
        )
        pid_file(self.directory, self.name).write_text(json.dumps(asdict(identity)), encoding="utf-8")
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            if started.poll() is not None or time.monotonic() > deadline:
                stop(self.directory, self.name)
                message = f"{self.name} did not start; the end of {self.log}:\n{tail(self.log)}"
                raise SystemExit(message)
            time.sleep(0.1)


def refuse_if_taken(port: int) -> None:
    """See that a port is free, so that no answer of somebody else's is taken for ours.

    Raises:
        SystemExit: it is not.
    """
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        message = f"port {port} is taken ({error.strerror}): stop what has it, or move with PORT_OFFSET=100 make up"
        raise SystemExit(message) from error


def tail(file: Path, lines: int = 20) -> str:
    """Show the end of a log."""
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def pid_file(directory: Path, name: str) -> Path:
    """Where a running service is written down."""
    return directory / f"{name}.pid"


def find(directory: Path, name: str) -> Identity | None:
    """Find a service that runs."""
    try:
        identity = Identity(**json.loads(pid_file(directory, name).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    return identity if identity.process() else None


def stop(directory: Path, name: str) -> bool:
    """Stop a service if it runs, by force if it does not listen; tell whether it ran.

    It has ended also if whoever started it still lives and has not asked how it ended.
    """
    identity = find(directory, name)
    process = identity.process() if identity else None
    if process:
        process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while identity and identity.process():
            if time.monotonic() > deadline:
                process.kill()
                break
            time.sleep(0.05)
    pid_file(directory, name).unlink(missing_ok=True)
    return process is not None
