"""Lambda entry point of the signing keys: CloudFormation makes the first, Secrets Manager rotates them.

`{"action": "replace-all"}` is the operator's emergency (docs/how-to/rotate-keys.md); `gatehouse doctor` sends
`{"action": "inspect", "probe": "…"}`.
"""

import json
import time
import urllib.request
from typing import Any

from gatehouse import logs
from gatehouse.bootstrap import keys
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.oauth.signing import TooEarlyError
from gatehouse.settings import Settings
from gatehouse.storage.aws import deadlines
from gatehouse.storage.aws.transport import RequestRefusedError

_TIMEOUT_SECONDS = 10
_PROPAGATION_SECONDS = 60
_PAUSE_SECONDS = 3
_PROBE_MAX_CHARACTERS = 64

settings = Settings.from_environment()
logger = logs.configure(settings.log_level)
rotation = keys.rotation(settings)


@logs.logs_failures(logger)
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Tell the callers apart by what they send."""
    deadlines.begin(context)
    if "ResponseURL" in event:
        return _answer_cloudformation(event)
    if event.get("action") == "replace-all":
        logger.warning("replacing all signing keys")
        rotation.replace_all(digests.generate_id() + digests.generate_id(), int(time.time()))
        return {"status": "replaced"}
    if event.get("action") == "inspect":
        # At the level of a failure, to see that such lines are kept; no alarm counts this message.
        logger.error("probe", extra={"fields": {"probe": str(event.get("probe"))[:_PROBE_MAX_CHARACTERS]}})
        return rotation.describe()
    fields = {"step": event["Step"], "version": event["ClientRequestToken"]}
    logger.info("rotating", extra={"fields": fields})
    try:
        rotation.step(event["Step"], event["ClientRequestToken"], int(time.time()))
    except TooEarlyError as error:
        logger.warning("rotation refused", extra={"fields": {**fields, "reason": str(error)}})
        raise
    return {"status": event["Step"]}


def _begin(token: str) -> None:
    """Make the first keys, if need be repeatedly: a failure here undoes the whole stack.

    A permission that was just granted may be refused until IAM has told all its servers.
    """
    deadline = time.monotonic() + _PROPAGATION_SECONDS
    while True:
        try:
            return rotation.begin(token, int(time.time()))
        except (RequestRefusedError, TemporarilyUnavailableError) as error:
            if time.monotonic() > deadline:
                raise
            logger.warning("not yet; trying again", extra={"fields": {"reason": str(error)}})
        time.sleep(_PAUSE_SECONDS)


def _answer_cloudformation(event: dict[str, Any]) -> dict[str, str]:
    """Make the first keys on Create; CloudFormation waits for the answer at ResponseURL, whatever happens."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"PhysicalResourceId": event.get("PhysicalResourceId", "signing-keys"), "Status": "SUCCESS"}
    try:
        if event["RequestType"] != "Delete":
            _begin(event["RequestId"])
    except Exception:
        logger.exception("failed")
        answer |= {"Status": "FAILED", "Reason": "The first signing keys could not be made; see the function's log."}
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - CloudFormation's presigned URL
        return answer
