"""Flows of the store's pages: forms with their form token, sent as a browser sends them."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories, http_events
from tests.faults.api_flows import PICTURE, invite_eve
from tests.faults.flows import Flow
from tests.faults.scene import ADMIN, SIGN_IN_CLIENT, FlowBrowser, Scene, block_agent, connect_agent, document
from tests.faults.world import Call

_ONE = "/store/applications/{applicationId}"
_TAB = f"{_ONE}/keys/{{keyType}}"


def form(
    path: str,
    who: str,
    fields: Mapping[str, str] | None = None,
    *,
    ok: int = 303,
    again: int = 0,
    doubles: Mapping[str, int] | None = None,
    spares: Mapping[str, int] | None = None,
    variant: str = "",
    ids: Mapping[str, str] | None = None,
    before: Callable[[Scene], object] = lambda _: None,
) -> Flow:
    """Return the flow of a form of the store; see `api_flows.flow`."""

    def prepare(scene: Scene) -> Call:
        before(scene)
        known = {**scene.ids, "keyType": "production"}
        known |= {name: scene.ids.get(one, one) for name, one in (ids or {}).items()}
        filled = {name: known.get(one.removeprefix("$"), one) for name, one in (fields or {}).items()}
        return scene.browser(who).form(path.format_map(known), filled)

    statuses = frozenset({again}) if again else frozenset[int]()
    return Flow(
        covers=f"page POST {path}",
        prepare=prepare,
        right=frozenset({ok}),
        again=statuses,
        doubles=doubles,
        spares=spares,
        variant=variant,
    )


def _upload(scene: Scene) -> Call:
    """Send a file, as a form of several parts."""
    browser = scene.browser("ada")
    content = base64.b64decode(PICTURE["content"])
    texts = {"form_token": browser.form_token()}
    kind, body = http_events.multipart(texts, "logo", content, "image/gif")
    event = http_events.http(
        "POST", "/store/admin/logo", headers={"content-type": kind}, cookies=browser.cookies, body=body
    )
    return Call(function="store", event=event)


def _import(scene: Scene) -> Call:
    """Send a table of one member."""
    browser = scene.browser("ada")
    table = b"username,roles\nzoe@x.example,publisher\n"
    kind, body = http_events.multipart({"form_token": browser.form_token()}, "file", table, "text/csv")
    event = http_events.http(
        "POST", "/store/admin/import", headers={"content-type": kind}, cookies=browser.cookies, body=body
    )
    return Call(function="store", event=event)


def _begin(scene: Scene) -> Call:
    return FlowBrowser(scene.world).call("POST", "/store/signin", {"who": "johnsorg", "to": "/store/applications"})


def _begin_first(scene: Scene) -> Call:
    DirectoryWriter(scene.world.tables).save_organisation(factories.organisation(key="acme", name="Acme"))
    return FlowBrowser(scene.world).call("POST", "/store/signin", {"who": "acme", "to": "/store/applications"})


def _callback(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world)
    page = browser.send(browser.call("POST", "/store/signin", {"who": "johnsorg", "to": "/store/applications"}))
    page = browser.get(browser.get(page.location).location)
    page = browser.submit(page, username="john@gmail.com", password=factories.PASSWORD)
    page = browser.get(page.location)
    back = urlsplit(page.location)
    return browser.call("GET", f"{back.path}?{back.query}")


def _sign_out(scene: Scene) -> Call:
    return scene.browser("john").form("/store/signout")


def _refreshing(scene: Scene) -> Call:
    """Return the call of a page by a browser whose access token has ended."""
    browser = scene.browser("john")
    del browser.cookies["__Host-gatehouse.store"]
    return browser.call("GET", "/store/organisation")


def _approval(scene: Scene) -> None:
    scene.api("ada", "PUT", f"{ADMIN}/settings", {"subscriptionApproval": True})


def _block_client(scene: Scene) -> None:
    agent = scene.ids["agentId"]
    scene.api("ada", "POST", f"{ADMIN}/registered-clients/{agent}/block", {"blocked": True})


def _member(action: str, username: str, again: int = 0, **more: Any) -> Flow:
    return form(
        "/store/admin/members/{username}",
        "ada",
        {"action": action, **({"roles": "employee clerk", "createRoles": "on"} if action == "roles" else {})},
        ids={"username": username},
        again=again,
        variant=action,
        **more,
    )


_NEW = {"name": "New", "throttling_policy": "Unlimited", "token_format": "opaque", "group employee": "on"}
_RENAMED = {**_NEW, "name": "Renamed"}
_GRANTS = {"grant password": "on", "grant refresh_token": "on", "pkce": "on"}
_SETTINGS = {"name": "Johns New Org", "lockOutMinutes": "5", "refuseCommonPasswords": "on", "selfSignUp": "on"}
_SANDBOX = {"keyType": "sandbox"}

_AGENT, _AGENT_ID = "/store/admin/clients/{clientId}", {"clientId": "agentId"}


def _draft_document(scene: Scene) -> Call:
    """Send an OpenAPI document, as a form of several parts."""
    browser = scene.browser("paul")
    content = json.dumps(document("drafted", "read")).encode()
    kind, body = http_events.multipart({"form_token": browser.form_token()}, "file", content, "application/json")
    event = http_events.http(
        "POST", "/store/publish", headers={"content-type": kind}, cookies=browser.cookies, body=body
    )
    return Call(function="store", event=event)


def _drafted(scene: Scene) -> None:
    assert scene.world.send(_draft_document(scene)).status == 303


def _previewed(scene: Scene) -> None:
    _drafted(scene)
    browser = scene.browser("paul")
    assert scene.world.send(browser.form("/store/publish/draft", {**_PUBLICATION, "do": "preview"})).status == 303


def _show_draft(scene: Scene) -> Call:
    _drafted(scene)
    return scene.browser("paul").call("GET", "/store/publish/draft")


_PUBLICATION = {"api_id": "drafted", "visibility": "ORGANISATION", "tier Gold": "on"}

WRITES = [
    Flow(covers="page POST /store/publish", prepare=_draft_document, right=frozenset({303})),
    Flow(covers="page GET /store/publish/draft", prepare=_show_draft),
    form("/store/publish/draft", "paul", {**_PUBLICATION, "do": "preview"}, before=_drafted, again=409),
    form(
        "/store/publish/draft",
        "paul",
        {**_PUBLICATION, "do": "publish"},
        before=_previewed,
        variant="publish",
    ),
    form("/store/publish/draft/discard", "paul", before=_drafted),
    Flow(covers="page POST /store/signin", prepare=_begin, right=frozenset({303})),
    Flow(covers="page POST /store/signin", prepare=_begin_first, right=frozenset({303}), variant="first"),
    Flow(
        covers="page GET /store/callback",
        prepare=_callback,
        right=frozenset({303}),
        again=frozenset({400}),
    ),
    Flow(covers="page POST /store/signout", prepare=_sign_out, right=frozenset({303})),
    Flow(covers="page GET /store/organisation", prepare=_refreshing, variant="refreshing"),
    form("/store/applications", "john", _NEW, again=409),
    form(_ONE, "john", _RENAMED, again=409),
    form(f"{_ONE}/owner", "john", {"owner": "carl@x.example"}),
    form(f"{_ONE}/transfer", "mary", {"answer": "accept"}, ids={"applicationId": "giftId"}, again=404),
    form(
        f"{_ONE}/transfer", "mary", {"answer": "decline"}, ids={"applicationId": "giftId"}, again=404, variant="decline"
    ),
    form(f"{_ONE}/delete", "john", again=404),
    form(f"{_TAB}/generate", "john", _GRANTS, again=409, ids=_SANDBOX),
    form(f"{_TAB}/change", "john", _GRANTS, again=409),
    form(f"{_TAB}/secret", "john", {"label": "more"}),
    form(f"{_TAB}/regenerate", "john"),
    form(f"{_TAB}/revoke-secret", "john", {"secret_id": "$secretId"}, again=404),
    form(f"{_TAB}/revoke-tokens", "john"),
    form(f"{_TAB}/delete", "john", again=404),
    form(f"{_TAB}/token", "john", {"scope read": "on"}, doubles={"GRANT": 1}),
    form(
        "/store/apis/{apiId}/subscribe",
        "john",
        {"application": "$applicationId", "tier": "Gold"},
        ids={"apiId": "spare"},
        again=409,
    ),
    form(
        "/store/apis/{apiId}/subscribe",
        "john",
        {"application": "$applicationId", "tier": "Gold"},
        ids={"apiId": "spare"},
        again=409,
        before=_approval,
        variant="waits",
    ),
    form("/store/apis/{apiId}/try", "john", {"keys": "$tryKeys", "scope read": "on"}, doubles={"GRANT": 1}),
    form(f"{_ONE}/subscriptions/{{subscriptionId}}/tier", "john", {"tier": "Silver"}),
    form(f"{_ONE}/subscriptions/{{subscriptionId}}/delete", "john", again=404),
    form("/store/profile/sessions/{sessionId}/end", "john", again=404),
    form(
        "/store/profile/sessions/{sessionId}/end",
        "john",
        ids={"sessionId": SIGN_IN_CLIENT},
        again=404,
        variant="client",
    ),
    form(
        "/store/profile/sessions/{sessionId}/block",
        "john",
        ids={"sessionId": "agentId"},
        again=404,
        before=connect_agent,
    ),
    form("/store/profile/clients/{clientId}/unblock", "john", again=404, before=block_agent),
    form("/store/profile/everywhere", "john"),
    form("/store/home/called", "john", {"application": "$applicationId"}),
    form("/store/admin", "ada", _SETTINGS, again=409),
    Flow(covers="page POST /store/admin/logo", prepare=_upload, right=frozenset({303})),
    form("/store/admin/logo/remove", "ada"),
    form("/store/admin/apis/{apiId}/lifecycle", "ada", {"lifecycle": "DEPRECATED"}),
    form("/store/admin/apis/{apiId}/scope", "ada", {"scope": "update", "roles": "manager", "bound": "yes"}, again=409),
    form("/store/admin/apis/{apiId}/scope", "ada", {"scope": "delete", "bound": "no"}, variant="unbound", again=409),
    form("/store/admin/clients/{clientId}", "ada", {"action": "block"}, ids={"clientId": "agentId"}),
    form(
        "/store/admin/clients/{clientId}",
        "ada",
        {"action": "unblock"},
        ids={"clientId": "agentId"},
        variant="unblock",
        before=_block_client,
    ),
    form("/store/admin/clients/{clientId}", "ada", {"action": "revoke"}, ids={"clientId": "agentId"}, variant="revoke"),
    form(
        "/store/admin/clients/{clientId}",
        "ada",
        {"action": "delete"},
        ids={"clientId": "agentId"},
        again=404,
        variant="delete",
    ),
    form("/store/admin/apis/{apiId}/tiers", "ada", {"open_tier": "DefaultSubscriptionless"}, again=409),
    form("/store/admin/apis/{apiId}/lift", "ada", {"application": "$blockedApplicationId"}, again=404),
    form(
        "/store/admin/apis/{apiId}/restriction", "ada", {"visibility": "CHOSEN", "visible_roles": "manager"}, again=409
    ),
    form(
        "/store/admin/subscriptions/{subscriptionId}/decision",
        "ada",
        {"decision": "approve"},
        ids={"subscriptionId": "waitingId"},
        again=400,
    ),
    form(
        "/store/admin/subscriptions/{subscriptionId}/decision",
        "ada",
        {"decision": "reject"},
        ids={"subscriptionId": "waitingId"},
        again=400,
        variant="reject",
    ),
    form("/store/admin/subscriptions/{subscriptionId}/block", "ada", {"state": "BLOCKED"}),
    form("/store/admin/applications/{applicationId}/act", "ada", {"action": "revoke"}, variant="revoke"),
    form(
        "/store/admin/applications/{applicationId}/act",
        "ada",
        {"action": "transfer", "owner": "carl@x.example"},
        variant="transfer",
    ),
    form("/store/admin/applications/{applicationId}/act", "ada", {"action": "delete"}, again=404, variant="delete"),
    form("/store/admin/applications/{applicationId}", "ada", {"scope delete": "on"}, again=409),
    form("/store/admin/members", "ada", {"username": "eve@x.example", "role publisher": "on"}, again=409),
    Flow(covers="page POST /store/admin/import", prepare=_import, right=frozenset({200})),
    _member("roles", "carl@x.example", again=409),
    _member("disable", "carl@x.example", doubles={"JOB": 1}),
    _member("approve", "new@x.example"),
    _member("reject", "new@x.example", again=400),
    _member("resend", "eve@x.example", before=invite_eve, doubles={"JOB": 1}),
    _member("unlock", "carl@x.example"),
    _member("reset", "carl@x.example", doubles={"JOB": 1}),
    _member("reset-factors", "carl@x.example", doubles={"JOB": 1}),
]
