"""The two background processes of a local stack: MiniStack with its gaps closed, and the front."""

import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import httpx

from local import aws, fingerprints, processes
from local.front.certificate import Certificate
from local.front.settings import Route, Settings
from local.layout import ROOT, Layout
from local.processes import Service

EMULATOR = "ministack"
FRONT = "front"
SOCKETS = ROOT / "local" / "sockets.py"


def emulator(layout: Layout, tools: Path) -> Service:
    """MiniStack, bound to loopback, keeping its state over a restart; Docker is out of its reach."""
    if not processes.find(layout.state, EMULATOR):
        shutil.rmtree(layout.scratch, ignore_errors=True)  # code that the functions ran from, until it went
    directories = {
        "STATE_DIR": layout.state / "ministack",
        "S3_DATA_DIR": layout.state / "s3",
        "TMPDIR": layout.scratch,
    }
    for directory in (*directories.values(), layout.logs):
        directory.mkdir(parents=True, exist_ok=True)
    settings = {name: str(directory) for name, directory in directories.items()} | {
        "GATEWAY_PORT": str(layout.emulator_port),
        "BIND_HOST": "127.0.0.1",
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{layout.state}/no-docker.sock",
        "FRONT_KEY": front_key(layout),
        "FUNCTION_LOG": str(layout.function_log),
        "UNDOCUMENTED": os.environ.get("UNDOCUMENTED", ""),
        # It reads the issuer's keys, for JWT authorizers, from the front.
        "SSL_CERT_FILE": str(Certificate.ensure(layout.state / "tls").authority),
    }
    environment = {name: value for name, value in aws.environment(layout).items() if not name.startswith("AWS_")}
    return Service(
        name=EMULATOR,
        directory=layout.state,
        command=(str(tools / "python"), "-m", "local.emulator"),
        environment=environment | settings,
        ports=(layout.emulator_port,),
        fingerprint=fingerprints.of([ROOT / "local" / "emulator", ROOT / "local" / "tools", SOCKETS], settings),
        is_ready=lambda: answers(f"{layout.aws_endpoint_url}/_ministack/ready"),
    )


def front(layout: Layout, routes: Sequence[Route]) -> Service:
    """The front, told by a file where to listen and which APIs are behind it."""
    certificate = Certificate.ensure(layout.state / "tls")
    settings = Settings(
        tls_port=layout.tls_port,
        plain_port=layout.plain_port,
        certificate=str(certificate.chain),
        private_key=str(certificate.private_key),
        upstream_port=layout.emulator_port,
        routes=tuple(routes),
    )
    file = layout.state / "front.json"
    file.write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")
    key = front_key(layout)
    return Service(
        name=FRONT,
        directory=layout.state,
        command=(sys.executable, "-m", "local.front", str(file)),
        environment=dict(os.environ) | {"FRONT_KEY": key},
        ports=(layout.tls_port, layout.plain_port),
        fingerprint=fingerprints.of([ROOT / "local" / "front", SOCKETS], asdict(settings), key),
        is_ready=lambda: listens(layout.tls_port) and listens(layout.plain_port),
    )


def front_key(layout: Layout) -> str:
    """Find or make the secret by which MiniStack knows the front; a file only its owner can read."""
    file = layout.state / "front.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def answers(url: str) -> bool:
    """Tell whether an address answers with success."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def listens(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
