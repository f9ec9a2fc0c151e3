"""What ends a user, a client, an organisation, a role or an API reaches everything that was issued before.

Each ending meets each kind of thing that somebody may hold. Whatever is dead stays dead when the ending is undone.
"""

from collections.abc import Callable
from copy import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel import generations
from gatehouse.domain.oauth.grants import device_code
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys, mappers
from tests import factories
from tests.faults.endings import JOHN, PASSWORD, Use, passes, tokens_of
from tests.faults.endings import as_it_was as as_it_was
from tests.faults.scene import (
    ADMIN,
    AGENT,
    DEVPORTAL,
    NEW_PASSWORD,
    PUBLISHER,
    STAGE,
    FlowBrowser,
    Scene,
    code_of,
    document,
    http,
)
from tests.faults.token_flows import code_form
from tests.faults.world import Call
from tests.vectors import authorization as vectors


def is_ok(scene: Scene, call: Call) -> bool:
    answer = scene.world.send(call)
    assert not answer.raised, answer.raised
    return answer.status == 200


def is_active(scene: Scene, token: str) -> bool:
    """Ask as another client of the organisation, which nothing ends."""
    client = (scene.ids["otherKey"], scene.ids["otherSecret"])
    return scene.world.send(scene.token_call({"token": token}, "/introspect", client)).json["active"]


def held(scene: Scene) -> dict[str, Use]:
    """Let John get all that a user can have; return it by how it is used, each not used yet."""
    return {
        **_tokens(scene),
        **_approvals(scene),
        **_agents_tokens(scene),
        **_sessions(scene),
        **_links(scene),
    }


def _tokens(scene: Scene) -> dict[str, Use]:
    """Tokens of the application Shop, one grant for each use: a refresh would end the others."""
    one, two, three, four = (tokens_of(scene, PASSWORD) for _ in range(4))
    bearer = {"authorization": f"Bearer {three['access_token']}"}
    listed = scene.people["john"].call("GET", f"{DEVPORTAL}/applications")
    refresh = {"grant_type": "refresh_token", "refresh_token": two["refresh_token"]}
    return {
        "access token at the gate": lambda: passes(scene, one["access_token"]),
        "refresh token": lambda: is_ok(scene, scene.token_call(refresh)),
        "access token at UserInfo": lambda: is_ok(scene, http("token", "GET", "/userinfo", headers=bearer)),
        "access token at introspection": lambda: is_active(scene, four["access_token"]),
        "access token of the store": lambda: is_ok(scene, listed),
    }


def _approvals(scene: Scene) -> dict[str, Use]:
    """A code and a device that were not redeemed."""
    form = code_form(scene)
    begun = scene.run(scene.token_call({"scope": "read openid"}, "/device_authorization")).json
    browser = scene.browser("john")
    page = browser.submit(browser.get("/t/johnsorg/device"), user_code=begun["user_code"])
    assert browser.submit(page, decision="allow").status == 200
    device = {"grant_type": device_code.GRANT_TYPE, "device_code": begun["device_code"]}
    return {
        "authorization code": lambda: is_ok(scene, scene.token_call(form)),
        "approved device": lambda: is_ok(scene, scene.token_call(device)),
    }


def _agents_tokens(scene: Scene) -> dict[str, Use]:
    """Tokens of a client that registered itself."""
    opened = {"document": document("orders", "read", "update", "delete"), "tiers": ["Gold", "DefaultSubscriptionless"]}
    scene.api("paul", "PUT", f"{PUBLISHER}/apis/orders", {**opened, "deployments": [STAGE]})
    agent = {**AGENT, "grant_types": ["authorization_code", "refresh_token"]}
    asked = {
        "client_id": scene.run(http("signin", "POST", "/t/johnsorg/register", json_body=agent)).json["client_id"],
        "redirect_uri": AGENT["redirect_uris"][0],
        "scope": "read offline_access",
    }
    browser = scene.browser("john")

    def code() -> dict[str, str]:
        page = browser.get(f"/t/johnsorg/authorize?{urlencode(vectors.request(**asked))}")
        page = browser.submit(page, decision="allow") if page.status == 200 else page
        return {
            "grant_type": "authorization_code",
            "code": code_of(page.location),
            "code_verifier": vectors.VERIFIER,
            "client_id": asked["client_id"],
            "redirect_uri": asked["redirect_uri"],
        }

    def post(form: dict[str, str]) -> Call:
        return http("token", "POST", "/t/johnsorg/token", form=form)

    got, unused = scene.run(post(code())).json, code()
    refresh = {
        "grant_type": "refresh_token",
        "refresh_token": got["refresh_token"],
        "client_id": asked["client_id"],
    }
    token = got["access_token"]
    return {
        "agent's access token at the gate": lambda: passes(scene, token),
        "agent's refresh token": lambda: is_ok(scene, post(refresh)),
        "agent's code": lambda: is_ok(scene, post(unused)),
    }


def _sessions(scene: Scene) -> dict[str, Use]:
    store, signed_in = scene.browser("john"), FlowBrowser(scene.world).sign_in("john@gmail.com")
    return {
        "session of the store": lambda: store.get("/store/applications").status == 200,
        "sign-in session": lambda: signed_in.get("/t/johnsorg/account").status == 200,
        "silent sign-in": lambda: "code=" in signed_in.get(_silent(scene)).location,
    }


def _silent(scene: Scene) -> str:
    asked = vectors.request(client_id=scene.client[0], scope="read openid", prompt="none")
    return f"/t/johnsorg/authorize?{urlencode(asked)}"


def _links(scene: Scene) -> dict[str, Use]:
    """The form behind a mailed link for a new password, filled in."""
    stranger = FlowBrowser(scene.world)
    assert stranger.submit(stranger.get("/t/johnsorg/recover"), username="john@gmail.com").status == 303
    form = stranger.submission(stranger.get(scene.link(scene.run_jobs()[-1])), new_password=NEW_PASSWORD)
    return {"form behind a mailed link": lambda: is_ok(scene, form)}


def disable(scene: Scene) -> None:
    scene.api("ada", "POST", f"{JOHN}/disable")


def disable_and_enable(scene: Scene) -> None:
    disable(scene)
    scene.api("ada", "POST", f"{JOHN}/enable")


def change_password(scene: Scene) -> None:
    form = {"currentPassword": factories.PASSWORD, "newPassword": NEW_PASSWORD}
    scene.api("john", "POST", f"{DEVPORTAL}/me/change-password", form)


def sign_out_everywhere(scene: Scene) -> None:
    scene.api("john", "DELETE", f"{DEVPORTAL}/me/sessions")


def reset_factors(scene: Scene) -> None:
    scene.api("ada", "POST", f"{JOHN}/reset-factors")


def end_organisation(scene: Scene) -> None:
    """As `gatehouse organisations configure --disabled` does."""
    _set_organisation(scene, is_active=False, generation=generations.fresh())


def end_and_restart_organisation(scene: Scene) -> None:
    end_organisation(scene)
    _set_organisation(scene, is_active=True)


def _set_organisation(scene: Scene, **changes: Any) -> None:
    tables = scene.world.tables
    values = tables.get(tables.directory, keys.organisation("johnsorg"))
    assert values is not None
    DirectoryWriter(tables).save_organisation(replace(mappers.read(Organisation, values), **changes))


def own(scene: Scene) -> dict[str, Use]:
    """Let the application Shop get all that a client can have, with every secret that it gets later."""
    users = {**_tokens(scene), **_approvals(scene)}
    del users["access token of the store"]
    one, two = (
        scene.run(scene.token_call({"grant_type": "client_credentials", "scope": "read"})).json for _ in range(2)
    )
    made = scene.api("john", "POST", f"{_keys(scene)}/generate-token", {"scopes": ["read"]})["accessToken"]
    return {
        **users,
        "application's token at the gate": lambda: passes(scene, one["access_token"]),
        "application's token at introspection": lambda: is_active(scene, two["access_token"]),
        "generated token": lambda: passes(scene, made),
    }


def _keys(scene: Scene) -> str:
    return f"{DEVPORTAL}/applications/{scene.ids['applicationId']}/oauth-keys/{scene.ids['keyMappingId']}"


def delete_keys(scene: Scene) -> None:
    scene.api("john", "DELETE", _keys(scene))


def delete_application(scene: Scene) -> None:
    scene.api("john", "DELETE", f"{DEVPORTAL}/applications/{scene.ids['applicationId']}")


def delete_application_as_administrator(scene: Scene) -> None:
    scene.api("ada", "DELETE", f"{ADMIN}/applications/{scene.ids['applicationId']}")


def revoke_application_as_administrator(scene: Scene) -> None:
    scene.api("ada", "POST", f"{ADMIN}/applications/{scene.ids['applicationId']}/revoke")


def transfer_application(scene: Scene) -> None:
    """Mary accepts it and makes a secret of her own: with that, nothing of before works either."""
    one = f"{DEVPORTAL}/applications/{scene.ids['applicationId']}"
    scene.api("john", "POST", f"{one}/change-owner", {"owner": "mary@gmail.com"})
    scene.api("mary", "POST", f"{DEVPORTAL}/application-transfers/{scene.ids['applicationId']}/accept")
    scene.client = (scene.client[0], scene.api("mary", "POST", f"{_keys(scene)}/generate-secret", {})["secretValue"])


def take_application_as_administrator(scene: Scene) -> None:
    body = {"owner": "ada"}
    scene.api("ada", "POST", f"{ADMIN}/applications/{scene.ids['applicationId']}/change-owner", body)


CLIENT_ENDINGS = [
    delete_keys,
    delete_application,
    delete_application_as_administrator,
    revoke_application_as_administrator,
    transfer_application,
    take_application_as_administrator,
]


def test_everything_of_a_client_works_until_something_ends_it(scene: Scene) -> None:
    uses = own(scene)

    assert [name for name, use in uses.items() if not use()] == []


@pytest.mark.parametrize("end", CLIENT_ENDINGS, ids=lambda one: one.__name__)
def test_the_end_of_a_client_reaches_everything(scene: Scene, end: Callable[[Scene], None]) -> None:
    uses = own(scene)

    end(scene)

    assert [name for name, use in uses.items() if use()] == []


ENDINGS = [
    disable,
    disable_and_enable,
    change_password,
    sign_out_everywhere,
    reset_factors,
    end_organisation,
    end_and_restart_organisation,
]


def test_everything_that_is_looked_at_works_until_something_ends_it(scene: Scene) -> None:
    uses = held(scene)

    assert [name for name, use in uses.items() if not use()] == []


@pytest.mark.parametrize("end", ENDINGS, ids=lambda one: one.__name__)
def test_an_ending_reaches_everything(scene: Scene, end: Callable[[Scene], None]) -> None:
    uses = held(scene)
    if end is end_and_restart_organisation:
        del uses["form behind a mailed link"]  # it proves a mailbox, and issues nothing: it waits for the organisation

    end(scene)

    assert [name for name, use in uses.items() if use()] == []
