"""What the doctor asks of the service from outside, over HTTPS, as a client would."""

import base64
import os
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse_cli import exchanges, sdk
from gatehouse_cli.exchanges import Reply, UnreachableError
from gatehouse_cli.findings import Finding, ok, unchecked, wrong
from gatehouse_cli.stack import Stack

CHALLENGE = "www-authenticate"
RENAMED = "x-amzn-remapped-www-authenticate"
CARRIER = "x-gatehouse-challenge"

BAD_TOKEN = "gha_" + "A" * 22 + "." + "B" * 43
_DEPLOY = "build and deploy: make deploy; the function's log group says what failed"


def find_address(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether PublicUrl leads to the service, under a certificate of its name."""
    try:
        reply = exchanges.send(connected.public_url + "/.well-known/oauth-authorization-server")
    except UnreachableError as error:
        return [wrong(check, str(error), "no client reaches the service by PublicUrl", error.action)]
    if reply.status != 200:
        return [_failed(check, reply, "the token function")]
    issuer = reply.json().get("issuer")
    if issuer != connected.public_url:
        means = "clients compare the issuer with the address that they know, and refuse another"
        return [wrong(check, f"the issuer is {issuer!r}", means, f"deploy with PublicUrl={connected.public_url}")]
    return [ok(check, f"{connected.public_url} answers and is the issuer")]


def find_token_service(check: str, connected: Stack) -> Sequence[Finding]:
    """Present a wrong client: 401, and the challenge under its own name."""
    reply = obtain_token(connected, "doctor", "wrong-on-purpose")
    challenge = f"{check}: challenge"
    if reply.status == 429:
        found = unchecked(check, "429: too many failures from this address", "wait for five minutes")
    elif (reply.status, reply.json().get("error")) != (401, "invalid_client"):
        found = _failed(check, reply, "the token function", "401 invalid_client")
    else:
        found = ok(check, "a wrong client is refused: 401 invalid_client")
    if found.state != "ok":
        return [found, unchecked(challenge, "the wrong client was not refused")]
    return [found, _judge_challenge(challenge, reply)]


def obtain_token(connected: Stack, client_id: str, secret: str) -> Reply:
    """Ask for a token by client credentials.

    Raises:
        UnreachableError: Nobody answered.
    """
    pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(secret)}"  # RFC 6749 section 2.3.1
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return exchanges.send(
        connected.public_url + "/token", method="POST", headers=headers, body=b"grant_type=client_credentials"
    )


def _judge_challenge(check: str, reply: Reply) -> Finding:
    arrived = [name for name in (CHALLENGE, RENAMED, CARRIER) if name in reply.headers]
    seen = f"the challenge arrives as {', '.join(arrived) or 'nothing'}"
    if CHALLENGE not in arrived:
        means = "API Gateway renames the header and the response mapping does not restore it: clients see no challenge"
        return wrong(check, seen, means, "report it as an issue of Gatehouse, with this line")
    if RENAMED in arrived:
        return ok(check, seen, "API Gateway renames the header, and the response mapping restores its name")
    return ok(check, seen, "clients see it under its own name")


def find_store(check: str, connected: Stack) -> Sequence[Finding]:
    """Open what each of the other functions behind the API shows to everybody."""
    return [
        _open(f"{check}: {name}", connected, path, name)
        for name, path in (
            ("the store", "/store"),
            ("the sign-in pages", "/signin"),
            ("the publishers' API", "/api/am/publisher/v1/openapi.json"),
        )
    ]


def _open(check: str, connected: Stack, path: str, name: str) -> Finding:
    reply = exchanges.send(connected.public_url + path)
    is_answer = reply.status in {200, 400} if path == "/signin" else reply.status == 200  # nobody is being signed in
    return ok(check, f"{path} answers {reply.status}") if is_answer else _failed(check, reply, name)


def find_jwks(check: str, connected: Stack) -> Sequence[Finding]:
    """See whether there are keys to verify with: the one that signs, and the next."""
    reply = exchanges.send(connected.public_url + "/.well-known/jwks.json")
    if reply.status != 200:
        return [_failed(check, reply, "the token function")]
    keys: list[Any] = reply.json().get("keys") or []
    seen = f"{len(keys)} keys are published"
    if len(keys) < 2:
        action = "read the log of the function Keys, and deploy again"
        return [wrong(check, seen, "the first signing keys were never made: no JWT can be issued or verified", action)]
    return [ok(check, seen)]


def find_http_apis(check: str, connected: Stack) -> Sequence[Finding]:
    """Call a guarded route of each published HTTP API with a bad token: AWS does not say what comes back."""
    found = list(_ask_http_apis(check, connected))
    return found or [
        unchecked(check, "no HTTP API with a guarded GET route is published", "publish one, then run the doctor again")
    ]


def _ask_http_apis(check: str, connected: Stack) -> Iterator[Finding]:
    for api in connected.apis():
        for stage in api.deployments:
            resource = next((one for one in api.resources if _is_guarded_get(one)), None)
            if resource and (stage.account, stage.region) == (connected.account, connected.region):
                yield from _ask(check, connected, api, stage, resource)


def _is_guarded_get(resource: Resource) -> bool:
    return resource.security != "none" and resource.method in {"GET", "ANY"} and not resource.path.startswith("/$")


def _ask(check: str, connected: Stack, api: Api, stage: Deployment, resource: Resource) -> Iterator[Finding]:
    title = f"{check}: {api.organisation}/{api.api_id}"
    client = sdk.client("apigatewayv2", stage.region)
    try:
        endpoint = client.get_api(ApiId=stage.gateway_id)["ApiEndpoint"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NotFoundException":
            return  # a REST API: its 401 is documented
        raise
    headers = {"Authorization": f"Bearer {BAD_TOKEN}"}
    emulator = os.environ.get("AWS_ENDPOINT_URL", "")
    if emulator:
        headers["Host"] = f"{stage.gateway_id}.execute-api.localhost"
    segments = ["1" if one.startswith("{") else one for one in resource.path.split("/")]
    path = ("" if stage.stage == "$default" else f"/{stage.stage}") + "/".join(segments)
    try:
        reply = exchanges.send((emulator or endpoint) + path, headers=headers)
    except UnreachableError as error:
        yield unchecked(title, str(error), error.action)
        return
    yield _judge_refusal(title, connected, reply.status)


def _judge_refusal(check: str, connected: Stack, status: int) -> Finding:
    raises = connected.parameters.get("HttpApiBadToken") == "raise"
    seen = f"a bad token is answered {status}"
    if status == 401:
        return ok(check, seen, "API Gateway makes a 401 of the exception `Unauthorized` at HTTP APIs" if raises else "")
    if status == 403:
        return ok(check, seen, "the authorizer denies it, as AWS documents")
    if status == 500 and raises:
        means = "API Gateway makes a 500 of the exception: every expired token looks like an outage"
        return wrong(check, seen, means, "deploy with HttpApiBadToken=deny")
    means = "the call is not guarded" if status < 400 else "the authorizer does not decide about this route"
    return wrong(check, seen, means, "compare what is published with API Gateway: gatehouse apis check")


def _failed(check: str, reply: Reply, name: str, expected: str = "200") -> Finding:
    seen = f"{reply.status} instead of {expected}"
    if reply.status in {429, 503}:
        return unchecked(check, f"{seen}: throttled, or too busy", "run the doctor again in a minute")
    if reply.status >= 500:
        return wrong(check, seen, f"{name} fails, or cannot be imported since it was not built", _DEPLOY)
    return wrong(check, seen, f"something else than {name} answers", "see what stands in front of the API")
