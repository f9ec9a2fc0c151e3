"""What ends a scope reaches everything that has it."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from gatehouse.domain.oauth.grants import device_code
from tests.faults.endings import JOHN, PASSWORD, Use, passes, tokens_of
from tests.faults.endings import as_it_was as as_it_was
from tests.faults.scene import (
    ADMIN,
    DEVPORTAL,
    PUBLISHER,
    STAGE,
    Scene,
    code_of,
    document,
)
from tests.vectors import authorization as vectors


def scoped(scene: Scene, scope: str) -> dict[str, Use]:
    """Let John get tokens, a code and a device for one scope of `orders`, and look where the scope counts."""
    one, two, three = (tokens_of(scene, PASSWORD, f"{scope} offline_access") for _ in range(3))
    browser = scene.browser("john")
    asked = vectors.request(client_id=scene.client[0], scope=scope)
    page = browser.get(f"/authorize?{urlencode(asked)}")
    page = browser.submit(page, decision="allow") if page.status == 200 else page
    code = {"grant_type": "authorization_code", "code": code_of(page.location), "code_verifier": vectors.VERIFIER}
    begun = scene.run(scene.token_call({"scope": scope}, "/device_authorization")).json
    page = browser.submit(browser.get("/t/johnsorg/device"), user_code=begun["user_code"])
    assert browser.submit(page, decision="allow").status == 200
    device = {"grant_type": device_code.GRANT_TYPE, "device_code": begun["device_code"]}

    def issues(form: dict[str, str]) -> Use:
        def use() -> bool:
            answer = scene.world.send(scene.token_call(form))
            return answer.status == 200 and scope in answer.json["scope"].split()

        return use

    return {
        "the gate": lambda: passes(scene, one["access_token"], f"/{scope}"),
        "introspection of the access token": lambda: scope in _introspected(scene, one["access_token"]),
        "introspection of the refresh token": lambda: (
            scope in _introspected(scene, three["refresh_token"], scene.client)
        ),
        "refresh": issues({"grant_type": "refresh_token", "refresh_token": two["refresh_token"]}),
        "authorization code": issues({**code, "redirect_uri": vectors.REDIRECT_URI}),
        "approved device": issues(device),
    }


def _introspected(scene: Scene, token: str, client: tuple[str, str] = ("", "")) -> list[str]:
    caller = client if client[0] else (scene.ids["otherKey"], scene.ids["otherSecret"])
    return scene.world.send(scene.token_call({"token": token}, "/introspect", caller)).json.get("scope", "").split()


def promote(scene: Scene) -> None:
    scene.api("ada", "PUT", JOHN, {"roles": ["employee", "manager"]})


def lose_the_role(scene: Scene) -> None:
    scene.api("ada", "PUT", JOHN, {"roles": ["employee"]})


def bind_the_scope(scene: Scene) -> None:
    scene.api("ada", "PUT", f"{ADMIN}/apis/orders/scopes/delete", {"roles": ["director"]})


def unsubscribe(scene: Scene) -> None:
    scene.api("john", "DELETE", f"{DEVPORTAL}/subscriptions/{scene.ids['subscriptionId']}")


def delete_the_api(scene: Scene) -> None:
    scene.api("paul", "DELETE", f"{PUBLISHER}/apis/orders", endSubscriptions="true")


def publish_without_the_scope(scene: Scene) -> None:
    body = {"document": document("orders", "read", "update"), "deployments": [STAGE]}
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders", body)


def publish_another_life(scene: Scene) -> None:
    """Delete the API, and publish another one of the same id, to which nobody is subscribed."""
    delete_the_api(scene)
    body = {"document": document("orders", "read", "update", "delete"), "deployments": [STAGE]}
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders", body)


SCOPE_ENDINGS = [
    lose_the_role,
    bind_the_scope,
    unsubscribe,
    delete_the_api,
    publish_without_the_scope,
    publish_another_life,
]


def test_a_scope_counts_everywhere_until_something_ends_it(scene: Scene) -> None:
    promote(scene)
    uses = scoped(scene, "delete")

    assert [name for name, use in uses.items() if not use()] == []


@pytest.mark.parametrize("end", SCOPE_ENDINGS, ids=lambda one: one.__name__)
def test_the_end_of_a_scope_reaches_everything(scene: Scene, end: Callable[[Scene], None]) -> None:
    promote(scene)
    uses = scoped(scene, "delete")

    end(scene)

    assert [name for name, use in uses.items() if use()] == []


def test_a_scope_that_was_withdrawn_from_an_application_counts_nowhere(scene: Scene) -> None:
    path = f"{ADMIN}/applications/{scene.ids['applicationId']}/client-scopes"
    scene.api("ada", "PUT", path, {"scopes": ["delete"]})
    token = scene.run(scene.token_call({"grant_type": "client_credentials", "scope": "delete"})).json["access_token"]
    uses: dict[str, Use] = {
        "the gate": lambda: passes(scene, token, "/delete"),
        "introspection": lambda: "delete" in _introspected(scene, token),
    }
    assert all(use() for use in uses.values())

    scene.api("ada", "PUT", path, {"scopes": []})

    assert [name for name, use in uses.items() if use()] == []
