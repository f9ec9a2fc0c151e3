"""The calls that `make up` ends with: real curl, each line as anyone can type it, and its answer."""

import json
import shlex
import subprocess
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from local import demo_data
from local.layout import Layout
from local.stacks import EXAMPLES

# base64 of the documents' key pair
BASIC = "Basic d1U2MkRqbHlEQm5xODdHbEJ3cGxmcXZtQWJBYTprc2RTZG9lZkREUDd3cGFFbGZxdm1qRHVl"
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What curl printed, taken apart."""

    status: int
    body: str

    def json(self) -> dict[str, Any]:
        """Read the body."""
        return json.loads(self.body)


def curl(expected_status: int, *arguments: str) -> Answer:
    """Run curl, show the line and the answer.

    Raises:
        SystemExit: there is no curl, no answer, or another status than expected.
    """
    command = ("curl", "-sS", "-i", "-k", *arguments)
    print(f"\n$ {shlex.join(command)}", flush=True)
    try:
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise SystemExit("the calls that show the stack need curl: please install it") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"curl failed: {error.stderr}") from None
    print(shown.rstrip(), flush=True)
    head, _, body = shown.replace("\r\n", "\n").partition("\n\n")
    status = int(head.split()[1])
    if status != expected_status:
        raise SystemExit(f"expected {expected_status}, got {status}: see the log files in .local")
    return Answer(status=status, body=body)


def obtain(layout: Layout, scope: str) -> str:
    """Get an access token for the demo's first user by the password grant."""
    organisation = demo_data.ORGANISATIONS[0]
    user = organisation.users[0]
    fields = {
        "grant_type": "password",
        "username": f"{user.username}@{organisation.key}",
        "password": user.password,
        "scope": scope,
    }
    form = urlencode(fields, safe="@")
    answer = curl(200, "-d", form, "-H", f"Authorization: {BASIC}", "-H", FORM, f"{layout.base_url}/token")
    return answer.json()["access_token"]


def run(layout: Layout) -> None:
    """Show a token, what it opens, and what it does not."""
    orders = f"{EXAMPLES[0].url(layout)}/orders"
    reader = f"Authorization: Bearer {obtain(layout, 'read')}"
    curl(200, "-H", reader, orders)
    refused = curl(403, "-H", reader, "-H", JSON, "-d", '{"item": "tea"}', orders)
    if refused.json()["code"] != "900910":
        raise SystemExit("the refusal does not name the missing scope")
    writer = f"Authorization: Bearer {obtain(layout, 'read update')}"
    curl(201, "-H", writer, "-H", JSON, "-d", '{"item": "tea"}', orders)
    curl(401, orders)
