"""Where a local stack lives: its ports and its folder. PORT_OFFSET moves both, so that several run side by side."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[1]
HIGHEST_OFFSET = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The ports of WSO2 (8243 and 8280) and of MiniStack (4566), moved by an offset."""

    offset: int
    directory: Path

    @classmethod
    def from_environment(cls) -> Self:
        """Read PORT_OFFSET.

        Raises:
            SystemExit: it is not a number of ports that can be added.
        """
        text = os.environ.get("PORT_OFFSET") or "0"
        if not text.isascii() or not text.isdigit() or int(text) > HIGHEST_OFFSET:
            message = f"PORT_OFFSET is a number from 0 to {HIGHEST_OFFSET}, not {text!r}"
            raise SystemExit(message)
        offset = int(text)
        return cls(offset=offset, directory=ROOT / ".local" / f"offset-{offset}" if offset else ROOT / ".local")

    @property
    def emulator_port(self) -> int:
        """Where MiniStack serves the AWS APIs."""
        return 4566 + self.offset

    @property
    def tls_port(self) -> int:
        """Where the front serves HTTPS."""
        return 8243 + self.offset

    @property
    def plain_port(self) -> int:
        """Where the front serves HTTP."""
        return 8280 + self.offset

    @property
    def ports(self) -> tuple[int, int, int]:
        """All of them."""
        return self.emulator_port, self.tls_port, self.plain_port

    @property
    def outside(self) -> Path:
        """What stands for hosts outside: the authority of their certificates. Missing unless somebody plays them."""
        return self.directory / "outside"

    @property
    def outside_hosts(self) -> dict[str, int]:
        """Names of such hosts, each with its port on loopback; the last one is the public resolver of DNS."""
        names = [*(f"outside-{index}.example" for index in range(4)), "dns.google"]
        return {name: 9500 + self.offset + index for index, name in enumerate(names)}

    @property
    def aws_endpoint_url(self) -> str:
        """The address that every AWS client of the local stack is given."""
        return f"http://127.0.0.1:{self.emulator_port}"

    @property
    def mails_url(self) -> str:
        """Where MiniStack answers what was sent through SES, as JSON."""
        return f"{self.aws_endpoint_url}/_ministack/ses/messages"

    @property
    def mail_view_url(self) -> str:
        """Where a person reads it."""
        return f"{self.aws_endpoint_url}/_ministack/mails"

    @property
    def base_url(self) -> str:
        """The issuer, and the address of the token service."""
        return f"https://localhost:{self.tls_port}"

    @property
    def http_base_url(self) -> str:
        """The same without TLS."""
        return f"http://localhost:{self.plain_port}"

    @property
    def state(self) -> Path:
        """What `make reset` clears: everything that a stack remembers or prints."""
        return self.directory / "state"

    @property
    def scratch(self) -> Path:
        """MiniStack's temporary files; worth nothing once it has stopped."""
        return self.state / "tmp"

    @property
    def logs(self) -> Path:
        """What the processes and SAM print."""
        return self.state / "logs"

    @property
    def function_log(self) -> Path:
        """What the Lambda functions print."""
        return self.logs / "functions.log"

    @property
    def stack_file(self) -> Path:
        """Where the stack is, for people and tests."""
        return self.directory / "stack.json"

    @property
    def demo_file(self) -> Path:
        """Who is in it, for people and tests."""
        return self.directory / "demo.json"
