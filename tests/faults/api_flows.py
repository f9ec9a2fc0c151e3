"""Flows of the three JSON APIs."""

from collections.abc import Callable, Mapping
from typing import Any

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis.publishing_shares import OF_ORGANISATION, Place
from gatehouse.storage.publishing_places import DynamoDBPublishingPlaces
from tests import factories
from tests.faults.flows import Flow, Retry
from tests.faults.scene import (
    ADMIN,
    DEVPORTAL,
    NEW_PASSWORD,
    PUBLISHER,
    STAGE,
    Scene,
    block_agent,
    connect_agent,
    document,
)
from tests.faults.world import Call

type Body = Any | Callable[[Mapping[str, str]], Any]

BASES = {"devportal": DEVPORTAL, "admin v4": ADMIN, "publisher v1": PUBLISHER}
PICTURE = {"content": "R0lGODlhAQABAAAAACw="}


def flow(
    row: str,
    who: str,
    body: Body = None,
    *,
    ok: int = 200,
    again: int = 0,
    doubles: Mapping[str, int] | None = None,
    variant: str = "",
    ids: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    retry: Retry | None = None,
    before: Callable[[Scene], object] = lambda _: None,
) -> Flow:
    """Return the flow of an operation.

    Args:
        row: The table, the method and the path.
        who: Whose token.
        body: JSON, or what makes it of the ids of the scene.
        ok: The status of success.
        again: The status of a repetition, if it is another one.
        doubles: See `Flow`.
        variant: See `Flow`.
        ids: Other values of path variables, by the names of those that the scene has.
        query: Query parameters; what begins with a dollar is an id.
        retry: See `Flow`.
        before: What has to be done first.
    """
    table, method, path = row.rsplit(" ", 2)

    def prepare(scene: Scene) -> Call:
        before(scene)
        known = {**scene.ids, **{name: scene.ids.get(one, one) for name, one in (ids or {}).items()}}
        sent = body(known) if callable(body) else body
        given = {name: known[one[1:]] if one.startswith("$") else one for name, one in (query or {}).items()}
        return scene.people[who].call(method, BASES[table] + path.format_map(known), sent, **given)

    statuses = frozenset({again}) if again else frozenset[int]()
    return Flow(
        covers=row,
        prepare=prepare,
        right=frozenset({ok}),
        again=statuses,
        doubles=doubles,
        variant=variant,
        retry=retry,
    )


def _application(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "throttlingPolicy": "Unlimited", **more}


def _subscription(ids: Mapping[str, str], api_id: str = "spare", tier: str = "Gold") -> dict[str, Any]:
    return {"applicationId": ids["applicationId"], "apiId": api_id, "throttlingPolicy": tier, "status": "UNBLOCKED"}


_ONE = "/applications/{applicationId}"
_KEYS = f"{_ONE}/oauth-keys/{{keyMappingId}}"
_OLD_KEYS = f"{_ONE}/keys/{{keyType}}"
_GENERATE = {"keyType": "SANDBOX", "grantTypesToBeSupported": ["password", "refresh_token"]}
_CHANGE = {"supportedGrantTypes": ["password", "client_credentials"]}
_REQUIRES_APPROVAL = {"subscriptionApproval": True}


def _approval(scene: Scene) -> None:
    scene.api("ada", "PUT", f"{ADMIN}/settings", _REQUIRES_APPROVAL)


def _devportal() -> list[Flow]:
    row = "devportal".__add__
    keys: list[Flow] = []
    for one in (_KEYS, _OLD_KEYS):
        keys += [
            flow(row(f" PUT {one}"), "john", _CHANGE),
            flow(row(f" DELETE {one}"), "john", again=404),
            flow(row(f" POST {one}/clean-up"), "john", again=404),
            flow(row(f" POST {one}/regenerate-secret"), "john"),
            flow(row(f" POST {one}/generate-token"), "john", {}, doubles={"GRANT": 1}),
        ]
    return [
        flow(row(" POST /applications"), "john", _application("New", groups=["employee"]), ok=201, again=409),
        flow(row(f" PUT {_ONE}"), "john", _application("Renamed", groups=[])),
        flow(row(f" PUT {_ONE}"), "john", _application("Shop", tokenType="JWT"), variant="token format"),
        flow(row(f" DELETE {_ONE}"), "john", again=404),
        flow(row(f" POST {_ONE}/change-owner"), "john", {"owner": "carl@x.example"}),
        flow(
            row(" POST /application-transfers/{applicationId}/accept"),
            "mary",
            again=404,
            ids={"applicationId": "giftId"},
        ),
        flow(
            row(" POST /application-transfers/{applicationId}/decline"),
            "mary",
            again=404,
            ids={"applicationId": "giftId"},
        ),
        flow(
            row(" POST /application-transfers/{applicationId}/decline"),
            "john",
            again=404,
            ids={"applicationId": "giftId"},
            variant="withdraw",
        ),
        flow(row(f" POST {_ONE}/generate-keys"), "john", _GENERATE, again=409),
        flow(
            row(f" POST {_ONE}/generate-keys"),
            "john",
            {**_GENERATE, "grantTypesToBeSupported": ["client_credentials"]},
            again=409,
            variant="with a token",
        ),
        flow(
            row(f" POST {_ONE}/map-keys"),
            "john",
            lambda ids: {"consumerKey": ids["otherKey"], "consumerSecret": ids["otherSecret"], "keyType": "SANDBOX"},
            again=409,
        ),
        *keys,
        flow(row(f" POST {_KEYS}/generate-secret"), "john", {"additionalProperties": {}}, ok=201),
        flow(
            row(f" POST {_KEYS}/revoke-secret"),
            "john",
            lambda ids: {"secretId": ids["secretId"]},
            ok=204,
            again=404,
        ),
        flow(row(f" POST {_KEYS}/revoke-tokens"), "john", ok=204),
        flow(row(" POST /subscriptions"), "john", _subscription, ok=201, again=409),
        flow(row(" POST /subscriptions"), "john", _subscription, ok=201, again=409, variant="waits", before=_approval),
        flow(
            row(" POST /subscriptions/multiple"),
            "john",
            lambda ids: [_subscription(ids, "spare"), _subscription(ids, "old")],
            again=409,
        ),
        flow(row(" PUT /subscriptions/{subscriptionId}"), "john", lambda ids: _subscription(ids, "orders", "Silver")),
        flow(
            row(" PUT /subscriptions/{subscriptionId}"),
            "john",
            lambda ids: _subscription(ids, "orders", "Silver"),
            variant="waits",
            before=_approval,
        ),
        flow(row(" DELETE /subscriptions/{subscriptionId}"), "john", again=404),
        flow(
            row(" DELETE /subscriptions/{subscriptionId}"),
            "john",
            again=404,
            ids={"subscriptionId": "waitingId"},
            variant="waiting",
        ),
        flow(
            row(" DELETE /subscriptions/{subscriptionId}"),
            "mary",
            again=404,
            ids={"subscriptionId": "blockedSubscriptionId"},
            variant="blocked",
        ),
        flow(
            row(" POST /me/sessions/{sessionId}/block"),
            "john",
            ids={"sessionId": "agentId"},
            again=404,
            before=connect_agent,
        ),
        flow(row(" DELETE /me/blocked-clients/{clientId}"), "john", again=404, before=block_agent),
        flow(row(" DELETE /me/sessions"), "john", again=401),
        flow(row(" DELETE /me/sessions/{sessionId}"), "john", again=404),
        flow(
            row(" DELETE /me/sessions/{sessionId}"),
            "john",
            again=401,
            ids={"sessionId": "clientSessionId"},
            variant="client",
        ),
        flow(
            row(" POST /me/change-password"),
            "john",
            {"currentPassword": factories.PASSWORD, "newPassword": NEW_PASSWORD},
            again=401,
        ),
    ]


_MEMBER = "/members/{username}"


def _member_action(name: str, username: str, again: int = 0, **more: Any) -> Flow:
    return flow(
        f"admin v4 POST {_MEMBER}/{{action}}",
        "ada",
        ids={"username": username, "action": name},
        again=again,
        variant=name,
        **more,
    )


def _disable_carl(scene: Scene) -> None:
    scene.api("ada", "POST", f"{ADMIN}/members/carl@x.example/disable")


def invite_eve(scene: Scene) -> None:
    scene.api("ada", "POST", f"{ADMIN}/members", {"username": "eve@x.example", "roles": ["employee"]})


def _fail(scene: Scene) -> None:
    form = {"grant_type": "password", "username": "carl@x.example", "password": "wrong"}
    for _ in range(3):
        scene.run(scene.token_call(form), 400)


def _admin() -> list[Flow]:
    row = "admin v4".__add__
    return [
        flow(row(" PUT /settings"), "ada", {"lockOutMinutes": 5, "name": "Johns New Org"}),
        flow(row(" PUT /settings/logo"), "ada", PICTURE),
        flow(row(" POST /registered-clients/{clientId}/block"), "ada", {"blocked": True}, ids={"clientId": "agentId"}),
        flow(row(" POST /registered-clients/{clientId}/revoke"), "ada", ids={"clientId": "agentId"}),
        flow(row(" DELETE /registered-clients/{clientId}"), "ada", ids={"clientId": "agentId"}, again=404),
        flow(row(" DELETE /settings/logo"), "ada"),
        flow(row(" POST /members"), "ada", {"username": "eve@x.example", "roles": ["employee"]}, ok=201, again=409),
        flow(row(" POST /import/members"), "ada", {"content": "username\nzoe@x.example\n"}, ok=200),
        flow(row(f" PUT {_MEMBER}"), "ada", {"roles": ["employee", "clerk"]}, ids={"username": "carl@x.example"}),
        _member_action("disable", "carl@x.example", doubles={"JOB": 1}),
        _member_action("enable", "carl@x.example", before=_disable_carl),
        _member_action("approve", "new@x.example"),
        _member_action("reject", "new@x.example", again=400),
        _member_action("resend", "eve@x.example", before=invite_eve, doubles={"JOB": 1}),
        _member_action("unlock", "carl@x.example", before=_fail),
        _member_action("reset", "carl@x.example", doubles={"JOB": 1}),
        _member_action("reset-factors", "carl@x.example", doubles={"JOB": 1}),
        flow(
            row(" POST /subscriptions/{subscriptionId}/decide"),
            "ada",
            {"approved": True},
            ids={"subscriptionId": "waitingId"},
            again=400,
            variant="approve",
        ),
        flow(
            row(" POST /subscriptions/{subscriptionId}/decide"),
            "ada",
            {"approved": False},
            ids={"subscriptionId": "waitingId"},
            again=400,
            variant="reject",
        ),
        flow(row(" PUT /apis/{apiId}/scopes/{scope}"), "ada", {"roles": ["manager"]}),
        flow(row(" PUT /apis/{apiId}/scopes/{scope}"), "ada", {"roles": []}, ids={"scope": "delete"}, variant="nobody"),
        flow(row(" DELETE /apis/{apiId}/scopes/{scope}"), "ada", ids={"scope": "delete"}),
        flow(row(" PUT /apis/{apiId}/restrictions"), "ada", {"blocked": True}),
        flow(row(f" DELETE {_ONE}"), "ada", again=404),
        flow(row(f" POST {_ONE}/revoke"), "ada"),
        flow(row(f" DELETE {_OLD_KEYS}"), "ada", again=404),
        flow(row(f" POST {_ONE}/change-owner"), "ada", {"owner": "carl@x.example"}),
        flow(row(f" POST {_ONE}/change-owner"), "ada", {"owner": "ada"}, again=400, variant="to themselves"),
        flow(
            row(" DELETE /apis/{apiId}/subscription-blocks/{applicationId}"),
            "ada",
            ids={"applicationId": "blockedApplicationId"},
            again=404,
        ),
        flow(row(f" PUT {_ONE}/client-scopes"), "ada", {"scopes": ["delete"]}),
    ]


def _others_publish(count: int) -> Callable[[Scene], None]:
    """Let so many documents of others be read, and one more that ended."""

    def take(scene: Scene) -> None:
        places, now_ms = DynamoDBPublishingPlaces(scene.world.tables), scene.world.now_ms
        for number in range(count + 1):
            place = Place(
                place_id=f"place{number}", user_id=f"user-{number}", ends_at_ms=now_ms + (20_000 if number else 0)
            )
            assert places.add_place("johnsorg", places.find_places("johnsorg"), place, 0)

    return take


def _publisher() -> list[Flow]:
    row = "publisher v1".__add__
    return [
        flow(
            row(" POST /apis"),
            "paul",
            {"document": document("fresh", "read"), "apiId": "fresh"},
            ok=201,
            variant="while another document is read",
            before=_others_publish(1),
        ),
        flow(
            row(" POST /apis"),
            "paul",
            {"document": document("fresh", "read"), "apiId": "fresh"},
            ok=429,
            variant="while the share is used up",
            before=_others_publish(quotas.most(OF_ORGANISATION)),
        ),
        flow(row(" POST /apis"), "paul", {"document": document("fresh", "read", "write"), "apiId": "fresh"}, ok=201),
        flow(
            row(" POST /apis"),
            "paul",
            {
                "document": document("staged", "read"),
                "apiId": "staged",
                "deployments": [{**STAGE, "stage": "v2"}],
                "visibility": "ALL",
            },
            ok=201,
            variant="shared, with a stage",
        ),
        flow(row(" POST /apis/preview"), "paul", {"document": document("seen", "read"), "apiId": "seen"}, ok=200),
        flow(
            row(" PUT /apis/{apiId}"),
            "paul",
            {"document": document("orders", "read", "update", "delete", "more"), "deployments": [STAGE]},
        ),
        flow(row(" DELETE /apis/{apiId}"), "paul", again=404, ids={"apiId": "spare"}),
        flow(
            row(" DELETE /apis/{apiId}"),
            "paul",
            again=404,
            query={"endSubscriptions": "true"},
            variant="with subscriptions",
        ),
        flow(row(" POST /apis/{apiId}/change-lifecycle"), "paul", {"lifecycle": "DEPRECATED"}),
        flow(row(" POST /apis/{apiId}/change-lifecycle"), "paul", {"lifecycle": "BLOCKED"}, variant="block"),
        flow(row(" PUT /apis/{apiId}/thumbnail"), "paul", PICTURE),
        flow(row(" DELETE /apis/{apiId}/thumbnail"), "paul"),
        flow(row(" PUT /apis/{apiId}/documents/{documentId}"), "paul", {"name": "Start", "content": "Differently."}),
        flow(
            row(" PUT /apis/{apiId}/documents/{documentId}"),
            "paul",
            {"name": "More", "content": "More."},
            ids={"documentId": "more"},
            variant="new",
        ),
        flow(row(" DELETE /apis/{apiId}/documents/{documentId}"), "paul", again=404),
        flow(row(" POST /subscriptions/{subscriptionId}/block"), "paul", {"state": "BLOCKED"}),
        flow(
            row(" POST /subscriptions/{subscriptionId}/block"),
            "paul",
            {"state": "UNBLOCKED"},
            ids={"subscriptionId": "blockedSubscriptionId"},
            variant="unblock",
        ),
    ]


WRITES = [*_devportal(), *_admin(), *_publisher()]
