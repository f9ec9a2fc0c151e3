"""A certificate for the DynamoDB of a run, and a bundle of authorities as long as a real one with ours at its end."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench.environment import LAYER

HOST = "dynamodb.bench"
AMAZON_ROOTS = LAYER / "gatehouse" / "storage" / "aws" / "amazon_roots.pem"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files for the server, and for its clients: a system's bundle, and the few authorities of Amazon, with ours."""

    server: Path
    bundle: Path
    amazon: Path


def make(folder: Path) -> Certificates:
    """Write both into the folder."""
    authority = trustme.CA()
    made = Certificates(folder / "server.pem", folder / "bundle.pem", folder / "amazon.pem")
    authority.issue_cert("127.0.0.1", HOST).private_key_and_cert_chain_pem.write_to_path(made.server)
    system = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    trusted = Path(system).read_bytes() if Path(system).exists() else b""
    made.bundle.write_bytes(trusted + authority.cert_pem.bytes())
    made.amazon.write_bytes(AMAZON_ROOTS.read_bytes() + authority.cert_pem.bytes())
    for file in (made.bundle, made.amazon):
        file.chmod(0o644)
    return made
