"""Flows of everything that is only read: each row of the tables that no other flow covers."""

from collections.abc import Callable

from tests.faults import (
    api_flows,
    device_flows,
    factor_flows,
    federation_flows,
    job_flows,
    page_flows,
    route_tables,
    signin_flows,
    token_flows,
)
from tests.faults.flows import Flow
from tests.faults.scene import FlowBrowser, Scene, authorization, http
from tests.faults.world import Call

_COVERED = [
    *api_flows.WRITES,
    *device_flows.WRITES,
    *federation_flows.WRITES,
    *job_flows.WRITES,
    *page_flows.WRITES,
    *signin_flows.WRITES,
    *factor_flows.WRITES,
    *token_flows.WRITES,
    *token_flows.READS,
]
_PATHS = {
    "/.well-known/oauth-protected-resource": "/.well-known/oauth-protected-resource/t/johnsorg/orders",
    "/signin": "/t/johnsorg/signin",
    "/signup": "/t/johnsorg/signup",
    "/recover": "/t/johnsorg/recover",
    "/account": "/t/johnsorg/account",
    "/account/password": "/t/johnsorg/account/password",
    "/account/sessions": "/t/johnsorg/account/sessions",
    "/account/enrol": "/t/johnsorg/account/enrol",
    "/account/second-step": "/t/johnsorg/account/second-step",
    "/account/second-step/reminder": "/t/johnsorg/account/second-step/reminder",
    "/account/logo": "/t/johnsorg/account/logo",
    "/account/sent": "/t/johnsorg/account/sent",
    "/account/identities": "/t/johnsorg/account/identities",
    "/account/done": "/t/johnsorg/account/done",
    "/device": "/t/johnsorg/device",
    "/logout": "/t/johnsorg/logout",
}
_STATUSES = {
    "admin v4 GET /apis/{apiId}/usage": 404,  # the parameter UsageMetrics is off, as it is by default
    "devportal GET /applications/{applicationId}/usage": 404,  # likewise
    "page GET /store/signin": 303,
    "token GET /": 404,
    "page GET /store": 303,
    "signin GET /account/enrol": 303,
    "signin GET /account/second-step": 303,
}
_QUERIES = {
    "page GET /store/admin/apis/{apiId}/lifecycle": {"to": "DEPRECATED"},
    # All lines: those of one millisecond are ordered by chance, and the names on a page cost units.
    "page GET /store/admin/audit": {"limit": "1000"},
    "devportal GET /search": {"query": "orders"},
    "publisher v1 GET /apis/{apiId}/differences": {"from": "orders"},
}
_WHO = {"devportal": "john", "admin v4": "ada", "publisher v1": "paul"}


def _api(row: str) -> Callable[[Scene], Call]:
    table, method, path = row.rsplit(" ", 2)

    def prepare(scene: Scene) -> Call:
        ids = {**scene.ids, "username": "carl@x.example", "format": "openapi"}
        query = {**_QUERIES.get(row, {})}
        if path in {"/subscriptions", "/statistics"}:
            query["applicationId"] = ids["applicationId"]
        return scene.people[_WHO[table]].call(method, api_flows.BASES[table] + path.format_map(ids), **query)

    return prepare


def _page(row: str) -> Callable[[Scene], Call]:
    _, method, path = row.split(" ")

    def prepare(scene: Scene) -> Call:
        ids = {**scene.ids, "username": "carl@x.example", "keyType": "production", "format": "postman"}
        is_publishing = path.startswith("/store/publish") or path.endswith("/versions")
        browser = scene.browser("ada" if "/store/admin" in path else "paul" if is_publishing else "john")
        found = "&".join(f"{name}={value}" for name, value in _QUERIES.get(row, {}).items())
        return browser.call(method, path.format_map(ids) + (f"?{found}" if found else ""))

    return prepare


def _public(row: str) -> Callable[[Scene], Call]:
    function, method, path = row.split(" ")

    def prepare(scene: Scene) -> Call:
        if function == "token":
            return http(function, method, _PATHS.get(path, path))
        return scene.browser("john").call(method, _PATHS.get(path, path))

    return prepare


def _link(path: str, field: str) -> Callable[[Scene], Call]:
    def prepare(scene: Scene) -> Call:
        browser = scene.browser("stranger")
        assert browser.submit(browser.get(path), **{field: "anna@example.com", "name": "Anna"}).status == 303
        (text,) = scene.run_jobs()
        return browser.call("GET", scene.link(text))

    return prepare


def _fresh(path: str) -> Callable[[Scene], Call]:
    return lambda scene: FlowBrowser(scene.world).sign_in("john@gmail.com").call("GET", path)


def _new_address(scene: Scene) -> Call:
    browser = FlowBrowser(scene.world).sign_in("john@gmail.com")
    browser.submit(browser.get("/t/johnsorg/account/email"), email="new@example.com")
    (text,) = scene.run_jobs()
    return browser.call("GET", scene.link(text))


def _ask(scene: Scene) -> Call:
    return scene.browser("john").call("GET", f"/authorize?{authorization(scene)}")


def _nowhere(scene: Scene) -> Call:
    return scene.browser("john").call("GET", "/store/nothing")


_MAKERS = {
    "devportal": _api,
    "admin v4": _api,
    "publisher v1": _api,
    "page": _page,
    "token": _public,
    "signin": _public,
}
_LINKS = {
    "signin GET /account/factors": _fresh("/t/johnsorg/account/factors"),
    "signin GET /account/email": _fresh("/t/johnsorg/account/email"),
    "signin GET /account/email/confirm": _new_address,
    "page GET /store/admin/identity-providers/{providerId}": federation_flows.show_provider,
    "signin GET /register/{id}": signin_flows.registration("GET"),
    "signin GET /account/set-password": _link("/t/johnsorg/signup", "email"),
    "signin GET /signup/organisation/confirm": _link("/signup/organisation", "email"),
}


def _flow(row: str) -> Flow:
    table = row.rsplit(" ", 2)[0]
    return Flow(
        covers=row,
        prepare=_LINKS.get(row) or _MAKERS[table](row),
        right=frozenset({_STATUSES.get(row, 200)}),
    )


READS = [
    *token_flows.READS,
    *(
        _flow(row)
        for row in sorted(route_tables.rows() - {one.covers for one in _COVERED})
        if route_tables.is_read(row)
    ),
    Flow(covers="signin GET /authorize", prepare=_ask, variant="asks for consent"),
    Flow(covers="page GET /store/applications", prepare=_nowhere, right=frozenset({404}), variant="no such page"),
]
WRITES = READS
