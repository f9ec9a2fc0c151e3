"""The front's own certificate authority and certificate, made once and kept, so that a client may trust it for good."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The files of a certificate: its chain, its key, and the authority that a client would trust."""

    chain: Path
    private_key: Path
    authority: Path

    @classmethod
    def ensure(cls, directory: Path) -> Self:
        """Find the certificate in a directory, or make it. The key is readable by its owner only, from the start."""
        files = cls(
            chain=directory / "certificate.pem",
            private_key=directory / "private-key.pem",
            authority=directory / "authority.pem",
        )
        if not files.chain.exists():
            directory.mkdir(parents=True, exist_ok=True)
            authority = trustme.CA()
            issued = authority.issue_cert(*NAMES)
            files.private_key.touch(mode=0o600)
            files.private_key.write_bytes(issued.private_key_pem.bytes())
            files.authority.write_bytes(authority.cert_pem.bytes())
            files.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        return files
