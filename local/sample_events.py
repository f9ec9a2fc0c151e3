"""The events in `events/`, with the present put into them."""

import json
import time
from typing import Any

from local.layout import ROOT

EVENTS = ROOT / "events"
type Document = dict[str, Any]


def read(name: str) -> Document:
    """Read one of them."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def password() -> Document:
    """Make the event of a password grant that arrives now."""
    made = read("token-password")
    made["requestContext"]["timeEpoch"] = int(time.time() * 1000)
    return made


def call_to_orders(token: str, api_id: str) -> Document:
    """Make the event of a call to the deployed orders API."""
    text = json.dumps(read("authorizer-request")).replace("ACCESS_TOKEN", token)
    made: Document = json.loads(text)
    made["requestContext"]["apiId"] = api_id
    made["methodArn"] = made["methodArn"].replace(":local/", f":{api_id}/")
    return made
