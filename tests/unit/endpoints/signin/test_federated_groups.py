"""Roles by the groups of a provider."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from tests.unit.endpoints.signin.federation import FederationScene
from tests.unit.endpoints.signin.federation import scene as scene

GROUPS: dict[str, Any] = {"groups_claim": "groups", "roles": {"staff": ("employee", "seller"), "bosses": ("manager",)}}


def roles_of(scene: FederationScene) -> frozenset[str]:
    return scene.john().roles


def test_groups_give_the_roles_that_an_administrator_mapped(scene: FederationScene) -> None:
    scene.register(**GROUPS)
    scene.link_john()
    scene.writer.save_user(replace(scene.john(), roles=frozenset({"manager", "of-another-source"})))
    scene.provider.claims = {"groups": ["staff", "nobodys"]}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"employee", "seller", "of-another-source"}
    log = DynamoDBAuditLog(scene.tables).find_entries("johnsorg", Window(limit=5, offset=0)).items
    assert log[0].action == "member.roles" or "member.roles" in [one.action for one in log]


@pytest.mark.parametrize("groups", [["admin"], ["admin", "publisher"], "admin", [["admin"]], [None, 7]])
def test_a_group_named_admin_gives_nothing(scene: FederationScene, groups: Any) -> None:
    scene.register(**GROUPS)
    scene.link_john()
    scene.provider.claims = {"groups": groups}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene).isdisjoint({"admin", "publisher"})


def test_too_many_groups_to_name_change_nothing(scene: FederationScene) -> None:
    """Microsoft Entra ID names none of more than 200: that is unknown, not none."""
    scene.register(**GROUPS)
    scene.link_john()
    scene.provider.claims = {"_claim_names": {"groups": "src1"}}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"employee"}


def test_groups_may_be_inside_of_an_object(scene: FederationScene) -> None:
    scene.register(**(GROUPS | {"groups_claim": "realm_access.roles"}))
    scene.link_john()
    scene.provider.claims = {"realm_access": {"roles": ["bosses"]}}
    scene.forget()

    scene.sign_in()

    assert roles_of(scene) == {"manager"}
